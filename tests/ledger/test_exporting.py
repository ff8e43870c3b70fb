"""The ledger as plain text: read by bean-check, the same each time, without anybody's name, and wrong where a cent is wrong."""

import re
import subprocess
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from beancount import load_file
from beancount.core.amount import Amount

from portal import verify
from portal.disputes.chargeback_queries import reported_calls
from portal.disputes.chargebacks import record_chargeback
from portal.ledger import history, history_reports
from portal.ledger.beancount import of_account, of_ledger, quoted
from portal.ledger.history import all_lines, page_of
from portal.ledger.history_reports import with_reports
from portal.ledger.models import Book
from portal.ledger.operations import mark_payout, record_funding
from portal.settings import ROOT, load_settings
from tests.factories.market import Market, Story, usd
from tests.factories.told import SECRET
from tests.ledger.steps import contest_money, correct, hold_money, let_go

CENT = {
    "a balance": ("UPDATE book SET balance_minor = balance_minor + 1 WHERE id = :book",),
    "a transfer": ("UPDATE transfer SET amount_minor = amount_minor + 1 WHERE credit_id = :book",),
}


@pytest.fixture
def busy(market: Market, story: Story) -> Story:
    """Holds, refunds with fees, payouts in every state, three currencies."""
    market.pay_in(story.contract, 2, 40_000)
    market.earn(story.contract, 2, 36_000, fee_minor=4_000)
    made = market.do(contest_money, contract_ref=story.contract.ref, number=2, amount_minor=20_000)
    market.do(let_go, hold_ref=made["hold"], kind="refunded")
    market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=7_001)
    correct(market, story, 3, "added")
    for state in ("failed", "sent"):
        paid = market.pay_out(story.tim, story.destination, 10_000)["payout"]
        market.do(mark_payout, payout_ref=paid, state=state)
    market.do(mark_payout, payout_ref=paid, state="paid")
    for currency, amount in (("JPY", 1_234), ("KWD", 1_234_567)):
        contract = market.contract(story.stacy, story.tim, f"Job in {currency}", [amount], currency=currency)
        market.earn(contract, 1, amount, currency=currency)
    return story


def ledger(market: Market) -> str:
    with market.office.database.read() as session:
        return "".join(of_ledger(session))


def bean_check(text: str, folder: Path) -> str:
    """What bean-check says of it; nothing when all is well."""
    file = folder / "ledger.beancount"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run([ROOT / ".venv/bin/bean-check", file], capture_output=True, text=True, check=False)
    assert bool(done.returncode) == bool(done.stderr + done.stdout)
    return done.stderr + done.stdout


def test_bean_check_reads_the_whole_ledger(market: Market, busy: Story, tmp_path: Path) -> None:
    text = ledger(market)
    assert bean_check(text, tmp_path) == ""
    with market.office.database.read() as session:
        books = session.scalar(sa.select(sa.func.count()).select_from(Book)) or 0
    assert len(re.findall(r"^\S+ balance ", text, re.M)) == len(re.findall(r"^\S+ open ", text, re.M)) == books
    assert "1234 JPY" in text
    assert "1234.567 KWD" in text


def test_it_is_the_same_each_time_and_names_nobody(market: Market, busy: Story) -> None:
    text = ledger(market)
    assert text == ledger(market)
    for word in ("Tim", "Okafor", "Stacy", "example.org", "Photo app", "Job in", "4711", "m-tim", "wrong amount"):
        assert not re.search(rf"\b{word}\b", text), word
    assert busy.tim.account.ref in text
    assert quoted('a "b" \\c') == '"a \\"b\\" \\\\c"', "whatever is written there ends where it says"


def test_own_keys_stand_beside_it_where_they_are_asked_for(market: Market, busy: Story, tmp_path: Path) -> None:
    """So that an accountant finds each line again, its milestone and its day, and sees what of a refund was sent."""
    market.do(record_funding, source_key='=1+1 "a\n', contract_external_id=busy.contract.external_id, milestone_number=3,
              amount_minor=500, currency="USD", funded_at=market.now - timedelta(days=3))
    market.give_up(busy.contract, 3, "back-3")
    market.do(record_chargeback, external_id="b-77", contract_ref=busy.contract.ref, milestone_number=1, amount_minor=100,
              currency="USD", received_at=market.now - timedelta(days=1), reason="Services not provided")
    with market.office.database.read() as session:
        text = "".join(of_ledger(session, reported_calls(session)))
    assert bean_check(text, tmp_path) == ""
    entries, errors, _ = load_file(str(tmp_path / "ledger.beancount"))
    assert errors == []
    notes = [one.meta for one in entries]
    told = {one["key"]: one["happened"][:10] for one in notes if "key" in one}
    assert (told['=1+1 "a\n'], told["b-77"]) == (f"{market.day(3)}", f"{market.day(1)}")
    assert {"e-3", "back-3"} <= set(told)
    [back] = [one for one in notes if one.get("sent") == Amount(Decimal(5), "USD")]
    assert (back["account"], back["contract"], back["milestone"]) == ("m-stacy", "c-photo-app", "3")
    due = [one for one in notes if one.get("sent") == Amount(Decimal(0), "USD")]
    assert due and all(one["refund"].startswith("F-") for one in [*due, back])
    assert ledger(market) == re.sub(r"^  [a-z]+: .*\n", "", text, flags=re.M), "nothing else is different"


