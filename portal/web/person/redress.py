"""Appeals and identity checks of one account, as the account's own page names them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import g

from portal.accounts.models import Account
from portal.accounts.queries import from_outside, handle_of, people_ever_of, person_by_id
from portal.appeals.evidence import answers_of, way_again
from portal.appeals.models import LIVE, Appeal, AppealOutcome, AppealState
from portal.appeals.own import reads_appeal
from portal.appeals.pauses import Pausing, pausing
from portal.appeals.queries import appeal_against, appeals_of_account, files_of, filing, item_of
from portal.appeals.reopen import DRAFT_FORM as REOPENING
from portal.cases.drawing import a_lead_has
from portal.cases.queries import Moment as Logged
from portal.cases.queries import draft_of, timeline
from portal.core.access import Role
from portal.core.clock import deadline
from portal.enforcement.models import Action
from portal.enforcement.queries import rule_of
from portal.rulebook.queries import CitedClause
from portal.verification.models import ItemState
from portal.verification.queries import WAITING_FOR_US, items_of_account
from portal.web.person.identity import Shown, in_words
from portal.web.person.quoting import in_my_language
from portal.web.person.scope import case_ref_of, owns, sees_case
from portal.web.shell import guard
from portal.web.shell.context import reader_zone
from portal.web.shell.promised import promised

LATELY = timedelta(days=30)
TO_LEAD = "appeal.to_lead"


@dataclass(frozen=True, slots=True)
class Anew:
    """That a decided appeal can be opened again on new evidence: until when at least, and whether something of that is typed."""

    until: datetime
    late: bool
    begun: bool


@dataclass(frozen=True, slots=True)
class Contest:
    """An appeal with the decision that it is about; `reader`: the handle of whoever it is with (`outside`: who does not work for
    us); `log`: what happened to it.

    `exhibits`: when each came; `outcomes`: of each of our answers, the first one first; `by`: who sent it, where that is another
    person of the account than the reader.
    """

    appeal: Appeal
    action: Action
    rule: CitedClause | None
    exhibits: tuple[datetime, ...]
    outcomes: tuple[str, ...]
    reader: str | None
    outside: bool
    paused: bool
    log: tuple[Logged, ...]
    by: str | None
    pausing: Pausing
    anew: Anew | None = None

    @property
    def live(self) -> bool:
        return self.appeal.state in LIVE

    @property
    def waits_for_me(self) -> bool:
        return self.appeal.state == AppealState.WAITING

    @property
    def late(self) -> bool:
        """Whether our promised time to answer has passed while nobody waits for the person."""
        by = self.appeal.answer_by
        return self.live and not self.waits_for_me and by is not None and bool(by <= g.now)

    @property
    def overdue(self) -> bool:
        """Whether we are late under a safety rule: there are 72 hours more, to the day that `due` now names."""
        return self.live and was_late(self.appeal, self.log)

    @property
    def with_lead(self) -> bool:
        """Whether a lead has it then."""
        return self.overdue and a_lead_has(g.db, self.appeal.ref, self.appeal.item_kind)

    @property
    def safety(self) -> bool:
        """Whether the rule protects somebody's safety: then a lead decides when we are late, and nothing pauses."""
        return self.rule is not None and self.rule.data.safety

    @property
    def due(self) -> datetime | None:
        """The next date: until when the person answers, or we do."""
        return self.appeal.waiting_until if self.waits_for_me else self.appeal.answer_by

    @property
    def lately(self) -> bool:
        """Whether it was decided so recently that its person may not have taken it in."""
        at = self.appeal.decided_at
        return at is not None and bool(g.now - at < LATELY)

    @property
    def granted(self) -> bool:
        return self.appeal.outcome in (AppealOutcome.REVERSED, AppealOutcome.PARTIALLY_REVERSED)


@dataclass(frozen=True, slots=True)
class Check:
    """An identity check in words, with its rule and what happened to it."""

    shown: Shown
    log: tuple[Logged, ...]

    @property
    def href(self) -> str:
        return f"/me/identity/{self.shown.ref}"

    @property
    def rule(self) -> CitedClause | None:
        return in_my_language(self.shown.view.newest.clause) if self.shown.view.newest else None

    @property
    def with_us(self) -> bool:
        return self.shown.view.item.state in WAITING_FOR_US

    @property
    def again(self) -> bool:
        """Whether what was sent did not do, and something else is needed."""
        return bool(self.shown.view.item.state == ItemState.REJECTED)

    @property
    def answer_by(self) -> datetime | None:
        last = self.shown.view.last
        return last.answer_by if self.with_us and last else None


def contests(account: Account, case_id: UUID | None, paused: Iterable[UUID]) -> tuple[Contest, ...]:
    """The appeals that an account has sent, newest first; in a link's session those of its case alone."""
    held_back = set(paused)
    return tuple(
        _contest(one, paused=one.action_id in held_back) for one in appeals_of_account(g.db, account.id)
        if case_id in (None, one.case_id) and reads_appeal(g.db, one, guard.person().id)
    )


