"""What the person and each counterpart would read, before anything is decided: made by the functions that issue uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.accounts.models import Person
from portal.accounts.queries import handle_of, person_by_id
from portal.core.access import Permission, require_person
from portal.core.i18n import language
from portal.core.work import Work
from portal.enforcement.before import require_other_hands
from portal.enforcement.decision import Decision, gather
from portal.enforcement.ends_first import decided_to_end_first
from portal.enforcement.messages import Outside, counterpart_text, statement_text
from portal.enforcement.models import ActionStatus
from portal.enforcement.proposals import proposal_of
from portal.enforcement.queries import action_by_ref
from portal.enforcement.replacing import heard_before, is_paused, left_with
from portal.enforcement.statement import Signed, build_record
from portal.enforcement.telling import Addressee, addressees, outside_view
from portal.ledger.queries import funds
from portal.notices.operations import Text


@dataclass(frozen=True, slots=True)
class CounterpartText:
    """What one counterpart would read."""

    person: Person
    text: Text


@dataclass(frozen=True, slots=True)
class Preview:
    """The statement's record, the person's notice, what each counterpart reads, and why a second person has to sign."""

    record: dict[str, Any]
    notice: Text
    counterparts: tuple[CounterpartText, ...]
    second_person: str | None
    decision: Decision


def preview(work: Work, *, action_ref: str, fields: dict[str, Any]) -> Preview:
    """Reads only, so a read session does. Errors: those of `gather` and `require_other_hands`; nothing is stored."""
    work.require(Permission.READ_DESK)
    action = action_by_ref(work.db, action_ref)
    writer = require_person(work.actor)
    if action.status == ActionStatus.PROPOSED:
        writer = proposal_of(work.db, action)[0].person_id
    decision = gather(work.db, action, fields, work.now, work.country)
    require_other_hands(decision.before, writer)
    signed = Signed(handle_of(work.db, writer), None, person_by_id(work.db, writer).language)
    money = funds(work.db, decision.account.id, work.now)
    outside, first = outside_view(work.db, decision), decision.people[0]
    told, heard = addressees(work.db, decision), heard_before(work, decision)
    at_once = {one.person.id for one in told} if decision.times.effective_at <= work.now else set()
    mine = statement_text(outside, decision.appeal_until, decision.fields.own.check, decided_to_end_first(decision))
    left = left_with(work, decision, heard, at_once, is_paused(work, decision.replaces))
    return Preview(
        record=build_record(work.db, decision, signed, money, None, work.marketplace),
        notice=mine(decision.language, first),
        counterparts=(
            *(_read_by(outside, each, again=each.person.id in heard and bool(at_once)) for each in told),
            *(CounterpartText(person, text(language(person.language), person)) for _notice, person, text in left),
        ),
        second_person=decision.second_person, decision=decision,
    )


def _read_by(outside: Outside, each: Addressee, *, again: bool) -> CounterpartText:
    compose = counterpart_text(outside, each.contracts, each.stakes, again=again)
    return CounterpartText(each.person, compose(language(each.person.language), each.person))
