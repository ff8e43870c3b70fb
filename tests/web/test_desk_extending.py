"""Holding longer, at the desk: what the pages say of a hold on a whole contract, and of one that has ended meanwhile."""

from sqlalchemy import select

from portal.core.access import Role
from portal.enforcement.operations import lift_action, propose_extension, return_extension
from portal.ledger.extension_models import HoldExtension
from tests.enforcement.conftest import Desk
from tests.enforcement.test_extending import WHY
from tests.enforcement.test_whole_contract import holding
from tests.web.conftest import Doors
from tests.web.desk_support import words_of


def test_the_whole_contract_is_named_and_what_is_over_asks_nothing(doors: Doors, contested: Desk) -> None:
    ref, rae = holding(contested), contested.story.rae
    named = f"$1,750.00 USD of the contract “{contested.story.other_contract.title}”"
    browser = doors.open(rae.person, fresh=True)
    assert f"{named} is on hold until" in words_of(browser.page(f"/desk/actions/{ref}/extend"))
    contested.market.do(propose_extension, rae.actor, action_ref=ref, reason=WHY)
    with contested.office.database.read() as session:
        here = f"/desk/extensions/{session.scalars(select(HoldExtension.ref)).one()}"
    assert f"proposed that {named} stays on hold until" in words_of(browser.page(here))
    queue, lee = doors.open(contested.story.ola.person, fresh=True), contested.market.staff("Lee Marsh", Role.LEAD)
    assert here in queue.page("/desk")
    done = {"action_ref": ref, "extension_ref": here.rpartition("/")[2], "reason": WHY}
    contested.market.do(return_extension, rae.actor, **done)
    contested.market.do(propose_extension, rae.actor, action_ref=ref, reason=f"{WHY} They are longer.")
    late = doors.open(lee.person, fresh=True).post(here, reason=WHY, go="sign")
    assert late.status_code == 409 and "This longer hold no longer waits" in late.text, "nobody signs what they did not read"
    with contested.office.database.read() as session:
        ends = session.execute(select(HoldExtension.end_kind, HoldExtension.ref).order_by(HoldExtension.id)).all()
    assert [end for end, _ref in ends] == ["returned", None]
    here = f"/desk/extensions/{ends[-1][1]}"
    version = contested.action(ref).version
    contested.market.do(lift_action, rae.actor, action_ref=ref, version=version, reason="It was his own work.")
    assert here not in queue.page("/desk")
    assert "This longer hold no longer waits for a second person." in words_of(browser.page(here))