def _contest(appeal: Appeal, *, paused: bool) -> Contest:
    action: Action = g.db.get_one(Action, appeal.action_id)
    item = item_of(g.db, appeal.ref)
    reader = handle_of(g.db, item.assignee_id) if item is not None and item.assignee_id else None
    outside = item is not None and item.assignee_id is not None and bool(from_outside(g.db, [item.assignee_id]))
    about = {appeal.ref, action.ref}
    exhibits = tuple(one.exhibit.created_at for one in files_of(g.db, appeal.id) if one.exhibit is not None)
    outcomes = tuple(one.row.outcome for one in reversed(answers_of(g.db, appeal.id)))
    rule = in_my_language(rule_of(g.db, action))
    asked = pausing(g.db, appeal, g.now)
    about |= {one.request.ref for one in asked.asked}
    log = _logged(case_ref_of(appeal.case_id), about)
    return Contest(
        appeal, action, rule, exhibits, outcomes, reader, outside, paused, log, _by(appeal, log), asked, _anew(appeal)
    )


def _anew(appeal: Appeal) -> Anew | None:
    """Named while the answer is new, and as long as something was begun."""
    if appeal.decided_at is None or appeal.outcome == AppealOutcome.REVERSED:
        return None
    found = anew_of(appeal)
    return found if found is not None and (found.begun or g.now - appeal.decided_at < LATELY) else None


def anew_of(appeal: Appeal) -> Anew | None:
    """Whether, and until when, the reader can open an appeal again; None where they cannot."""
    begun = any((draft_of(g.db, guard.person().id, REOPENING, appeal.ref) or {}).values())
    found = way_again(g.db, appeal, guard.person().id, g.now)
    return None if found.why_not or found.window is None else Anew(found.window.last, found.late, begun)


def sent_by(appeal: Appeal) -> str | None:
    """Who else of the account than the reader sent an appeal last; nobody where we opened it ourselves."""
    return _by(appeal, _logged(case_ref_of(appeal.case_id), {appeal.ref}))


def _by(appeal: Appeal, log: Iterable[Logged]) -> str | None:
    ours = appeal.person_id == guard.person().id or any(one.kind == "appeal.opened_by_us" for one in log)
    return None if ours else person_by_id(g.db, appeal.person_id).name


def others_of(account_id: UUID) -> dict[UUID, str]:
    """Who else of an account than the reader can have written something for it, by name."""
    return {one.id: one.name for one in people_ever_of(g.db, account_id) if one.id != guard.person().id}


def answered_by() -> datetime:
    """By when an appeal is answered that is sent now."""
    answer = promised()["appeal_answer"]
    return deadline(g.now, answer.length, answer.unit, reader_zone(), guard.office().country)


def overdue(appeal: Appeal) -> bool:
    """Whether we were late with an appeal under a safety rule, and the later date runs."""
    return was_late(appeal, _logged(case_ref_of(appeal.case_id), {appeal.ref}))


def was_late(appeal: Appeal, log: Iterable[Logged]) -> bool:
    """Whether what happened to an appeal since it was sent, or opened again, includes that."""
    begun = appeal.filed_at
    return begun is not None and any(one.kind == TO_LEAD and one.at >= begun for one in log)


def _logged(case_ref: str, about: set[str]) -> tuple[Logged, ...]:
    return tuple(one for one in timeline(g.db, case_ref) if one.subject_ref in about)


def checks(account: Account) -> tuple[Check, ...]:
    """What an account's owners were asked to show, newest first; nobody else sees that anything was asked."""
    if not owns(account.id):
        return ()
    limited = guard.actor().case_ref if Role.LINK in guard.actor().roles else None
    found = []
    for view in items_of_account(g.db, account.id, limited):
        cases = dict.fromkeys(one.case_ref for one in view.asked if sees_case(one.case_ref))
        log = [moment for case_ref in cases for moment in _logged(case_ref, {view.item.ref})]
        found.append(Check(in_words(view), tuple(log)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Way:
    """The way to appeal against one decision: until when (at least: its time has not begun), and whether it was begun."""

    until: datetime
    at_least: bool
    late: bool
    begun: bool


def way_to_appeal(action: Action) -> Way | None:
    """Whether the signed-in person can appeal against this decision now; None when an appeal was sent or decided."""
    appeal = appeal_against(g.db, action.id)
    if appeal is not None and appeal.state not in (AppealState.DRAFT, AppealState.WITHDRAWN):
        return None
    found = filing(g.db, action, guard.person().id, g.now)
    if found.why_not:
        return None
    return Way(found.window.last, found.window.until is None, found.late, begun(action, appeal))


def begun(action: Action, appeal: Appeal | None) -> bool:
    """Whether something of an appeal waits to be sent: a file that was added, or words kept as a draft."""
    typed = draft_of(g.db, guard.person().id, "appeal", action.ref) or {}
    return (appeal is not None and appeal.state == AppealState.DRAFT) or any(typed.values())
