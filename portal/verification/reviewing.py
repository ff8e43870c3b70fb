"""Answering what was sent: accepted until a day, or what exactly was wrong; and what follows when we are late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from portal.accounts.queries import handle_of
from portal.cases.clocks import on_due, stop_clock
from portal.cases.models import Case, Clock, ClockResult
from portal.cases.operations import close_item, open_item, open_item_of, take_item
from portal.core.access import Permission, Role
from portal.core.clock import deadline, end_of_day, local_day
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.work import Work
from portal.documents.queries import Opening, openings_of
from portal.enforcement.awaited_ending import end_with_check, resting_on
from portal.enforcement.awaited_messages import ACCEPTED, LATE
from portal.enforcement.desk import require_free
from portal.enforcement.return_models import FingerprintKind
from portal.enforcement.returning import keep_fingerprint
from portal.log.operations import add, record
from portal.log.rules import body_digest
from portal.notices.operations import Compose
from portal.rulebook.queries import promise
from portal.verification import messages, rules
from portal.verification.holding import require_line
from portal.verification.models import Item, ItemState, Review, ReviewOutcome
from portal.verification.queries import WAITING_FOR_US, ItemView, Sent, rejected_before, tries_before_a_talk
from portal.verification.telling import language_of, locked_item, newest_check, require_version, tell_owners, zone_of

LATE_STAGE = "late"
OWN = N_("You turned this down before. You can accept it, and do nothing else with it.")


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a reviewer decided, checked."""

    outcome: ReviewOutcome
    code: str | None = None
    what_to_fix: str = ""
    alternatives: str = ""
    until: datetime | None = None


def take_review(work: Work, *, item_ref: str, version: int) -> dict[str, Any]:
    """Gives what was sent for an item to the acting reviewer. Errors: `changed`, `taken`, `conflicted`, `NotFound`."""
    work.require(Permission.WORK_CASE)
    item, case = locked_item(work, item_ref)
    require_free(work, case)
    require_version(item, version)
    _take(work, item)
    record(work, "identity.taken", item.ref, case_ref=case.ref)
    return {"item": item.ref}


def _take(work: Work, item: Item) -> None:
    line = open_item_of(work, item.ref, "identity")
    if line is None or item.state not in WAITING_FOR_US:
        raise Conflict("not_waiting", N_("Nothing that was sent waits for an answer."))
    take_item(work, line)
    item.state, item.version = ItemState.IN_REVIEW, item.version + 1


def review_item(
    work: Work, *, item_ref: str, version: int, outcome: str, code: str = "", what_to_fix: str = "", alternatives: str = "",
    accepted_until: date | None = None, fingerprint: str = "",
) -> dict[str, Any]:
    """Answers what was sent. `outcome`: "accepted" until the end of a day, or "rejected" with what exactly was wrong.
    What rests on what is accepted ends.

    A rejection names a code of `rules.CODES`, what to do in own words, and what can be sent instead, one on each line;
    after as many as our promise "identity_tries" says, a lead talks with the person. Every document is opened before.
    `fingerprint`: of the number of an identity document that is accepted, made by `fingerprints.of_document`; kept to be
    compared, and never the number itself.
    Errors: `unopened`, `until_missing`, `until_past`, `unknown_code`, `name_alone`, `too_short`, `no_alternatives`,
    `unknown_outcome`, `not_waiting`, `taken`, `changed`, `conflicted`; `own_decision` for who turned the same down before and
    does not accept it. Source: DESIGN 2.6, 2.8, section 3.
    """
    work.require(Permission.REVIEW_IDENTITY)
    item, case = locked_item(work, item_ref)
    person_id = require_free(work, case)
    require_version(item, version)
    answer = _answer(work, item, outcome, (code, what_to_fix, alternatives), accepted_until)
    view, check = newest_check(work, item)
    if view.last is None:
        raise NotFound
    if answer.until is None and view.last.before is not None and person_id in rejected_before(view.last):
        raise NotAllowed("own_decision", OWN)
    _require_opened(work, view.last, person_id)
    _take(work, item)
    review = _written(work, view.last, answer, person_id)
    if fingerprint and answer.until is not None and item.kind == rules.HAS_NUMBER:
        keep_fingerprint(work, item.account_id, FingerprintKind.IDENTITY_NUMBER, fingerprint, view.last.submission.ref)
    stop_clock(work, item.ref, "identity_review", ClockResult.KEPT)
    close_item(work, item.ref, "identity", answer.outcome)
    talk = _conclude(work, item, case, view, answer)
    event_id = new_id()
    notices = tell_owners(work, event_id, f"identity_{answer.outcome}", item, case, _said(work, item, check, answer, talk=talk))
    record(work, f"identity.{answer.outcome}", item.ref, case_ref=case.ref, event_id=event_id, rows=[review, *notices])
    if answer.until is not None:
        end_with_check(work, item.ref, ACCEPTED, work.now)
    return {"item": item.ref, "outcome": answer.outcome, "talk": talk}


def _said(work: Work, item: Item, check: messages.Check, answer: _Answer, *, talk: bool) -> Compose:
    """What the person reads of the answer; what rests on something that does not do goes on, and they read that too."""
    if answer.until:
        return messages.accepted(check, answer.until)
    rests = [action.ref for action, _rows in resting_on(work.db, item.ref, work.now)]
    return messages.rejected(
        check, answer.code or "", answer.what_to_fix, answer.alternatives, talk=talk, rests=rests
    )


