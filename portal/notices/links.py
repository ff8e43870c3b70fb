"""Links for people who cannot sign in: sent to the address on file, for the newest case that they were written to about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.accounts.models import LinkRequest, Member, Person
from portal.accounts.queries import sign_in_person
from portal.core.access import NO_CASE, Permission
from portal.core.i18n import Language
from portal.core.ids import new_id
from portal.core.work import Work
from portal.log.operations import record
from portal.notices.models import Channel, Notice
from portal.notices.operations import Text, tell

KIND = "fresh_link"
HOME = "/me"
AT_ONCE = 50
MOST, A_DAY = 10, timedelta(days=1)
"""How many links one person is sent in a day, whoever asks: nobody fills the mailbox of somebody else."""


def links_asked(session: Session) -> bool:
    """Whether somebody waits for a link."""
    return session.scalar(select(LinkRequest.id).limit(1)) is not None


def send_asked_links(work: Work) -> dict[str, Any]:
    """Sends each address that is on file the link that was asked for, and forgets the requests; how many links.

    Nobody gets one who was never a member of an account, such as staff: a link shows them nothing. Several requests in one round
    bring one link, a day at most ten: then the page of each of those brings a fresh one.
    """
    work.require(Permission.RUN_CLOCKS)
    rows = list(work.db.scalars(select(LinkRequest).order_by(LinkRequest.id).limit(AT_ONCE).with_for_update()))
    found = (sign_in_person(work.db, email) for email in dict.fromkeys(row.email_norm for row in rows))
    people = [person for person in found if person is not None and _may_get(work, person)]
    for person in people:
        _send(work, person)
    for row in rows:
        work.db.delete(row)
    return {"links": len(people), "looked_at": len(rows)}


def _may_get(work: Work, person: Person) -> bool:
    member = exists().where(Member.person_id == person.id)
    sent = select(func.count()).where(
        Notice.recipient_id == person.id, Notice.kind == KIND, Notice.created_at > work.now - A_DAY
    )
    return bool(work.db.scalar(select(member))) and (work.db.scalar(sent) or 0) < MOST


def _send(work: Work, person: Person) -> None:
    event_id = new_id()
    newest = work.db.execute(
        select(Notice.case_ref, Notice.target).where(
            Notice.recipient_id == person.id, Notice.case_ref.is_not(None), Notice.kind != KIND
        ).order_by(Notice.id.desc()).limit(1)
    ).one_or_none()
    case_ref, target = newest or (None, HOME)
    notices = tell(
        work, event_id=event_id, kind=KIND, recipients=[person], account_id=None, target=target,
        about_ref=case_ref or NO_CASE, case_ref=case_ref, compose=_text, channels=(Channel.EMAIL,),
    )
    record(work, "link.asked", case_ref or NO_CASE, case_ref=case_ref, rows=notices, event_id=event_id)


def _text(lang: Language, _person: Person) -> Text:
    said = (
        lang.gettext("You asked for a way to sign in. The link is below. It works once, for 30 minutes."),
        lang.gettext("It opens the newest thing that we wrote to you about. For another one, open our mail about that one."),
        lang.gettext("If you did not ask, you need not do anything. Nobody got in."),
    )
    return Text(lang.gettext("Your link to sign in"), "\n\n".join(said), "\n\n".join(said))
