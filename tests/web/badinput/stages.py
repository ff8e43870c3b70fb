"""How far the story has come before a form is posted, made by the real operations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from portal.appeals.models import Appeal
from portal.appeals.operations import contest_withheld
from portal.cases.models import Case, WorkItem
from portal.disputes.operations import take_dispute
from portal.enforcement.evidence import take_case
from portal.enforcement.reporting import report_account
from portal.notices.models import Notice
from portal.notices.operations import confirm_read
from tests.appeals.complaining import WORDS, Complaints
from tests.appeals.conftest import Bench, reported
from tests.enforcement.conftest import SECOND, Desk, with_exhibit
from tests.enforcement.conftest import second as a_second
from tests.factories.market import Staff
from tests.verification.making import Checks
from tests.web.badinput.world import World


def only_case(world: World) -> str:
    with world.market.office.database.read() as session:
        return session.scalars(select(Case.ref)).one()


def reported_desk(world: World) -> Desk:
    """Stacy disputed and reported; the case has an exhibit."""
    made = world.market.dispute(world.story.stacy, world.story.contract, report=True)
    return with_exhibit(Desk(world.market, world.story, str(made["case"])))


def platform_desk(world: World) -> Desk:
    """Stacy only reported; no dispute holds the money of her milestone."""
    reported(world.market, world.story)
    return with_exhibit(Desk(world.market, world.story, only_case(world)))


def closed_without_action(world: World) -> Complaints:
    """Stacy reported, and Rae closed the case without action."""
    market, story = world.market, world.story
    said = {"account_id": story.stacy.account.id, "contract_ref": story.contract.ref, "happened": WORDS}
    ref = str(market.do(report_account, story.stacy.actor, **said)["report"])
    made = Complaints(market, story, only_case(world), report_ref=ref)
    with_exhibit(made)
    made.close()
    return made


def only_complaint(world: World) -> str:
    """The page of the one complaint at the desk."""
    with world.market.office.database.read() as session:
        return f"/desk/complaints/{session.scalars(select(Appeal.ref)).one()}"


def only_notice(world: World, kind: str) -> str:
    """Where the one notice of that kind leads."""
    with world.market.office.database.read() as session:
        return session.scalars(select(Notice.target).where(Notice.kind == kind)).one() or ""


def notice_page(world: World, kind: str) -> str:
    """The page of Tim's one notice of that kind."""
    mine = select(Notice.id).where(Notice.kind == kind, Notice.recipient_id == world.story.tim.person.id)
    with world.market.office.database.read() as session:
        return f"/me/inbox/{session.scalars(mine).one()}"


def take(world: World, staff: Staff, subject_ref: str) -> None:
    """Puts what waits of that subject into somebody's hands."""
    with world.market.office.database.read() as session:
        open_item = select(WorkItem).where(WorkItem.subject_ref == subject_ref, WorkItem.closed_at.is_(None))
        item = session.scalars(open_item).one()
        case_ref = session.get_one(Case, item.case_id).ref
    if item.kind == "dispute":
        world.market.do(take_dispute, staff.actor, dispute_ref=subject_ref, version=item.version)
    else:
        world.market.do(take_case, staff.actor, case_ref=case_ref, item=str(item.id), version=str(item.version))


def bench(world: World, *, second: bool = False, **form: Any) -> Bench:
    """Tim is suspended for 20 days by Rae; under a second rule too, if wished."""
    desk = reported_desk(world)
    made = Bench(world.market, world.story, desk.case_ref)
    if second:
        made.answer(made.ask(key=SECOND))
    made.action_ref = made.ready()
    made.issue(made.action_ref, **(a_second(made) if second else {}), **form)
    return made


def contested_withholding(world: World) -> tuple[Bench, str]:
    """Tim contests that the letter names no exhibit, because that would say how such things are noticed."""
    made = bench(world, exhibits=[], no_exhibit="shows_detection")
    body = "I cannot answer what I have not read. It may be about somebody else."
    return made, str(world.market.do(contest_withheld, world.story.tim.actor, action_ref=made.action_ref, body=body)["appeal"])


def informed(world: World, made: Bench) -> None:
    """Tim has read the statement a day after it was issued."""
    made.later(days=1)
    with world.market.office.database.read() as session:
        notice = session.scalars(select(Notice.id).where(Notice.kind == "statement")).one()
    world.market.do(confirm_read, world.story.tim.actor, notice_id=notice)


def filed(world: World) -> tuple[Bench, str]:
    """Tim has appealed; the draw gave it to Ola, the only other reviewer."""
    made = bench(world)
    return made, made.file()


def checks(world: World) -> Checks:
    return Checks.begin(world.market, world.story)


def attached(made: Checks, item_ref: str) -> None:
    """Tim has added a document that is not sent yet."""
    made.upload(item_ref)
