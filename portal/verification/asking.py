"""Asking an account to show something: once, under a clause, for a purpose; a third time only with a second person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portal.accounts.queries import account_by_id
from portal.cases.clocks import start_clock
from portal.cases.models import Case
from portal.cases.operations import case_by_ref, open_item
from portal.core.access import Permission
from portal.core.clock import local_day
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_, language
from portal.core.ids import new_id, new_ref
from portal.core.text import clean
from portal.core.work import Work
from portal.enforcement.desk import require_hands, require_not_closed
from portal.enforcement.queries import owners_of
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.rulebook.queries import CitedClause, cited_clause, promise, why_unbound
from portal.verification import messages, rules
from portal.verification.models import Item, ItemState, Request
from portal.verification.queries import WAITING_FOR_PERSON, WAITING_FOR_US, Asked, item_of, times_asked, view_of
from portal.verification.telling import check_of, language_of, tell_owners, zone_of


@dataclass(frozen=True, slots=True)
class _Words:
    """What a reviewer wrote, checked."""

    purpose: str
    alternatives: str
    new_reason: str | None
    new_words: str | None


def request_item(
    work: Work, *, case_ref: str, item: str, clause_version_id: UUID, purpose: str, alternatives: str,
    new_reason: str = "", new_words: str = "",
) -> dict[str, Any]:
    """Asks the account of a case to show `item` (a kind of `rules.KINDS`), under a clause and for a purpose.

    `alternatives`: what can be sent instead, one on each line. `new_reason` (of `rules.NEW_REASONS`) with `new_words`
    names why something that was accepted and has not expired is asked for again. The third request for one item in 12
    months reaches nobody until somebody else signed it. Errors: `closed`, `already_accepted`, `already_asked`, `unsigned`,
    `name_alone`, `no_clause`, `asks_nothing`, `unbound`, `too_short`, `no_alternatives`, those of
    `require_hands`. Source: DESIGN 2.6.
    """
    work.require(Permission.WORK_CASE)
    case = case_by_ref(work, case_ref)
    asked_by = require_hands(work, case)
    require_not_closed(case)
    clause, said = _clause(work, case, clause_version_id), _words(purpose, alternatives, new_reason, new_words)
    known, now_first = _item(work, case, item)
    _check_free(work, known, said)
    request = _written(work, known, case, clause, said, asked_by)
    first: list[Row] = [known] if now_first else []
    if request.needs_signature:
        _to_second_person(work, known, request, case, clause, first)
    else:
        send_request(work, known, Asked(request, clause, case.ref, None), case, first)
    return {"item": known.ref, "request": request.ref, "needs_signature": request.needs_signature}


def _clause(work: Work, case: Case, clause_version_id: UUID) -> CitedClause:
    """A clause that says that we may ask, and binds the account today.

    Errors: `no_clause`, `asks_nothing`, `unbound`, `nobody_to_tell`.
    """
    clause, account = cited_clause(work.db, UUID(str(clause_version_id))), account_by_id(work.db, case.about_account_id)
    if clause is None or clause.data.promise is not None:
        raise RuleBroken("no_clause", N_("Choose the rule first."), field="clause")
    if not rules.may_ask(clause):
        message = N_("“%(heading)s” does not say that we may ask for this. Choose a rule with a number that does.")
        raise RuleBroken("asks_nothing", message, field="clause", heading=clause.heading)
    if why_unbound(work.db, account, clause, local_day(work.now, "UTC")) is not None:
        message = N_("Rule %(number)s of this version does not bind this account today. Choose one that does.")
        raise RuleBroken("unbound", message, field="clause", number=clause.number)
    if not owners_of(work.db, account.id):
        raise RuleBroken("nobody_to_tell", N_("This account has no person whom we could ask."))
    return clause


def _words(purpose: str, alternatives: str, new_reason: str, new_words: str) -> _Words:
    message = N_("Say what we need it for: at least %(least)s characters, you wrote %(length)s.")
    code, why = rules.require_new_reason(new_reason), clean(new_words, limit=rules.MOST_WORDS, field="new_words") or None
    if code:
        again = N_("Say what is new: at least %(least)s characters, you wrote %(length)s.")
        why = rules.words(why or "", "new_words", again)
    return _Words(
        rules.words(purpose, "purpose", message), rules.named_alternatives(alternatives), code, why if code else None
    )


def _item(work: Work, case: Case, kind: str) -> tuple[Item, bool]:
    """The item of that kind, and whether this act makes it. Errors: `unknown_item`."""
    if kind not in rules.KINDS:
        raise RuleBroken("unknown_item", N_("Choose what you ask for."), field="item")
    known = item_of(work.db, case.about_account_id, kind)
    if known is not None:
        return work.db.get_one(Item, known.id, with_for_update=True, populate_existing=True), False
    made = add(work, Item(
        ref=new_ref("V"), account_id=case.about_account_id, kind=kind, case_id=case.id, state=ItemState.OPEN,
        asked_count=0, version=1,
    ))
    work.db.flush()
    return made, True


def _check_free(work: Work, item: Item, said: _Words) -> None:
    """Errors: `already_asked`, `unsigned`, `already_accepted`, each with the day on which that happened."""
    view, tongue = view_of(work.db, item), language(language_of(work))
    if view.pending is not None:
        raise Conflict("unsigned", N_("A request for this already waits for a second person."))
    if item.state in (*WAITING_FOR_PERSON, *WAITING_FOR_US) and view.newest and view.newest.asked_at:
        message = N_("We already asked for this on %(day)s (%(ref)s), and that is still open. It is not asked for twice.")
        raise Conflict("already_asked", message, ref=item.ref, day=tongue.day(view.newest.asked_at))
    if view.holds(work.now) and said.new_reason is None and item.accepted_until and view.last and view.last.review:
        message = N_(
            "We accepted this on %(day)s, and that holds until %(until)s. What was accepted is not asked for "
            "again without a new reason, named with its rule."
        )
        day, until = tongue.day(view.last.review.decided_at), tongue.until(item.accepted_until, zone_of(work, item.account_id))
        raise RuleBroken("already_accepted", message, field="item", day=day, until=until)


def _written(work: Work, item: Item, case: Case, clause: CitedClause, said: _Words, asked_by: UUID) -> Request:
    view = view_of(work.db, item)
    holds = view.holds(work.now)
    request = Request(
        ref=new_ref("J"), item_id=item.id, n=len(view.asked) + 1, case_id=case.id, clause_version_id=clause.id,
        asked_by_id=asked_by, language=language_of(work), written_at=work.now,
        needs_signature=rules.needs_signature(times_asked(view.asked), work.now),
        new_reason=said.new_reason if holds else None, held_until=item.accepted_until if holds else None,
        purpose=said.purpose, alternatives=said.alternatives, new_words=said.new_words if holds else None, sha256="",
    )
    request.sha256 = body_digest(request)
    return add(work, request)


def _to_second_person(
    work: Work, item: Item, request: Request, case: Case, clause: CitedClause, first: list[Row]
) -> None:
    """The request waits for somebody else's signature; nobody outside hears of it."""
    item.version += 1
    time = promise(work, "co_signature")
    clock = start_clock(
        work, "identity_signature", request.ref, case=case, length=time.length, unit=time.unit,
        promise_id=time.clause_version_id,
    )
    open_item(work, case, "cosignature", request.ref, clock.due_at, clause_id=clause.clause_id)
    record(work, "identity.proposed", item.ref, case_ref=case.ref, rows=[*first, request], request=request.ref)


def send_request(
    work: Work, item: Item, asked: Asked, case: Case, rows: list[Row], *, signed_because: str = ""
) -> None:
    """The request reaches the person: from now on it counts as asked, and the item waits for them."""
    before = item.asked_count
    item.state, item.case_id, item.asked_count, item.version = ItemState.OPEN, case.id, before + 1, item.version + 1
    event_id = new_id()
    new_row: list[Row] = [] if asked.request.needs_signature else [asked.request]
    notices = tell_owners(
        work, event_id, "identity_asked", item, case, messages.asked(check_of(item, asked), before)
    )
    record(
        work, "identity.asked", item.ref, case_ref=case.ref, event_id=event_id, rows=[*rows, *new_row, *notices],
        request=asked.request.ref, times=item.asked_count, signed_because=signed_because,
    )
