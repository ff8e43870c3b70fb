"""What `flask verify` finds: each check is silent on true books and names the row of a false one."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.core.database import Database
from portal.ledger import checks
from tests.factories.market import Market, Story
from tests.ledger.steps import correct, hold_money
from tests.structure.breaks import BREAKS

DAY = timedelta(days=1)
CONTESTED = (
    "UPDATE claim SET claimant = 'counterpart', "
    "claimant_account_id = (SELECT client_id FROM contract WHERE contract.id = claim.contract_id)"
)
FALSE: dict[str, str] = {
    "balances_are_true": "UPDATE book SET balance_minor = balance_minor + 1 WHERE kind = 'earning'",
    "everything_sums_to_nothing": "UPDATE book SET balance_minor = balance_minor + 1 WHERE kind = 'earning'",
    "holds_are_within_claims": "UPDATE claim SET amount_minor = 1",
    "milestones_hold_what_is_claimed": "UPDATE claim SET ended_at = created_at, end_kind = 'released'",
    "holds_share_their_limit": CONTESTED + "; UPDATE hold SET expires_at = '2099-01-01T00:00:00.000000Z' WHERE id IN "
                               "(SELECT id FROM hold ORDER BY id DESC LIMIT 1)",
    "holds_hold_what_they_say": "UPDATE hold SET amount_minor = amount_minor - 1",
    "holds_stay_on_their_contract": "UPDATE claim SET contract_id = (SELECT id FROM contract WHERE title LIKE 'Bakery%')",
    "nothing_is_lost": "UPDATE payout SET amount_minor = amount_minor + 1",
    "holds_end_in_time": "UPDATE hold SET expires_at = created_at",
    "hold_clocks_end_with_their_hold": "DELETE FROM clock WHERE kind = 'hold'",
    "payouts_are_where_they_stand": "UPDATE payout SET state = 'paid'",
    "fees_are_what_was_taken": "UPDATE book SET kind = 'elsewhere' WHERE kind = 'fee'",
    "movements_follow_transfers": "DROP TRIGGER movement_keeps_values{on}; UPDATE movement SET free_minor = free_minor + 1 "
                                  "WHERE n = 1",
    "adjustments_were_signed": "DROP TRIGGER adjustment_keeps_values{on_it}; UPDATE adjustment SET amount_minor = 1",
}


def lines(database: Database, name: str) -> list[str]:
    with database.read() as session:
        return list(getattr(checks, name)(session))


def test_every_check_has_a_falsification() -> None:
    """What needs a law or an order, which rooms above this one make, is broken where the whole story is there."""
    above = {each.query for each in BREAKS} - set(FALSE)
    assert {check.__name__ for check in checks.CHECKS} - above == set(FALSE)


@pytest.mark.parametrize("name", sorted(FALSE))
def test_check_names_the_false_row(market: Market, story: Story, name: str) -> None:
    held = [
        market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=20_000)["hold"] for _ in range(2)
    ]
    market.pay_out(story.tim, story.destination, 1_000)
    market.earn(story.contract, 2, 36_000, fee_minor=4_000)
    correct(market, story, kind="added")
    market.office.clock.advance(days=2)
    market.party("Una Late")
    assert [lines(market.office.database, check) for check in FALSE] == [[] for _ in FALSE]
    with market.office.database.write() as session:
        guards = ("", "") if market.office.database.is_sqlite else (" ON movement", " ON adjustment")
        for statement in FALSE[name].format(on=guards[0], on_it=guards[1]).split("; "):
            session.execute(sa.text(statement))
    found = lines(market.office.database, name)
    assert found
    named = (*held, "book", "account", "all books", "earning", "movement", "adjustment", "payout")
    assert any(word in found[0] for word in named)


def test_a_hold_is_late_a_day_after_it_ran_out(market: Market, story: Story) -> None:
    ref = market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=20_000)["hold"]
    [held] = market.funds(story.tim).holds
    with market.office.database.read() as session:
        assert list(checks.holds_end_in_time(session, held.until + DAY)) == []
        [late] = checks.holds_end_in_time(session, held.until + DAY + timedelta(seconds=1))
    assert ref in late
