"""The end of a request for a pause: its one answer, after which nothing of it waits."""

from __future__ import annotations

from uuid import UUID

from portal.accounts.queries import person_by_id
from portal.appeals.models import Appeal
from portal.appeals.pause_models import PauseAnswer, PauseOutcome, PauseRequest
from portal.appeals.pauses import CLOCKS, asked_of
from portal.cases.clocks import stop_clocks
from portal.cases.drafts import drop_draft
from portal.cases.models import ClockResult
from portal.cases.operations import close_item
from portal.core.i18n import SOURCE
from portal.core.work import Work
from portal.log.operations import add, vouch_next
from portal.log.rules import body_digest

PAUSE, ITEM, ANSWER_FORM = "pause_answer", "pause", "pause_reasons"


def close_request(
    work: Work, request: PauseRequest, outcome: PauseOutcome, kept: ClockResult, *, reasons: str = "", by: UUID | None = None
) -> PauseAnswer:
    """Puts on record what became of a request; the next event of this act vouches for it."""
    answer = PauseAnswer(
        request_id=request.id, outcome=outcome, answered_by=by, answered_at=work.now, reasons=reasons, sha256="",
        language=person_by_id(work.db, by).language if by is not None else SOURCE,
    )
    answer.sha256 = body_digest(answer)
    stop_clocks(work, request.ref, dict.fromkeys(CLOCKS, kept))
    close_item(work, request.ref, ITEM, outcome.value)
    if by is not None:
        drop_draft(work, ANSWER_FORM, request.ref)
    vouch_next(work, [add(work, answer)])
    return answer


def drop_requests(work: Work, appeal: Appeal) -> None:
    """The appeal is answered, taken back, or its decision paused for another reason: a request that waits is void."""
    for one in asked_of(work.db, appeal):
        if one.open:
            close_request(work, one.request, PauseOutcome.VOID, ClockResult.VOID)
