"""The newest steps taken back and made again, with longer holds that were signed, and that were over, in the database."""

from __future__ import annotations

import pytest

from portal.core.migrate import migrate, schema_of
from tests.cases.test_migrating import kept
from tests.enforcement.conftest import Desk
from tests.enforcement.test_extending import broken, give_way, holding, propose, sign, waiting


def test_a_longer_hold_that_was_signed_is_kept_on_the_way_back_and_up_again(desk: Desk) -> None:
    ref, database = holding(desk), desk.office.database
    propose(desk, ref)
    sign(desk, ref)
    before = kept(desk.market)
    assert migrate(database, "0061") == "0061"
    migrate(database)
    assert kept(desk.market) == before and broken(desk) == []


def test_one_that_was_over_with_its_hold_is_not_taken_away(desk: Desk) -> None:
    ref, database = holding(desk), desk.office.database
    propose(desk, ref)
    desk.market.do(give_way, contract_ref=desk.story.other_contract.ref, amount_minor=100)
    before, here = kept(desk.market), schema_of(database)
    with pytest.raises(RuntimeError, match="no word for that, so nothing was changed"):
        migrate(database, "0061")
    assert (kept(desk.market), schema_of(database)) == (before, here) and waiting(desk) == [("over", "over", "void")]
    migrate(database, "0062")
    migrate(database)
    assert kept(desk.market) == before and broken(desk) == []
