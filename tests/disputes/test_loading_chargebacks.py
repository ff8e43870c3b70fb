"""`flask load`: chargebacks that the marketplace reports, beside acceptances; all of the file is checked first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.app import create_app
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.money import Money
from portal.disputes.chargeback_models import Chargeback
from portal.settings import load_settings
from tests.factories.market import Market, Story, usd
from tests.factories.told import SECRET
from tests.web.conftest import Doors
from tests.web.desk_support import words_of


@pytest.fixture
def app(tmp_path: Path, clock: MovedClock, sqlite_database: Database) -> Flask:
    settings = load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_SECRET_KEY": SECRET})
    return create_app(settings, clock=clock, database=sqlite_database)


@pytest.fixture
def market(app: Flask) -> Market:
    return Market(app.extensions["office"])


def load(app: Flask, folder: Path, *lines: dict[str, Any]) -> Any:
    file = folder / "facts.ndjson"
    file.write_text("\n".join(json.dumps(line) for line in lines) + "\n", encoding="utf-8")
    with app.app_context():
        return app.test_cli_runner().invoke(args=["load", str(file)])


def fact(story: Story, market: Market, **other: Any) -> dict[str, Any]:
    return {
        "type": "chargeback", "id": "b1", "contract": story.contract.external_id, "milestone": 1, "amount_minor": 40_000,
        "currency": "USD", "received_at": market.now.isoformat(), "reason": "Services not provided",
    } | other


def ends(market: Market) -> list[str | None]:
    with market.office.database.read() as session:
        return [one.end_kind for one in session.query(Chargeback)]


def test_a_chargeback_and_its_stages(app: Flask, market: Market, story: Story, tmp_path: Path) -> None:
    came, lost = fact(story, market), {"type": "chargeback", "id": "b1", "stage": "lost"}
    result = load(app, tmp_path, came, {"type": "chargeback", "id": "b1", "stage": "contested"})
    assert result.exit_code == 0, result.output
    assert "2 reports of chargebacks are on record." in result.output
    assert (ends(market), market.funds(story.tim).held) == ([None], usd(40_000))
    for _ in range(2):
        assert load(app, tmp_path, came, lost).exit_code == 0
        assert ends(market) == ["lost"]


@pytest.mark.parametrize(("change", "why"), [
    ({"id": ""}, '"id" is missing'), ({"stage": "maybe"}, '"stage" is not known'), ({"stage": ["won"]}, '"stage" is not known'),
    ({"reason": "x" * 10_000}, "It is longer than 10000 bytes"), ({"reason": "x" * 201}, "not as it should be: reason"),
    ({"contract": "\ud800"}, "cannot be stored"),
    ({"contract": "c-none"}, "No contract"), ({"milestone": 0}, "milestone"), ({"milestone": 10**12}, "milestone"),
    ({"milestone": 9}, "no milestone of this number"), ({"currency": "usd"}, '"currency" is not that of the milestone, USD'),
    ({"currency": "EUR"}, "currency"), ({"amount_minor": float("nan")}, "amount_minor"),
    ({"amount_minor": "400"}, "amount_minor"), ({"amount_minor": True}, "amount_minor"),
    ({"amount_minor": 1.2345}, "amount_minor"), ({"amount_minor": "1,234"}, "amount_minor"),
    ({"received_at": "yesterday"}, "no instant"), ({"received_at": "2026-01-01T00:00:00"}, "no time zone"),
    ({"received_at": "2099-01-01T00:00:00Z"}, "still to come"), ({"stage": "won", "id": "b9"}, "No chargeback with this id"),
])
def test_a_wrong_line_stops_the_whole_file(
    app: Flask, market: Market, story: Story, tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    result = load(app, tmp_path, fact(story, market), fact(story, market, **change))
    assert result.exit_code == 1
    assert why in result.output
    assert "facts.ndjson:2:" in result.output
    assert ends(market) == []


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "¥1,234 JPY"), ("KWD", "1.234 KWD")])
def test_an_amount_is_exact_in_every_currency(
    app: Flask, market: Market, story: Story, tmp_path: Path, currency: str, shown: str
) -> None:
    contract = market.contract(story.stacy, story.tim, "Shop", [1_000_000], released={1: 8}, currency=currency)
    came = fact(story, market, contract=contract.external_id, amount_minor=1_234, currency=currency)
    assert load(app, tmp_path, came).exit_code == 0
    assert market.funds(story.tim, currency).held == Money(1_234, currency)
    ref = market.funds(story.tim, currency).holds[0].chargeback_ref
    for party in (story.stacy, story.tim):
        assert shown in words_of(Doors(app, market).open(party.person).page(f"/chargebacks/{ref}"))


def test_what_only_the_books_refuse_names_its_line(app: Flask, market: Market, story: Story, tmp_path: Path) -> None:
    """Each is an act of its own, so what stands before it stays."""
    stages = [{"type": "chargeback", "id": "b1", "stage": stage} for stage in ("won", "lost")]
    result = load(app, tmp_path, fact(story, market), *stages)
    assert (result.exit_code, ends(market)) == (1, ["won"])
    assert "Line 3 is refused: The bank has decided about this chargeback already: won. If it took" in result.output
    unpaid = load(app, tmp_path, fact(story, market, id="b2", milestone=2)).output
    assert "Line 1 is refused: No payment for this milestone is on record. Report its funding or its earning first." in unpaid


def test_other_lines_keep_their_numbers(app: Flask, market: Market, story: Story, tmp_path: Path) -> None:
    result = load(app, tmp_path, fact(story, market), {"type": "rumour"})
    assert (result.exit_code, "facts.ndjson:2:" in result.output, ends(market)) == (1, True, [])