def _answer(
    work: Work, item: Item, outcome: str, wrong: tuple[str, str, str], accepted_until: date | None
) -> _Answer:
    if outcome == ReviewOutcome.ACCEPTED:
        if accepted_until is None:
            message = N_("Choose the day until which this is accepted.")
            raise RuleBroken("until_missing", message, field="accepted_until")
        zone = zone_of(work, item.account_id)
        until = rules.require_later(accepted_until, local_day(work.now, zone))
        return _Answer(ReviewOutcome.ACCEPTED, until=end_of_day(until, zone))
    if outcome != ReviewOutcome.REJECTED:
        raise RuleBroken("unknown_outcome", N_("Choose whether this is accepted."), field="outcome")
    code, what_to_fix, alternatives = wrong
    message = N_("Say what exactly to do: at least %(least)s characters, you wrote %(length)s.")
    return _Answer(
        ReviewOutcome.REJECTED, rules.require_code(code), rules.words(what_to_fix, "what_to_fix", message),
        rules.named_alternatives(alternatives),
    )


def _require_opened(work: Work, sent: Sent, person_id: UUID) -> None:
    """Errors: `unopened` when the reviewer has not opened every document of this submission since it was sent."""
    handle = handle_of(work.db, person_id)
    for ref in sent.documents:
        if not opened_since(openings_of(work.db, ref), handle, sent.submission.sent_at):
            raise RuleBroken("unopened", N_("Open document %(ref)s before you answer."), field="outcome", ref=ref)


def opened_since(openings: list[Opening], handle: str, since: datetime) -> bool:
    """Whether that member of staff has opened a document since then."""
    return any(one.handle == handle and one.at >= since for one in openings)


def _written(work: Work, sent: Sent, answer: _Answer, person_id: UUID) -> Review:
    review = Review(
        submission_id=sent.submission.id, outcome=answer.outcome, code=answer.code, decided_by_id=person_id,
        decided_at=work.now, accepted_until=answer.until, language=language_of(work), what_to_fix=answer.what_to_fix,
        alternatives=answer.alternatives, sha256="",
    )
    review.sha256 = body_digest(review)
    return add(work, review)


def _conclude(work: Work, item: Item, case: Case, view: ItemView, answer: _Answer) -> bool:
    """The item's new state, and whether a person now has to talk with the person (promise "identity_tries")."""
    item.version += 1
    if answer.until is not None:
        item.state, item.accepted_until = ItemState.ACCEPTED, answer.until
        close_item(work, item.ref, "identity_talk", "accepted")
        return False
    item.state = ItemState.REJECTED
    if len(view.rejected) + 1 < tries_before_a_talk(work.db, view, work.now):
        return False
    if open_item_of(work, item.ref, "identity_talk") is None:
        open_item(work, case, "identity_talk", item.ref, _due(work, item))
    return True


def _due(work: Work, item: Item) -> datetime:
    time = promise(work, "identity_review")
    return deadline(work.now, time.length, time.unit, zone_of(work, item.account_id), work.country)


def finish_talk(work: Work, *, item_ref: str, found: str) -> dict[str, Any]:
    """A lead has talked with the person after the tries: what they found goes to the person and on record.

    Errors: `lead_only`, `no_talk` when none waits, `with_somebody_else`, `too_short`, `conflicted`, `NotFound`.
    Source: promise "identity_tries".
    """
    work.require(Permission.REVIEW_IDENTITY)
    item, case = locked_item(work, item_ref)
    require_free(work, case)
    if Role.LEAD not in work.actor.roles:
        raise NotAllowed("lead_only", N_("A lead talks with the person. You can see it, and not answer it."))
    if open_item_of(work, item.ref, "identity_talk") is None:
        raise Conflict("no_talk", N_("Nobody waits for a talk about this."))
    require_line(work, case, item.ref, "identity_talk")
    said = rules.words(found, "found", N_("Say what you found: at least %(least)s characters, you wrote %(length)s."))
    close_item(work, item.ref, "identity_talk", "talked")
    _view, check = newest_check(work, item)
    event_id = new_id()
    notices = tell_owners(work, event_id, "identity_talked", item, case, messages.talked(check, said))
    record(work, "identity.talked", item.ref, case_ref=case.ref, event_id=event_id, rows=notices, found=said)
    return {"item": item.ref}


@on_due("identity_review")
def review_late(work: Work, clock: Clock) -> None:
    """We did not answer in time: what rests on the item lifts, the item stays unverified.

    What was sent still waits for its answer, in the queue as "not answered in time". Source: promise "identity_review",
    consequence `item_restriction_lifts`.
    """
    item, case = locked_item(work, clock.subject_ref)
    if item.state not in WAITING_FOR_US:
        return
    event_id, line = new_id(), open_item_of(work, item.ref, "identity")
    if line is not None:
        line.stage, line.version = LATE_STAGE, line.version + 1
    _view, check = newest_check(work, item)
    notices = tell_owners(work, event_id, "identity_late", item, case, messages.late(check))
    record(work, "identity.late", item.ref, case_ref=case.ref, event_id=event_id, rows=notices, due_at=clock.due_at)
    end_with_check(work, item.ref, LATE, clock.due_at)
