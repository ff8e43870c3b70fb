"""Counts of tries: they end with their window, and are forgotten a day after it began."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from portal.accounts.models import Throttle
from portal.accounts.throttles import LIMITS, ask_for_link, count_sign_in
from portal.act import Office, act
from portal.core.access import Actor
from portal.core.clock import MovedClock
from portal.core.errors import RuleBroken
from portal.notices.mailer import FileMailer
from portal.settings import load_settings
from portal.worker import run_once
from tests.factories.told import SECRET
from tests.ledger.test_races import at_once

VISITOR = Actor("visitor", frozenset())


def tried(office: Office, key: str, source: str = "8.8.8.8") -> None:
    act(office, count_sign_in, VISITOR, key, subject="address:tim@example.org", source=source)


def test_a_full_window_is_empty_again_after_its_time(office: Office, clock: MovedClock) -> None:
    most, span = LIMITS["sign_in"]
    for number in range(most):
        tried(office, f"k{number}")
    with pytest.raises(RuleBroken, match="too_many"):
        tried(office, "one more")
    tried(office, "from elsewhere", "9.9.9.9")
    clock.advance(seconds=span.total_seconds())
    tried(office, "later")


def test_first_tries_at_once_are_all_counted_and_none_is_refused(office: Office) -> None:
    most = LIMITS["sign_in"][0]
    ended = at_once([lambda n=n: tried(office, f"k{n}") for n in range(most + 5)])  # type: ignore[misc]
    assert ended == {"done": most, "too_many": 5}
    with office.database.read() as session:
        assert sorted(session.scalars(select(Throttle.count))) == [most] * 3


def test_an_address_that_grows_when_it_is_compared_is_none(office: Office) -> None:
    with pytest.raises(RuleBroken, match="email_missing"):
        act(office, ask_for_link, VISITOR, "k", email="\ufdfa" * 300 + "@example.org")
    act(office, ask_for_link, VISITOR, "k2", email="\ufdfa" + "@example.org")


def test_the_worker_forgets_old_tries(office: Office, clock: MovedClock, tmp_path: Path) -> None:
    url = office.database.url.render_as_string(hide_password=False)
    settings = load_settings({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_DATABASE_URL": url, "PORTAL_SECRET_KEY": SECRET})
    tried(office, "old")
    clock.advance(hours=23)
    tried(office, "new", "9.9.9.9")
    clock.advance(hours=2)
    run_once(office, FileMailer(tmp_path / "mail"), settings)
    with office.database.read() as session:
        kept = session.scalars(select(Throttle.window_from)).all()
    assert len(kept) == 3
    assert all((clock() - begun).total_seconds() == 2 * 3600 for begun in kept)
