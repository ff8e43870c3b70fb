"""What the machine over decisions begins with, who reads beside it, and what has happened in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select

from portal.act import Office
from portal.appeals.models import AppealDecision
from portal.cases.models import Case
from portal.enforcement.models import Action, Restriction, RestrictionChange, Silence
from portal.enforcement.reporting import report_account
from portal.ledger.models import Claim, Hold
from portal.log.models import Event
from tests.enforcement.agreeing import Readers
from tests.enforcement.conftest import Desk, with_exhibit
from tests.enforcement.reading import Eyes
from tests.factories.market import Party, Staff

Joined = tuple[Party, UUID]


def two_desks(desk: Desk) -> list[Desk]:
    """The desk of the story, and one about the other side of the same contract, reported by whom the first is about."""
    market, story = desk.market, desk.story
    said = {"contract_ref": story.contract.ref, "happened": "She does not answer and threatens me with a bad review."}
    ref = market.do(report_account, story.tim.actor, account_id=story.tim.account.id, **said)["report"]
    with desk.office.database.read() as session:
        case_ref = session.scalars(select(Case.ref).where(Case.about_account_id == story.stacy.account.id)).one()
    assert ref
    return [desk, with_exhibit(Desk(market, replace(story, tim=story.stacy, stacy=story.tim), case_ref))]


def readers_of(desk: Desk, members: list[Joined], lead: Staff, folder: Path) -> Readers:
    """Both sides of the contract, two members, a client of another contract, a lead at the desk, and the marketplace."""
    tim, stacy, omar = desk.story.tim, desk.story.stacy, desk.story.omar
    people = [tim.person, stacy.person, *(party.person for party, _ in members)]
    pairs = [(stacy.person, tim.account), (omar.person, tim.account), (tim.person, stacy.account)]
    return Readers(Eyes(desk.market, folder), people, lead.person, pairs)


def seen(office: Office) -> set[str]:
    """What has happened at least once."""
    with office.database.read() as session:
        issued = session.scalars(select(Action).where(Action.issued_at.is_not(None))).all()
        held = select(Hold.id).join(Claim, Hold.claim_id == Claim.id).where(Claim.claimant == "platform", Hold.amount_minor > 0)
        found = {str(one.nature) for one in issued} | set(session.scalars(select(AppealDecision.outcome)))
        found |= {"money"} if session.scalars(held).first() else set()
        found |= {"silent"} if session.scalars(select(Silence)).first() else set()
        ends = func.count(Restriction.ends_at.distinct())
        own = select(Restriction.action_id).group_by(Restriction.action_id).having(ends > 2)
        found |= {"own ends"} if session.scalars(own).first() else set()
        found |= {"shown"} if session.scalars(select(Event.id).where(Event.kind == "action.check_ended")).first() else set()
        found |= {"paused"} & set(session.scalars(select(RestrictionChange.kind)))
    told = {"member": "member_id", "replaced": "supersedes_id", "lifted": "lifted_at", "withdrawn": "withdrawn_at"}
    return found | {word for word, name in told.items() if any(getattr(one, name) for one in issued)}
