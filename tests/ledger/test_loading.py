"""`flask load` of money: paid in, earned with a fee, given back, and what became of payouts; all of a file or nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskCliRunner

from portal.accounts.queries import account_by_external_id
from portal.act import Office
from portal.contracts.running import carried_out_at, choices_of, choose_way
from portal.ledger.checks import CHECKS
from portal.ledger.models import PayoutState
from portal.ledger.payout_queries import payouts_of
from portal.ledger.queries import funds
from portal.ledger.refund_queries import refunds_of
from portal.ledger.returned import looked_after_by
from tests.factories.loading import command_line, load
from tests.factories.market import Market, Story, usd
from tests.ledger.steps import hold_money, let_go


@pytest.fixture
def flask(office: Office, tmp_path: Path) -> Iterator[FlaskCliRunner]:
    with command_line(office, tmp_path) as made:
        yield made


def earning(story: Story, **other: Any) -> dict[str, Any]:
    told = {"type": "earning", "source_key": "e-77", "contract": story.contract.external_id, "milestone": 2,
            "amount_minor": 36_000, "fee_minor": 4_000, "currency": "USD", "released_at": "2026-11-10T10:00:00+01:00"}
    return {name: value for name, value in (told | other).items() if value is not None}


def funding(story: Story) -> dict[str, Any]:
    told = earning(story, type="funding", source_key="f-1", amount_minor=40_000, funded_at="2026-11-01T09:00:00Z")
    return {name: value for name, value in told.items() if name not in ("fee_minor", "released_at")}


def violations(market: Market) -> list[str]:
    with market.office.database.read() as session:
        return [line for check in CHECKS for line in check(session)]


def test_money_is_loaded_once(market: Market, story: Story, flask: FlaskCliRunner, tmp_path: Path) -> None:
    said = load(flask, tmp_path, funding(story), earning(story, amount_minor=18_000, fee_minor=2_000))
    assert said == (0, "2 facts about contracts and money loaded or on record.\n")
    back = {"type": "escrow_return", "source_key": "r-1", "contract": story.contract.external_id, "milestone": 2}
    some = {"amount_minor": 5_000, "currency": "USD", "returned_at": "2026-11-20T10:00:00Z"}
    status, said = load(flask, tmp_path, back | {"amount_minor": 5_000})
    assert (status, '"amount_minor", "currency", "returned_at" are named together' in said) == (1, True)
    load(flask, tmp_path, back | some | {"source_key": "r-0"}, funding(story))
    load(flask, tmp_path, earning(story, amount_minor=18_000, fee_minor=2_000), back, back)
    assert market.funds(story.tim).available == usd(233_000)
    assert (market.funds(story.stacy).refunded, market.funds(story.stacy).escrow) == (usd(20_000), usd(0))
    assert violations(market) == []


def test_what_the_page_says_to_try(market: Market, flask: FlaskCliRunner, tmp_path: Path) -> None:
    """The files of docs/connecting.md, one after the other, and each once more."""
    page = Path("docs/connecting.md").read_text(encoding="utf-8")
    files = [[json.loads(line) for line in found.splitlines()] for found in re.findall(r"```ndjson\n(.*?)```", page, re.DOTALL)]
    market.publish()
    for facts in [*files, *files]:
        code, said = load(flask, tmp_path, *facts)
        assert code == 0, said
    with market.office.database.read() as session:
        client, freelancer = (funds(session, account_by_external_id(session, key).id, market.now) for key in ("m-1", "m-2"))
    assert [(one.refunded, one.escrow, one.called) for one in client] == [(usd(60_000), usd(0), usd(0))] and not freelancer
    assert violations(market) == []


def test_a_contract_is_loaded_before_its_money(market: Market, story: Story, flask: FlaskCliRunner, tmp_path: Path) -> None:
    agreed = {"number": 1, "title": "First draft", "amount_minor": 40_000, "currency": "USD"}
    fact = {"type": "contract", "contract": "c-new", "title": "Book cover", "client": "m-stacy", "freelancer": "m-tim",
            "started_on": "2026-11-01", "terms": [{"number": "1", "text": "A cover in two drafts."}], "milestones": [agreed]}
    paid = funding(story) | {"contract": "c-new", "milestone": 1}
    for wrong, why in (
        ({"freelancer": "m-none"}, "is refused: Nothing is on record under client m-stacy, freelancer m-none, contract c-new."),
        ({"milestones": [agreed | {"amount_minor": 0}]}, 'In "milestones": "amount_minor" is not a whole number above zero.'),
        ({"milestones": [agreed | {"state": "done"}]}, '"state" is none of planned, funded'), ({"milestones": 1}, "not a list"),
        ({"started_on": "yesterday"}, '"started_on" is not a day'), ({"terms": [{"number": "1"}]}, "It lacks: text."),
        ({"terms": [{"number": "1", "text": "x" * 9_990}]}, "longer than"), ({"title": 5}, '"title" is not a text'),
        ({"milestones": [agreed | {"currency": "QQQ"}]}, "No currency is called QQQ"), ({"freelancer": "m-stacy"}, "two sides"),
    ):
        code, said = load(flask, tmp_path, fact | wrong, paid)
        assert (code, why in said) == (1, True), said
    for _ in range(2):
        assert load(flask, tmp_path, fact, paid) == (0, "2 facts about contracts and money loaded or on record.\n")
    assert market.funds(story.stacy).escrow == usd(40_000)
    euro = load(flask, tmp_path, fact | {"milestones": [agreed | {"currency": "EUR"}]})[1]
    assert "Milestone 1 is on record in USD. A milestone in another currency needs a number of its own." in euro
    assert violations(market) == []


def test_a_payout_is_followed_to_its_end(market: Market, story: Story, flask: FlaskCliRunner, tmp_path: Path) -> None:
    arrives, fails = (market.pay_out(story.tim, story.destination, 10_000)["payout"] for _ in range(2))
    steps = [(arrives, "sent"), (arrives, "paid"), (fails, "failed"), (fails, "failed")]
    said = load(flask, tmp_path, *({"type": "payout", "payout": ref, "state": state} for ref, state in steps))
    assert said == (0, "4 facts about contracts and money loaded or on record.\n")
    with market.office.database.read() as session:
        states = {one.payout.ref: one.payout.state for one in payouts_of(session, story.tim.account.id)}
    assert states == {arrives: PayoutState.PAID, fails: PayoutState.FAILED}
    assert (market.funds(story.tim).available, market.funds(story.tim).under_way) == (usd(205_000), usd(0))
    before = market.funds(story.tim)
    again = load(flask, tmp_path, *({"type": "payout", "payout": ref, "state": state} for ref, state in steps))
    assert again == said and market.funds(story.tim) == before, "the same file again changes nothing"
    assert load(flask, tmp_path, {"type": "payout", "payout": fails, "state": "sent"})[0] == 0
    assert market.funds(story.tim) == before, "it was sent before it came back"
    assert violations(market) == []


@pytest.mark.parametrize(("change", "why"), [
    ({"amount_minor": 36_001}, "more than was agreed"), ({"contract": "c-none"}, "on record under contract c-none"),
    ({"milestone": 9}, "on record under contract c-photo-app, milestone 9."), ({"milestone": 10**12}, "not a whole number"),
    ({"amount_minor": 10**15}, "not a whole number"), ({"amount_minor": float("nan")}, "not a whole number|cannot be"),
    ({"released_at": "2027-01-01T00:00:00Z"}, "still to come"),
    ({"released_at": "yesterday"}, "not an instant"), ({"released_at": "2026-01-01T00:00:00"}, "not an instant"),
    ({"amount_minor": "36000"}, "not a whole number"), ({"amount_minor": 1.5}, "not a whole number"),
    ({"amount_minor": True}, "not a whole number"), ({"fee_minor": -1}, "not a whole number"), ({"currency": "usd"}, "currency"),
    ({"currency": "EUR"}, "is EUR, and the milestone was agreed in USD"),
    ({"released_at": "1970-01-21T10:00:00Z"}, "released_at says 1970-01-21T10:00:00+00:00, and the account m-tim joined on 2023"),
    ({"source_key": "good"}, "on record with other facts: contract c-photo-app, milestone 3, fee_minor 0"),
    ({"source_key": ""}, "not a text"), ({"contract": None}, "lacks: contract"),
    ({"tip": 1}, "nobody reads: tip"), ({"type": "gift"}, "not known"),
    ({"type": "payout", "payout": "W-2", "state": "lost"}, "lacks|nobody reads"),
    ({"type": "refund", "refund": "F-2", "state": "sent", "reference": "t"}, "lacks|nobody reads"),
    ({"type": "agreement", "agreement": "N-2", "state": "done"}, "lacks|nobody reads"),
])
def test_one_wrong_line_and_nothing_is_loaded(
    market: Market, story: Story, flask: FlaskCliRunner, tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    code, said = load(flask, tmp_path, earning(story, source_key="good", milestone=3, fee_minor=0), earning(story, **change))
    assert code == 1
    assert any(part in said for part in why.split("|")), said
    assert ":2: " in said or "Line 2 is refused" in said
    assert market.funds(story.tim).available == usd(215_000)


def test_a_payout_that_failed_is_not_paid(market: Market, story: Story, flask: FlaskCliRunner, tmp_path: Path) -> None:
    ref = market.pay_out(story.tim, story.destination, 10_000)["payout"]
    fact = {"type": "payout", "payout": ref}
    code, said = load(flask, tmp_path, *(fact | {"state": state} for state in ("sent", "failed", "paid")))
    assert (code, "Line 3 is refused: This payout is on record as failed" in said) == (1, True)
    assert market.funds(story.tim).under_way == usd(10_000)
    assert load(flask, tmp_path, fact | {"state": "arrived"})[0] == 1
    assert load(flask, tmp_path, {"type": "payout", "payout": "W-22222222", "state": "sent"})[0] == 1


def test_a_refund_is_reported(market: Market, story: Story, flask: FlaskCliRunner, tmp_path: Path) -> None:
    held = market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=10_000)["hold"]
    market.do(let_go, hold_ref=held, kind="refunded")
    with market.office.database.read() as session:
        [back] = refunds_of(session, story.stacy.account.id)
    fact = {"type": "refund", "refund": back.ref, "reference": "t-1"}
    for state, words in (("paid", '"state" is none of sent, failed'), *((one, "1 facts") for one in ("sent", "sent", "failed"))):
        assert words in load(flask, tmp_path, fact | {"state": state})[1]
    with market.office.database.read() as session:
        assert [one.state for one in refunds_of(session, story.stacy.account.id)] == ["failed"]
    assert "on record under refund F-22222222." in load(flask, tmp_path, fact | {"refund": "F-22222222", "state": "sent"})[1]
    assert violations(market) == []


def test_what_was_given_back_can_fail_and_be_sent_anew(
    market: Market, story: Story, flask: FlaskCliRunner, tmp_path: Path
) -> None:
    """By the key of the return; the money is owed to the client until another sending of it did not fail."""
    back = {"type": "escrow_return", "source_key": "r-1", "contract": story.contract.external_id, "milestone": 2,
            "amount_minor": 40_000, "currency": "USD", "returned_at": "2026-11-20T10:00:00Z"}
    sending = {"type": "refund", "escrow_return": "r-1", "state": "failed", "reference": "r-1"}
    assert "Report that line first, with its amount." in load(flask, tmp_path, sending)[1]
    assert "It names one of" in load(flask, tmp_path, sending | {"refund": "F-22222222"})[1]
    for facts, state in (
        ([funding(story), back, sending], "failed"), ([back, sending, sending | {"state": "sent"}], "failed"),
        ([sending | {"state": "sent", "reference": "r-1b"}, sending], "sent"), ([back], "sent"),
        ([sending | {"reference": "r-1b"}], "failed"),
    ):
        assert load(flask, tmp_path, *facts) == (0, f"{len(facts)} facts about contracts and money loaded or on record.\n")
        with market.office.database.read() as session:
            [one] = refunds_of(session, story.stacy.account.id)
            assert (one.state, one.amount, bool(looked_after_by(session, [one.ref]))) == (state, usd(40_000), state == "failed")
    other = load(flask, tmp_path, sending | {"state": "sent", "amount_minor": 39_999})[1]
    assert "This sending is on record with $400.00 USD. Give another sending a reference of its own." in other
    assert violations(market) == []


def test_what_both_agreed_is_reported(market: Market, story: Story, flask: FlaskCliRunner, tmp_path: Path) -> None:
    for party in (story.stacy, story.tim):
        market.do(choose_way, party.actor, contract_ref=story.contract.ref, way="finish")
    with market.office.database.read() as session:
        fact = {"type": "agreement", "agreement": choices_of(session, story.contract.id)[-1].ref}
    for state, words in (("sent", '"state" is none of done'), ("done", "1 facts"), ("done", "1 facts")):
        assert words in load(flask, tmp_path, fact | {"state": state})[1]
    with market.office.database.read() as session:
        assert carried_out_at(session, story.contract.id) == market.now


def test_what_is_late_first_counts_as_late(market: Market, story: Story, flask: FlaskCliRunner, tmp_path: Path) -> None:
    ref = market.pay_out(story.tim, story.destination, 10_000)["payout"]
    market.office.clock.advance(days=6)  # type: ignore[attr-defined]
    load(flask, tmp_path, {"type": "payout", "payout": ref, "state": "sent"})
    with market.office.database.read() as session:
        kinds = session.connection().exec_driver_sql("SELECT kind FROM event WHERE subject_ref = '" + ref + "'").scalars().all()
    assert {"payout.overdue", "payout.sent"} <= set(kinds)


@pytest.mark.parametrize("name", ["source_key", "contract", "currency", "released_at"])
@pytest.mark.parametrize("sign", ["\ud800", "\0"])
def test_what_cannot_be_stored_is_named_by_its_line(
    story: Story, flask: FlaskCliRunner, tmp_path: Path, name: str, sign: str
) -> None:
    status, said = load(flask, tmp_path, earning(story), earning(story, source_key="e-78") | {name: f"a{sign}"})
    assert (status, "facts.ndjson:2: It has a character that cannot be stored" in said) == (1, True)


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_an_instant_that_no_calendar_has_is_named_by_its_line(
    story: Story, flask: FlaskCliRunner, tmp_path: Path, at: str
) -> None:
    status, said = load(flask, tmp_path, earning(story, released_at=at))
    assert (status, 'facts.ndjson:1: "released_at" is not an instant' in said) == (1, True)
