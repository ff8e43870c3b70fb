"""Where a numbered unit stands among the others, and by which path of numbers it is cited."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from portal.rulebook.numbering import counted, follows, values


@dataclass(slots=True)
class Unit:
    """One unit: its first line (index), its number as written, its name, and where it stands among the others.

    `rank` orders kinds: 0 heading, 1 line that serves as one, 2 numbered paragraph, 3 list item. `own_line` says
    whether the name is a line by itself; else it is only the first words, for lists of clauses. `family` is the word or
    sign of its label ("article", "§"), `part` whether it is a chapter, annex and the like; `style` and `value` say how an
    item of a list counts and where it is.
    """

    index: int
    rank: tuple[int, int]
    token: str
    name: str
    own_line: bool
    key: str = ""
    family: str = ""
    part: bool = False
    style: tuple[str, int] = ("", 0)
    value: int = 0
    parent: "Unit | None" = field(default=None, repr=False)
    number: str = ""
    by_position: bool = False

    @property
    def depth(self) -> int:
        return 1 + (self.parent.depth if self.parent else 0)

    @property
    def worded(self) -> bool:
        """Whether a word or sign stands before its number, so that it counts through the whole text."""
        return self.family not in ("", "1", "A", "(", "一", "nth")


def place(unit: Unit, above: list[Unit]) -> Unit | None:
    """The unit that this one stands below; takes from the stack `above` what ends where this one begins."""
    if unit.rank[0] == 3:
        _place_item(unit, above)
        return above[-1] if above else None
    prefix = re.sub(r"[.\-(][^.\-(]*$", "", unit.token)
    whole = prefix if prefix != unit.token else ""
    over = next((i for i in range(len(above) - 1, -1, -1) if whole and _same(above[i], whole)), None)
    sister = next((i for i in range(len(above) - 1, -1, -1) if _sisters(above[i], unit)), None)
    if unit.rank[0] == 2 and over is not None:
        del above[over + 1 :]
    elif sister is not None and unit.rank[0] > 0:
        del above[sister:]
    else:
        while above and above[-1].rank >= unit.rank and not _counts_within(unit, above[-1]) and not _begins(unit, above[-1]):
            above.pop()
    return above[-1] if above else None


def _same(unit: Unit, prefix: str) -> bool:
    """Whether a number goes on from this unit: "3.1" stands below "3", and also below "ARTICLE III" and 第三条."""
    return unit.token == prefix or (unit.worded and not unit.part and counted(unit.token) == counted(prefix))


def _sisters(unit: Unit, other: Unit) -> bool:
    """Whether both have the same word before a number of as many parts, like "Article 2" and "Article 3", or count on: A., B."""
    if not unit.worded and unit.rank[0] == 1 and unit.rank == other.rank:
        return bool(unit.token) and not other.worded and follows(unit.token, other.token)
    return unit.worded and unit.family == other.family and unit.token.count(".") == other.token.count(".")


def _counts_within(unit: Unit, other: Unit) -> bool:
    """Whether a line with another word begins to count within this one: "Section 1" below "ARTICLE I"."""
    return unit.rank[0] > 0 and unit.rank == other.rank and unit.worded and other.worded and unit.family != other.family


def _begins(unit: Unit, other: Unit) -> bool:
    """Whether a line counts from its first in another way within this one: "A. Fees" below "I. GENERAL"."""
    if unit.rank[0] != 1 or unit.rank != other.rank or unit.worded or other.worded:
        return False
    first = [kind for kind, at in values(unit.token) if at == 1] if unit.token else []
    theirs = next(values(other.token), ("", 0))[0] if other.token else ""
    return bool(first and theirs) and theirs not in first


def _place_item(unit: Unit, above: list[Unit]) -> None:
    reach = next((at + 1 for at in range(len(above) - 1, -1, -1) if above[at].rank[0] < 2), 0)
    same = [at for at in range(len(above) - 1, reach - 1, -1) if above[at].style == unit.style]
    sister = next((at for at in same if unit.value == above[at].value + 1), None)
    if sister is None:
        sister = next((at for at in same if _holds(above[at], unit, above[at + 1 :])), None)
    if sister is not None:
        del above[sister:]
        return
    while above and above[-1].rank[0] == 3 and above[-1].rank[1] > unit.rank[1]:
        above.pop()
    if above and above[-1].rank == unit.rank and unit.value != 1:
        above.pop()


def _holds(other: Unit, unit: Unit, deeper: Sequence[Unit]) -> bool:
    """Whether what came since the other item stands below it: items further in, or "1.1" below "1" when we are past "1"."""
    further = all(each.rank[0] == 3 and each.rank[1] > unit.rank[1] for each in deeper)
    return further or (unit.value > other.value and all(each.token.startswith(f"{other.token}.") for each in deeper))


def number(units: Sequence[Unit]) -> None:
    """Gives each unit its path of numbers. What a word counts through the whole text is cited without the chapter."""
    _count(units)
    tokens: dict[str, list[str]] = {}
    for unit in units:
        tokens.setdefault(unit.family, []).append(unit.token)
    through = {family for family, some in tokens.items() if len(set(some)) == len(some)}
    for unit in units:
        unit.number = unit.token if unit.family in through and _counts_through(unit) else _path(unit)


def _counts_through(unit: Unit) -> bool:
    """Whether it is an article or the like, and not within another one."""
    above = unit.parent
    while above and (above.part or not above.worded):
        above = above.parent
    return unit.worded and not unit.part and above is None


def _count(units: Sequence[Unit]) -> None:
    """Items that all bear the same number ("1." and "1." again) are numbered by their place."""
    lists: dict[tuple[int, tuple[str, int]], list[Unit]] = {}
    for unit in units:
        if unit.rank[0] == 3:
            lists.setdefault((id(unit.parent), unit.style), []).append(unit)
    for items in lists.values():
        if len(items) > 1 and len({item.token for item in items}) == 1:
            for at, item in enumerate(items, 1):
                item.token, item.by_position = str(at), True


def _path(unit: Unit) -> str:
    """The path of numbers: what is written below "B" as "3" is B.3, and "4.2" below "4" is 4.2."""
    parent = unit.parent
    while parent and not parent.number:
        parent = parent.parent
    over, token = parent.number if parent else "", unit.token
    if not token or not over or "-" in token or token.startswith((f"{over}.", f"{over}-", f"{over}(")) or " " in token:
        return token
    if "." in token:
        stands_alone = parent and parent.number == parent.token and _same(parent, token.rpartition(".")[0])
        if token[0].isupper() or stands_alone:
            return token
        head, _, last = over.rpartition(".")
        if last == token.partition(".")[0]:
            return f"{head}.{token}".removeprefix(".")
        if over[0].isdigit():
            return token
    return f"{over}.{token}"