@pytest.mark.parametrize("what", sorted(CENT))
def test_a_cent_made_by_hand_is_found(market: Market, busy: Story, tmp_path: Path, what: str) -> None:
    """By `flask verify` and by bean-check, each alone."""
    database = market.office.database
    settings = load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_SECRET_KEY": SECRET,
                              "PORTAL_DATABASE_URL": database.url.render_as_string(hide_password=False)})
    assert list(verify.violations(market.office, settings)) == []
    with database.write() as session:
        guard = "DROP TRIGGER transfer_keeps_values" + ("" if database.is_sqlite else " ON transfer")
        session.execute(sa.text(guard))
        book = session.scalars(sa.select(Book.id).where(Book.kind == "earning", Book.currency == "KWD")).one()
        for statement in CENT[what]:
            session.execute(sa.text(statement).bindparams(sa.bindparam("book", type_=sa.Uuid())), {"book": book})
    found = list(verify.violations(market.office, settings))
    assert any(str(book) in line for line in found), found
    assert "Balance failed" in bean_check(ledger(market), tmp_path)


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_bean_check_reads_what_one_account_gets(market: Market, busy: Story, tmp_path: Path, currency: str) -> None:
    with market.office.database.read() as session:
        lines = list(all_lines(session, busy.tim.account.id, currency))
        text = "".join(of_account(lines, busy.tim.account.ref, currency, "Pacific/Auckland"))
    assert bean_check(text, tmp_path) == ""
    assert "Balance failed" in bean_check(re.sub(r"(balance Assets:Portal:Free +)\d", r"\g<1>9", text), tmp_path)


def test_history_is_paged_without_a_gap(market: Market, busy: Story) -> None:
    tim = busy.tim.account.id
    with market.office.database.read() as session:
        whole = list(all_lines(session, tim, "USD"))
        assert [one.n for one in whole] == list(range(1, len(whole) + 1))
        paged, before = [], None
        while True:
            lines, before = page_of(session, tim, "USD", before=before, limit=3)
            paged += lines
            if before is None:
                break
        assert paged[::-1] == whole
        assert page_of(session, tim, "EUR") == ([], None)
    assert {one.place.contract_ref for one in whole if one.kind == "hold" and one.place} == {busy.contract.ref}
    assert all(one.balance.amount_minor >= 0 and one.moved for one in whole)


def test_what_was_reported_stands_beside_its_line(
    market: Market, busy: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of releases, payments and returns, however many portions a file has; of nothing else."""
    monkeypatch.setattr(history_reports, "PORTION", 2)
    market.pay_in(busy.contract, 3, 700)
    market.give_up(busy.contract, 3)
    with market.office.database.read() as session:
        tims, stacys = (
            [(line.kind, told.fee_minor if told else None) for line, told in with_reports(
                session, party.account.id, all_lines(session, party.account.id, "USD"))]
            for party in (busy.tim, busy.stacy)
        )
        whole = len(list(all_lines(session, busy.tim.account.id, "USD")))
    assert len(tims) == whole
    assert {("earning", 0), ("earning", 4_000), ("hold", None), ("payout", None), ("adjustment", None)} <= set(tims)
    assert {one for one in tims + stacys if one[1] is not None} == {
        ("earning", 0), ("earning", 4_000), ("funding", 0), ("escrow_return", 0)}


@pytest.mark.parametrize("exact", [True, False])
def test_the_course_of_the_balance(market: Market, story: Story, monkeypatch: pytest.MonkeyPatch, exact: bool) -> None:
    """Each change is drawn when it happened, also what was there for an hour; of a busy time moments of equal distance."""
    monkeypatch.setattr(history, "EXACT", 4 if exact else 3)
    start = market.now
    market.office.clock.advance(days=40, hours=3)  # type: ignore[attr-defined]
    top, back = market.now, market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=15_000)
    market.earn(story.contract, 2, 40_000, days_ago=0)
    market.do(let_go, hold_ref=back["hold"], kind="refunded")
    market.office.clock.advance(hours=1)  # type: ignore[attr-defined]
    market.pay_out(story.tim, story.destination, 100_000)
    market.office.clock.advance(days=20)  # type: ignore[attr-defined]
    market.pay_in(story.contract, 3, 1_000, days_ago=0)
    with market.office.database.read() as session:
        points, all_of_it = history.course(session, story.tim.account.id, "USD", market.now)
        assert history.course(session, story.tim.account.id, "EUR", market.now) == ([], True)
    assert (points[0].at, points[-1].at, all_of_it) == (start, market.now, exact)
    assert (points[0].balance, points[-1].balance) == (usd(215_000), usd(140_000))
    if exact:
        now = market.now
        assert [(one.at, one.balance.amount_minor) for one in points] == [
            (start, 215_000), (top, 240_000), (top + timedelta(hours=1), 140_000), (now, 140_000)]
    else:
        assert len(points) == 61 and {one.balance.amount_minor for one in points} == {215_000, 140_000}
