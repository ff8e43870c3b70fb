"""The person's side of an appeal: draft, files, filing, adding, withdrawing. It works in every standing and by a link."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from portal.accounts.queries import person_by_id
from portal.accounts.throttles import count_try
from portal.appeals.desk import own_appeal, own_matter, say, start_answering, take_back
from portal.appeals.evidence import way_again
from portal.appeals.evidence_messages import evidence_withdrawn_text
from portal.appeals.files import exhibits_from_files, put_file, take_away
from portal.appeals.matter import hear
from portal.appeals.mentioning import say_over, say_pending
from portal.appeals.messages import filed_text, received_text, withdrawn_text
from portal.appeals.models import LIVE, Appeal, AppealKind, AppealState, AppealWord
from portal.appeals.money import require_contestable
from portal.appeals.own import Matter, addressed, own_action, people_told
from portal.appeals.pauses import if_late
from portal.appeals.queries import (
    Filing,
    appeal_against,
    filed_message,
    filing,
    zone_of,
)
from portal.appeals.rules import LEAST_BODY, MOST_TEXT, checklist, filed_grounds, grounds_against, ticked
from portal.cases.drafts import drop_draft, save_draft
from portal.cases.models import Case
from portal.core.access import Permission
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.text import canonical, clean, clean_line, needed
from portal.core.work import Work
from portal.documents.intake import Taken
from portal.documents.operations import described
from portal.enforcement.changing import resume
from portal.enforcement.ends_first import ends_first
from portal.enforcement.models import Action
from portal.enforcement.queries import rule_of, statement_of
from portal.enforcement.succession import stands_for
from portal.enforcement.undoing import preview_undoing
from portal.log.operations import Row, add, record
from portal.notices.models import Notice
from portal.notices.operations import Compose, tell

DRAFT_FORM = "appeal"


def save_appeal_draft(
    work: Work, *, action_ref: str, fields: dict[str, Any], version: int | None = None
) -> dict[str, Any]:
    """Keeps what the person has typed; it survives closed browsers and expired sessions.

    Errors: text limits, `NotFound`, those of `save_draft`.
    """
    action, _case, _person = own_action(work, action_ref)
    kept = {clean_line(name, limit=64): _plain(value) for name, value in fields.items()}
    draft = save_draft(work, DRAFT_FORM, action.ref, canonical(kept), version)
    return {"saved_at": draft.saved_at, "version": draft.version}


def _plain(value: Any) -> Any:
    return [clean(str(one)) for one in value] if isinstance(value, list) else clean(str(value))


def attach_file(work: Work, *, action_ref: str, description: str, taken: Taken) -> dict[str, Any]:
    """Adds a file to the appeal against an action; before it is sent it can be taken away, after it is an exhibit at once.

    Errors: `NotFound`, those of `put_file`.
    """
    action, case, person_id = own_action(work, action_ref)
    text = described(description)
    found = filing(work.db, action, person_id, work.now)
    appeal = found.appeal or _begin(work, action, person_id)
    return put_file(work, appeal, case, text, taken, again=found.why_not is None)


def _begin(work: Work, action: Action, person_id: UUID) -> Appeal:
    appeal = add(work, Appeal(
        ref=new_ref("Z"), case_id=action.case_id, kind=AppealKind.ACTION, action_id=action.id, account_id=action.account_id,
        person_id=person_id, state=AppealState.DRAFT, late=False, version=1,
    ))
    work.db.flush()
    return appeal


def remove_file(work: Work, *, action_ref: str, document_ref: str) -> dict[str, Any]:
    """Takes a file away before the appeal is sent: it is erased. Errors: `NotFound`, `on_record` once it is an exhibit."""
    action, _case, _person = own_action(work, action_ref)
    return take_away(work, appeal_against(work.db, action.id), document_ref)


def file_appeal(
    work: Work, *, action_ref: str, grounds: list[str], body: str, late_reason: str = "",
    how: dict[str, str] | None = None, mention: bool = False,
) -> dict[str, Any]:
    """Files the appeal against an action and gives a receipt: reference, time, and the day by which we answer.

    `grounds`: keys of `rules.grounds_against`: general ones, or "would_change:<n>" for the n-th thing that the statement
    says would change it. `how`: for such things, in which way; what it is said of counts as ticked. `mention`: those who were
    told of the decision are told that an appeal is pending.
    The same content again gives the same receipt: one appeal for each action. Errors: `already_filed` for other content
    while one waits, `overturned`, `decided`, `grounds_missing`, `body_missing`, `late_reason_missing` after the window.
    Also `money_answered`, `only_money`, `nothing_held` where only the money is contested, or left; `too_many` where one was
    taken back time after time: each tells everybody of the account. And `nobody_told`, where it is to be mentioned and cannot be.
    Sources: DSA 20(1), (2); promises "appeal_window", "appeal_answer".
    """
    action, case, person_id = own_action(work, action_ref)
    found = filing(work.db, action, person_id, work.now)
    filed, text, late = _checked(work, action, grounds, how or {}, body, late_reason)
    if found.appeal is not None and found.appeal.state in LIVE:
        return _same(work, found.appeal, filed, text)
    _require_possible(found, late)
    require_contestable(work.db, action, [key for key, _item, _how in ticked(filed)], found.only)
    count_try(work, "appeal", action.ref)
    appeal, person = found.appeal or _begin(work, action, person_id), person_by_id(work.db, person_id)
    again: list[Row] = [(appeal, "withdrawn")] if appeal.withdrawn_at is not None else []
    again += [(appeal, "decided")] if appeal.decided_at is not None else []
    start_appeal(work, appeal, action, case, late=found.late)
    message = say(
        work, appeal, AppealWord.FILED, text, person.language, grounds=canonical(filed), late_reason=late or None
    )
    exhibits = exhibits_from_files(work, appeal, case)
    drop_draft(work, DRAFT_FORM, action.ref)
    event_id, answer_by = new_id(), appeal.answer_by or work.now
    notices = notify(work, appeal, case, event_id, "appeal_filed", _receipt(work, appeal, action, len(exhibits)))
    said = say_pending(work, appeal, action, event_id) if mention else []
    rows: list[Row] = [(appeal, "filed"), (appeal, "subject"), *again, message, *exhibits, *notices, *said]
    record(work, "appeal.filed", appeal.ref, case_ref=case.ref, event_id=event_id, rows=rows, action=action.ref)
    return {"appeal": appeal.ref, "filed_at": work.now, "answer_by": answer_by}


def _receipt(work: Work, appeal: Appeal, action: Action, exhibits: int) -> Compose:
    answer_by = appeal.answer_by or work.now
    return filed_text(
        appeal.ref, action.ref, work.now, answer_by, exhibits, if_late=if_late(work.db, action, answer_by),
        ends_first=ends_first(work.db, action, work.now, answer_by), zone=zone_of(work.db, action.account_id),
    )


def _checked(
    work: Work, action: Action, grounds: Sequence[str], how: Mapping[str, str], body: str, late_reason: str
) -> tuple[list[str | dict[str, str]], str, str]:
    record = statement_of(work.db, action.ref)[0] or {}
    items = checklist(record)
    said = {key: clean(text, limit=MOST_TEXT, field=f"how_{key.partition(':')[2]}") for key, text in how.items()}
    keys = sorted({*grounds, *(key for key, text in said.items() if text)})
    if not keys or not grounds_against(record).keys() >= set(keys) or not items.keys() >= said.keys():
        message = N_("Choose at least one reason why the decision is not right.")
        raise RuleBroken("grounds_missing", message, field="grounds")
    missing = N_("Say in your own words why the decision is not right.")
    text = needed(body, missing, code="body_missing", field="body", limit=MOST_TEXT, least=LEAST_BODY)
    return filed_grounds(keys, said, items), text, clean(late_reason, limit=MOST_TEXT, field="late_reason")


def _same(work: Work, appeal: Appeal, filed: list[str | dict[str, str]], text: str) -> dict[str, Any]:
    """Pressed again: the receipt that there is. Errors: `already_filed` when it says something else."""
    before = filed_message(work.db, appeal.id)
    known = [(key, how) for key, _item, how in ticked(json.loads((before and before.grounds) or "[]"))]
    if before is None or (before.body, known) != (text, [(key, how) for key, _item, how in ticked(filed)]):
        message = N_("You have already sent an appeal against this decision: %(ref)s. You can add to it on its page.")
        raise Conflict("already_filed", message, ref=appeal.ref)
    return {"appeal": appeal.ref, "filed_at": appeal.filed_at, "answer_by": appeal.answer_by}


def _require_possible(found: Filing, late_reason: str) -> None:
    if found.why_not == "overturned":
        message = N_("This decision is already overturned. There is nothing left to appeal against.")
        raise Conflict("overturned", message)
    if found.why_not == "decided":
        message = N_("Your appeal against this decision is already decided. Its page says what you can do.")
        raise Conflict("decided", message)
    if found.why_not == "refused":
        message = N_("We have looked twice at whether we can take this appeal. A court or another body still can.")
        raise Conflict("refused", message)
    if found.late and not late_reason:
        message = N_("The time to appeal is over. Say why you appeal only now; then we look at it.")
        raise RuleBroken("late_reason_missing", message, field="late_reason")


def start_appeal(work: Work, appeal: Appeal, action: Action, case: Case, *, late: bool) -> None:
    """It waits for an answer from now on. What its place in the queue says: the rule, and the money that the decision holds."""
    clause, held = rule_of(work.db, action), [hold.amount for hold in preview_undoing(work.db, action, work.now).holds]
    start_answering(
        work, appeal, case, late=late, clause_id=clause.clause_id if clause else None, stake=held[0] if held else None
    )


def notify(work: Work, sent: Matter, case: Case, event_id: UUID, kind: str, compose: Compose) -> list[Notice]:
    """Tells whoever hears of it: see `people_told`."""
    return tell(
        work, event_id=event_id, kind=kind, recipients=people_told(work.db, sent), account_id=sent.account_id,
        about_ref=sent.ref, case_ref=case.ref, target=sent.address + sent.ref, compose=addressed(work.db, sent, compose),
    )


def add_to_appeal(work: Work, *, appeal_ref: str, body: str) -> dict[str, Any]:
    """Puts more of the person's words on record with their appeal; it is also the answer to a question of ours.

    Errors: those of `own_matter` and `hear`, and `too_many`.
    """
    work.require(Permission.ANSWER_IN_CASE)
    appeal, case = own_matter(work, appeal_ref)
    text, person = hear(work, appeal, body)
    count_try(work, "appeal_more", appeal.ref)
    message = say(work, appeal, AppealWord.ADDED, text, person.language)
    event_id = new_id()
    notices = notify(
        work, appeal, case, event_id, "appeal_received", received_text(appeal.ref, appeal.answer_by or work.now)
    )
    record(work, "appeal.added", appeal.ref, case_ref=case.ref, event_id=event_id, rows=[message, *notices])
    return {"appeal": appeal.ref}


def withdraw_appeal(work: Work, *, appeal_ref: str) -> dict[str, Any]:
    """Takes an appeal back; it can be filed again within the window. Of one that was opened again only that is taken back.

    Errors: `closed`, `not_yours`, `NotFound`.
    """
    work.require(Permission.ANSWER_IN_CASE)
    appeal, action, case = own_appeal(work, appeal_ref)
    opened, event_id = take_back(work, appeal), new_id()
    if opened is not None:
        until = way_again(work.db, appeal, appeal.person_id, work.now).window
        mine = evidence_withdrawn_text(appeal.ref, until.last if until else work.now)
        told = tell_ended(work, appeal, action, case, event_id, "appeal_withdrawn", mine)
        record(work, "appeal.evidence_withdrawn", appeal.ref, case_ref=case.ref, event_id=event_id, rows=told)
        return {"appeal": appeal.ref}
    mine = withdrawn_text(appeal.ref, filing(work.db, action, appeal.person_id, work.now).window.last)
    told = tell_ended(work, appeal, action, case, event_id, "appeal_withdrawn", mine)
    record(work, "appeal.withdrawn", appeal.ref, case_ref=case.ref, event_id=event_id, rows=[(appeal, "withdrawn"), *told])
    return {"appeal": appeal.ref}


def tell_ended(
    work: Work, appeal: Appeal, action: Action, case: Case, event_id: UUID, kind: str, mine: Compose
) -> list[Row]:
    """Tells that an appeal ended without a decision. What was paused for it applies again; those who heard of that hear it, and
    the others who heard that it is pending hear that it is so no longer."""
    place = {"kind": kind, "about_ref": appeal.ref, "target": f"/appeals/{appeal.ref}"}
    told = resume(work, stands_for(work.db, action), event_id, addressed(work.db, appeal, mine), **place)
    told = told or list(notify(work, appeal, case, event_id, kind, mine))
    return [*told, *say_over(work, appeal, action, event_id, told)]
