"""The picture of a balance over time: sizes and words of it, worked out here so that the page only draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.core.i18n import N_
from portal.core.money import Money
from portal.ledger.history import Point
from portal.web.shell.context import lang, reader_zone

WIDTH, HEIGHT, ROOM, LAST = 600, 150, 8, 6
"""The drawing's own units; `ROOM` is left free above the highest point, and what is so now is at least `LAST` wide."""


@dataclass(frozen=True, slots=True)
class Course:
    """A balance as steps: the outline, what lies below it, what of it was on hold, and the table that says the same.

    `parts`: only so many moments of a busy time are drawn; None where everything is that moved.
    """

    line: str
    area: str
    held: str
    title: str
    says: str
    top: Money
    rows: list[tuple[Point, bool]]
    first: Point
    last: Point
    parts: int | None


def course_of(points: Sequence[Point], exact: bool) -> Course | None:
    """The picture of these points, between which nothing else moved where they are `exact`; None where nothing ever changed, so
    that there is nothing to see."""
    rows = [(one, bool(one.held)) for n, one in enumerate(points) if n == 0 or _differs(one, points[n - 1])]
    top = max((one.balance for one in points), key=lambda amount: amount.amount_minor, default=None)
    if top is None or not top or len(rows) < 2:
        return None
    places, first, last = _places(points), points[0], points[-1]
    line = _steps(places, [_height(one.balance, top) for one in points])
    held = _steps(places, [_height(one.held, top) for one in points]) if any(one.held for one in points) else ""
    highest = next(one for one in points if one.balance == top)
    title = lang().gettext(N_("Your balance in %(currency)s since %(day)s"), currency=top.currency, day=_day(first))
    area, parts = f"{line}V{HEIGHT}H0Z", None if exact else len(points)
    says = _says(top, highest, last, parts)
    return Course(line, area, f"{held}V{HEIGHT}H0Z" if held else "", title, says, top, rows, first, last, parts)


def _says(top: Money, highest: Point, last: Point, parts: int | None) -> str:
    peak = N_("It was highest on %(day)s with %(top)s.")
    among = N_("So much moved that only %(parts)s moments at equal distances are drawn. Of these it was highest on %(day)s with "
               "%(top)s.")
    free, some = N_("Now it is %(now)s, and nothing of it is on hold."), N_("Now it is %(now)s, of it %(held)s on hold.")
    first = lang().gettext(among if parts else peak, day=_day(highest), top=lang().money(top), parts=parts)
    then = lang().gettext(some if last.held else free, now=lang().money(last.balance), held=lang().money(last.held))
    return f"{first} {then}"


def _differs(one: Point, before: Point) -> bool:
    return (one.balance, one.held) != (before.balance, before.held)


def _day(point: Point) -> str:
    return lang().day(point.at, reader_zone())


def _height(amount: Money, top: Money) -> float:
    return HEIGHT - (HEIGHT - ROOM) * amount.amount_minor / top.amount_minor


def _places(points: Sequence[Point]) -> list[float]:
    """How far to the right each point lies, by its instant; what changed a moment ago far enough from the edge to be seen."""
    start, whole = points[0].at, points[-1].at - points[0].at
    return [min(WIDTH * ((one.at - start) / whole), WIDTH - LAST) for one in points[:-1]] + [WIDTH]


def _steps(places: Sequence[float], heights: Sequence[float]) -> str:
    """A line that stays where it is until the next point, for money does not change in between."""
    parts = [f"M0 {heights[0]:.1f}"]
    for n, height in enumerate(heights[1:], 1):
        if height != heights[n - 1]:
            parts.append(f"H{places[n]:.1f}V{height:.1f}")
    return "".join(parts) + f"H{WIDTH}"
