"""The demo is believable: what its decisions say is what happened in it, and fits the rule that they name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from portal.act import Office
from portal.cli.demo import cases
from portal.cli.demo.crowd import _contracts
from portal.cli.demo.stage import Stage
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.i18n import language
from portal.core.keys import Keyring
from portal.disputes.models import Dispute
from portal.enforcement.queries import statement_of
from portal.ledger.queries import destinations_of
from portal.settings import load_settings
from tests.factories.told import SECRET


@pytest.fixture
def stage(sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> Stage:
    """Two clients and a Spanish freelancer, before anything happens."""
    settings = load_settings({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_SECRET_KEY": SECRET})
    made = Stage(Office(sqlite_database, clock, Keyring(SECRET)), settings, "password")
    made.open()
    for name, speech in (("Ann", "en"), ("Hana", "es")):
        made.at(300, partial(made.join, name, language=speech, zone="Europe/Madrid", days_ago=300))
    made.at(100, partial(_contracts, made, "hana", ["ann"], 0))
    made.at(99, lambda: made.destination(made.players["hana"], 99, "4002"))
    return made


def played(stage: Stage, begin: Callable[[cases.Plot], None]) -> tuple[cases.Plot, dict[str, Any]]:
    """One case of the demo to its end, and the record of its statement."""
    plot = cases.Plot(stage, "hana", 9.5)
    begin(plot)
    stage.at(plot.begins + cases.SILENT, partial(cases.release_third, plot))
    stage.run()
    with stage.office.database.read() as session:
        return plot, statement_of(session, plot.refs["action"])[0] or {}


@pytest.mark.parametrize(("begin", "measure"), [(cases.suspended, "suspension"), (cases.warned, "warning")])
def test_a_decision_says_what_happened(stage: Stage, begin: Callable[[cases.Plot], None], measure: str) -> None:
    plot, record = played(stage, begin)
    paid, then = stage.day(plot.begins + cases.SILENT), stage.day(plot.begins)
    assert (record["measure"], record["conduct_from"], record["conduct_to"]) == (measure, paid.isoformat(), then.isoformat())
    days = (then - paid).days
    assert days > 14 and f"{days} days later" in record["facts"] and language("en").day(paid) in record["facts"]
    assert ("lightest" in record["weighed"]) == (measure == "warning"), "the heaviest measure is not called the lightest"
    with stage.office.database.read() as session:
        dispute = session.query(Dispute).one()
    assert dispute.happened == cases.HAPPENED and "drawing" not in cases.HAPPENED and "third part" in record["facts"]


def test_a_place_for_payouts_is_called_in_its_owners_language(stage: Stage) -> None:
    stage.run()
    with stage.office.database.read() as session:
        [place] = destinations_of(session, stage.players["hana"].account_id)
    assert place.hint == "Cuenta bancaria terminada en 4002"
