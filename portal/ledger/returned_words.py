"""Writing to those whose money did not arrive: what is wrong with a place, or that another way is needed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.accounts.queries import handle_of, person_by_id
from portal.accounts.roles import MONEY, holders_of
from portal.cases.drafts import drop_draft
from portal.cases.hands import CONFLICTED, ELSEWHERE, OutOfReach, holder_of_item, is_conflicted
from portal.cases.models import Case, Message, MessageKind, WorkItem
from portal.cases.operations import case_by_ref, open_item_of, put_word, take_item
from portal.core.access import Permission, require_person
from portal.core.errors import Conflict, NotAllowed
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import TEXT_LIMIT, needed
from portal.core.work import Work
from portal.ledger.messages import returned_text
from portal.ledger.returned import RETURNED, returned_money
from portal.log.operations import record
from portal.notices.operations import tell

FORM = "returned_words"
MOST = TEXT_LIMIT


def write_about_returned(work: Work, *, returned_ref: str, words: str) -> dict[str, Any]:
    """A member of staff writes to the people of the account whose payout or refund came back; what is with nobody becomes theirs.

    It goes on waiting: only a newer report of the marketplace, or the person who asks again, ends that. Errors: `empty`,
    `not_waiting` (conflict), `conflicted`, `with_somebody_else`, text limits, `NotFound`.
    """
    work.require(Permission.WORK_CASE)
    found = returned_money(work.db, returned_ref)
    case, by = case_by_ref(work, found.case_ref), person_by_id(work.db, require_person(work.actor))
    take_item(work, _waiting(work, case, returned_ref, by))
    text = needed(words, N_("Write what the person should know."), limit=MOST, field="words")
    message = put_word(work, case, to_account_id=found.account.id, body=text, language=by.language)
    drop_draft(work, FORM, returned_ref)
    event_id = new_id()
    told = tell(
        work, event_id=event_id, kind="returned_words", recipients=holders_of(work.db, found.account.id, MONEY),
        case_ref=case.ref, account_id=found.account.id, about_ref=returned_ref, target="/me/funds",
        compose=returned_text(returned_ref, found.amount, text, handle_of(work.db, by.id), payout=found.contract is None),
    )
    record(work, "returned.written", returned_ref, case_ref=case.ref, event_id=event_id, rows=[message, *told])
    return {"message": message.ref}


def _waiting(work: Work, case: Case, returned_ref: str, by: Person) -> WorkItem:
    if is_conflicted(work.db, by.id, case.id):
        raise NotAllowed("conflicted", CONFLICTED)
    item = open_item_of(work, returned_ref, RETURNED)
    if item is None:
        raise Conflict("not_waiting", N_("Nothing waits for an answer here. Reload the page to see what happened."))
    holder = holder_of_item(work.db, item)
    if holder is not None and holder.person_id != by.id:
        raise OutOfReach("with_somebody_else", ELSEWHERE, case.ref, returned_ref, holder)
    return item


def written_in(session: Session, case_ref: str) -> list[Message]:
    """What we wrote in a case about money that came back, the first one first."""
    query = select(Message).join(Case, Message.case_id == Case.id).where(
        Case.ref == case_ref, Message.kind == MessageKind.NOTE, Message.to_account_id.is_not(None))
    return list(session.scalars(query.order_by(Message.sent_at, Message.id)))
