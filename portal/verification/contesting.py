"""Contesting that something was turned down: somebody else looks at what was sent, in the same time, once.

Whoever turned it down can accept it and do nothing else with it. Sources: DESIGN section 3, an appeal is against an identity
rejection too; DESIGN 2.8; promise "identity_review".
"""

from __future__ import annotations

import secrets
from typing import Any

from portal.accounts.queries import person_by_id
from portal.cases import drawing
from portal.cases.models import Case
from portal.cases.operations import give_item, open_item_of
from portal.core.access import Permission, require_person
from portal.core.errors import Conflict
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.work import Work
from portal.documents.queries import document_by_ref, documents_for
from portal.log.operations import add, record
from portal.verification import messages, rules
from portal.verification.models import Contest, Item, ItemState
from portal.verification.queries import ItemView, Sent, cannot_contest, rejected_before, subject_of
from portal.verification.sending import put_submission, require_owner, to_queue
from portal.verification.telling import locked_item, newest_check, tell_owners

WHY_NOT = {
    "nothing": N_("Nothing that you sent is turned down now."),
    "once": N_("Somebody else has looked at it already. You can send something else at any time."),
    "erased": N_("What you sent was erased. Send it once more, then somebody looks at it."),
    "unsent": N_("You have added documents that are not sent. Send them, or take them away first."),
}
LEAST = N_("Say why it should do: at least %(least)s characters, you wrote %(length)s.")


def contest_rejection(work: Work, *, item_ref: str, why: str) -> dict[str, Any]:
    """Asks that somebody else looks at what was turned down; with a receipt, and the day by which we answer.

    What was sent is sent once more as it was, so it is answered like everything that is sent, and what rests on it lifts if we
    are late. For an owner of the account, in every standing and in a session by a link. Errors: `not_possible` (conflict;
    `WHY_NOT`), `too_short`, `NotFound`.
    """
    work.require(Permission.ANSWER_IN_CASE)
    item, case = locked_item(work, item_ref)
    require_owner(work, item, case)
    view, check = newest_check(work, item)
    before = _contestable(work, view)
    words = rules.words(why, "why", LEAST)
    filed = [document_by_ref(work.db, ref) for ref in before.documents]
    submission = put_submission(work, view, case, filed, words)
    work.db.flush()
    contest = add(work, Contest(submission_id=submission.id, contested_id=before.submission.id))
    item.state, item.version = ItemState.SUBMITTED, item.version + 1
    to_queue(work, item, case, submission, check)
    work.db.flush()
    _put_before_somebody_else(work, item, case, before)
    event_id, sender = new_id(), person_by_id(work.db, require_person(work.actor))
    receipt = messages.contested(check, submission.ref, submission.sent_at, submission.answer_by)
    told = tell_owners(work, event_id, "identity_receipt", item, case, receipt, also=sender)
    record(
        work, "identity.contested", item.ref, case_ref=case.ref, event_id=event_id, rows=[submission, contest, *told],
        receipt=submission.ref, before=before.submission.ref,
    )
    return {"item": item.ref, "receipt": submission.ref}


def _contestable(work: Work, view: ItemView) -> Sent:
    why = cannot_contest(view) or ("unsent" if documents_for(work.db, view.item.account_id, subject_of(view)) else None)
    last = view.last
    if why is None and last is not None and any(document_by_ref(work.db, ref).erased_at for ref in last.documents):
        why = "erased"
    if why is not None or last is None:
        raise Conflict("not_possible", WHY_NOT[why or "nothing"])
    return last


def _put_before_somebody_else(work: Work, item: Item, case: Case, before: Sent) -> None:
    """One of those who did not turn it down, at random; where there is nobody, it waits with nobody and its time runs."""
    line = open_item_of(work, item.ref, "identity")
    free = drawing.eligible(work.db, case.id, rejected_before(before))
    if line is not None and free:
        give_item(work, line, secrets.choice(free), "new")
