"""Whether the time of an answer says what its words do not: that an account exists, or that an address belongs to somebody.

Two answers are told apart as well as by a coin when the area under the curve (the chance that one of the first kind took longer
than one of the second) is a half. Source: SECURITY, enumeration of accounts: 0.45 to 0.55.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.passwords import hash_password
from portal.app import create_app
from tests.battery.ground import prepare
from tests.battery.killing import CSRF, cookie_of
from tests.factories.market import Market

LEAST, MOST = 0.45, 0.55
BEFORE_A_LIMIT = 4
"""After so many the counts of tries begin anew, or both kinds would only be refused."""
Asked = Callable[[], object]


def told_apart(url: str, folder: Path, samples: int) -> tuple[str, list[str]]:
    """Each pair that is to look alike: how well it is told apart; and what is outside of the limits (best nothing)."""
    ground = prepare(url, folder, PORTAL_BASE_URL="http://127.0.0.1:8000")
    market = Market(ground.office, password_hash=hash_password("right"))
    stranger = market.party("Nina Falk")
    app = create_app(ground.settings, database=ground.office.database)
    client, visitor = app.test_client(), app.test_client()
    client.set_cookie(*cookie_of(ground).split("=", 1), domain="127.0.0.1", secure=False)
    look = "/collaborators/{}"
    questions: Mapping[str, Mapping[str, Asked]] = {
        "look-up": {
            "nobody": lambda: client.get(look.format("F-22222222"), base_url="http://127.0.0.1:8000"),
            "a stranger": lambda: client.get(look.format(stranger.account.ref), base_url="http://127.0.0.1:8000"),
        },
        "help with signing in": {
            "nobody": lambda: _sent(visitor, "/sign-in/help", "nobody@example.org"),
            "somebody": lambda: _sent(visitor, "/sign-in/help", stranger.person.email or ""),
        },
        "signing in": {
            "nobody": lambda: _sent(visitor, "/sign-in", "nobody@example.org", password="wrong"),
            "somebody": lambda: _sent(visitor, "/sign-in", stranger.person.email or "", password="wrong"),
        },
    }
    with visitor.session_transaction(base_url="http://127.0.0.1:8000") as cookie:
        cookie["csrf"] = CSRF
    said, wrong = [], []
    for name, kinds in questions.items():
        times = _measured(kinds, samples, lambda: market.make(lambda work: work.db.execute(sa.text("DELETE FROM throttle"))))
        for (one, first), (other, second) in itertools.combinations(times.items(), 2):
            area = area_under(first, second)
            said.append(f"{name}: {one} / {other} {area:.3f}")
            if not LEAST <= area <= MOST:
                wrong.append(said[-1])
    return "; ".join(said), wrong


_NUMBERS = itertools.count(1)


def _sent(visitor: FlaskClient, path: str, email: str, **more: str) -> object:
    return visitor.post(
        path, data={"csrf_token": CSRF, "form_key": f"{next(_NUMBERS):040}", "email": email} | more, base_url="http://127.0.0.1:8000",
    )


def _measured(kinds: Mapping[str, Asked], samples: int, between: Callable[[], object]) -> dict[str, list[float]]:
    """In turns drawn anew, so that whatever else the machine does meets each kind as often."""
    times: dict[str, list[float]] = {name: [] for name in kinds}
    draw, order = Random(1), list(kinds.items())
    for n in range(samples):
        if n % BEFORE_A_LIMIT == 0:
            between()
        draw.shuffle(order)
        for name, ask in order:
            started = time.perf_counter()
            ask()
            times[name].append(time.perf_counter() - started)
    return times


def area_under(first: list[float], second: list[float]) -> float:
    """The chance that one of `first` is longer than one of `second`, 0 to 1; equal ones count half."""
    ordered = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    below, won = 0, 0.0
    for _, group in itertools.groupby(ordered, key=lambda pair: pair[0]):
        kinds = [kind for _, kind in group]
        ours, theirs = kinds.count(0), kinds.count(1)
        won += ours * (below + theirs / 2)
        below += theirs
    return won / (len(first) * len(second))
