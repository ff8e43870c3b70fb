"""What `flask verify` proves of appeals that were opened once more: on something new, answered once, turned down by others."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.appeals.evidence_models import AppealReopening, ReopeningEnd
from portal.appeals.models import LIVE, Appeal, AppealDecision, AppealFile, AppealOutcome
from portal.documents.models import Document, Exhibit
from portal.enforcement.models import Signature


def nothing_new_said_by_others(session: Session) -> Iterator[str]:
    """Who signed a decision, answered the appeal against it or found nothing new in it before, has since turned down nothing of
    it; and who found nothing new answered it only by overturning in full."""
    other, opened, by = aliased(AppealReopening), aliased(AppealDecision), AppealReopening.ended_by
    refused = select(Appeal.ref).join(AppealReopening, AppealReopening.appeal_id == Appeal.id).join(
        opened, opened.id == AppealReopening.decision_id
    ).where(AppealReopening.end_kind == ReopeningEnd.REFUSED)
    signed = refused.join(Signature, and_(Signature.action_id == Appeal.action_id, Signature.person_id == by))
    answered = refused.join(AppealDecision, and_(
        AppealDecision.appeal_id == Appeal.id, AppealDecision.decided_by == by, AppealDecision.n <= opened.n,
    ))
    twice = refused.join(other, and_(
        other.appeal_id == Appeal.id, other.n < AppealReopening.n, other.end_kind == ReopeningEnd.REFUSED, other.ended_by == by,
    ))
    who = (("signed the decision", signed), ("had answered it", answered), ("had turned it down before", twice))
    for what, query in who:
        found = session.scalars(query.distinct().order_by(Appeal.ref))
        yield from (f"appeal {ref} was not opened again by somebody who {what}" for ref in found)
    less = refused.join(AppealDecision, and_(
        AppealDecision.appeal_id == Appeal.id, AppealDecision.decided_by == by, AppealDecision.outcome != AppealOutcome.REVERSED,
        AppealDecision.n > opened.n,
    ))
    found = session.scalars(less.distinct().order_by(Appeal.ref))
    yield from (f"appeal {ref} was answered by somebody who had found nothing new in it" for ref in found)


def opened_again_on_something_new(session: Session) -> Iterator[str]:
    """Each appeal that was opened again has an exhibit, by its content, that its account had not put into the case before."""
    before, known = aliased(Exhibit), aliased(Document)
    old = exists().where(
        before.case_id == Appeal.case_id, before.by_account_id == Appeal.account_id, before.document_id == known.id,
        before.id < AppealDecision.id, known.sha256 == Document.sha256,
    ).correlate(Appeal, AppealDecision, Document)
    fresh = exists().where(
        AppealFile.appeal_id == Appeal.id, AppealFile.document_id == Document.id, AppealFile.exhibit_id == Exhibit.id,
        Exhibit.created_at <= AppealReopening.opened_at, ~old,
    ).correlate(Appeal, AppealReopening, AppealDecision)
    missing = (
        select(Appeal.ref).join(AppealReopening, AppealReopening.appeal_id == Appeal.id)
        .join(AppealDecision, AppealReopening.decision_id == AppealDecision.id).where(~fresh)
    )
    found = session.scalars(missing.distinct().order_by(Appeal.ref))
    yield from (f"appeal {ref} was opened again, and nothing in it was new" for ref in found)


def opened_again_is_answered_once(session: Session) -> Iterator[str]:
    """An appeal that was opened again waits for us until that is answered, turned down or taken back; it is answered anew once,
    and never after it was overturned."""
    opened = select(Appeal.ref).join(AppealReopening, AppealReopening.appeal_id == Appeal.id)
    waits_not = opened.where(AppealReopening.ended_at.is_(None), Appeal.state.not_in(LIVE)).order_by(Appeal.id)
    yield from (f"appeal {ref} is open again and waits for nothing" for ref in session.scalars(waits_not))
    first, anew = aliased(AppealDecision), aliased(AppealDecision)
    said = exists().where(
        anew.appeal_id == Appeal.id, anew.created_at == AppealReopening.ended_at, anew.n > first.n,
        anew.decided_by == AppealReopening.ended_by,
    )
    unsaid = opened.join(first, first.id == AppealReopening.decision_id).where(
        AppealReopening.end_kind == ReopeningEnd.ANSWERED, ~said
    ).order_by(Appeal.id)
    yield from (f"appeal {ref} was opened again, and there is no new answer to it" for ref in session.scalars(unsaid))
    twice = opened.where(AppealReopening.end_kind == ReopeningEnd.ANSWERED).group_by(Appeal.ref).having(func.count() > 1)
    yield from (f"appeal {ref} was opened again and answered anew more than once" for ref in session.scalars(twice))
    undone = opened.join(AppealDecision, AppealReopening.decision_id == AppealDecision.id).where(
        AppealDecision.outcome == AppealOutcome.REVERSED
    ).order_by(Appeal.id)
    yield from (f"appeal {ref} was opened again after it was overturned" for ref in session.scalars(undone))


PROVES = {
    8: (nothing_new_said_by_others,), 9: (opened_again_is_answered_once,), 10: (opened_again_on_something_new,),
}
