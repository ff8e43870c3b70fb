"""After a reversal or a withdrawal: later actions that counted that action are reduced, and somebody else decides them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.accounts.queries import person_by_id
from portal.appeals.desk import draw, say
from portal.appeals.files import exhibits_from_files
from portal.appeals.filing import notify
from portal.appeals.messages import opened_text
from portal.appeals.models import LIVE, Appeal, AppealKind, AppealState, AppealWord
from portal.appeals.queries import appeal_against, zone_of
from portal.cases.clocks import start_clock
from portal.cases.models import Case
from portal.cases.operations import open_item
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.text import canonical
from portal.core.work import Work
from portal.enforcement.changing import running
from portal.enforcement.ending import on_withdrawn
from portal.enforcement.models import Action, ActionStatus
from portal.enforcement.queries import owners_of, restrictions_of, rule_of
from portal.enforcement.reducing import fair_end, reduce_later
from portal.enforcement.succession import successors
from portal.enforcement.undoing import later_counting
from portal.log.operations import Row, add, record
from portal.rulebook.queries import promise


@dataclass(frozen=True, slots=True)
class Why:
    """Why we open a review ourselves: as it stands in the review, and as the person reads it first; `how`: what became of
    the earlier decision, where it was neither overturned as a whole nor taken back."""

    because: str
    first: str
    how: str = ""


COUNTED = Why(
    N_("We opened this ourselves: the decision counted an earlier one (%(ref)s) that is overturned."),
    N_("Our decision %(action)s counted our decision %(before)s, which is overturned."),
)
WITHDRAWN = Why(
    N_("We opened this ourselves: the decision counted an earlier one (%(ref)s) that we have taken back."),
    N_("Our decision %(action)s counted our decision %(before)s, which we have taken back."),
)
REPLACED = Why(
    N_("We opened this ourselves: the decision replaced an earlier one (%(ref)s) that is overturned."),
    N_("Our decision %(action)s replaced our decision %(before)s, which is overturned, and rests on something else."),
)
RULE_COUNTED = Why(
    N_("We opened this ourselves: the decision counted an earlier one (%(ref)s), and a rule of that one no longer stands."),
    N_("Our decision %(action)s counted our decision %(before)s, of which a rule no longer stands."), "a_rule",
)
RULE_REPLACED = Why(
    N_("We opened this ourselves: the decision replaced an earlier one (%(ref)s), and a rule of that one no longer stands."),
    N_("Our decision %(action)s replaced our decision %(before)s, of which a rule no longer stands."), "a_rule",
)


@on_withdrawn
def redecide_later(work: Work, overturned: Action, case: Case) -> list[str]:
    """Reduces every later action whose step counted one that no longer counts, and opens its review; their references."""
    return redecide(work, overturned, case, later_counting(work.db, overturned))


def redecide(
    work: Work, overturned: Action, case: Case, counting: Sequence[Action], why: Why | None = None
) -> list[str]:
    """The same for those actions that counted it; `why`: where only a rule of it no longer counts."""
    done = []
    for later in counting:
        own = case if later.case_id == case.id else work.db.get_one(Case, later.case_id, with_for_update=True)
        review = appeal_against(work.db, later.id)
        if review is None or review.state not in LIVE:
            review = _review(work, later, own, overturned, review, told=not too_much(work, later), why=why)
        how = why.how if why is not None else ""
        reduce_later(work, later, overturned, own.ref, zone_of(work.db, later.account_id), review.ref, how)
        done.append(later.ref)
    return done


def redecide_successor(work: Work, overturned: Action, case: Case, why: Why = REPLACED) -> list[str]:
    """A decision that replaced an overturned one, and rests on something else, stands; somebody else looks at it again."""
    done = []
    for following in successors(work.db, overturned):
        if following.reversed_at is None and following.status == ActionStatus.ISSUED and following.lifted_at is None:
            review = appeal_against(work.db, following.id)
            if review is None or review.state not in LIVE:
                _review(work, following, case, overturned, review, told=True, why=why)
                done.append(following.ref)
    return done


def too_much(work: Work, later: Action) -> bool:
    """Whether a later action will be made smaller: then the person hears of its review with that."""
    ends_at = fair_end(work, later, zone_of(work.db, later.account_id))
    return ends_at is not None and bool(running(restrictions_of(work.db, [later.id])[later.id], work.now))


def _review(
    work: Work, later: Action, case: Case, overturned: Action, known: Appeal | None, *, told: bool, why: Why | None = None
) -> Appeal:
    """An appeal that we open for the person: it is answered in the same time, by somebody else, like theirs.

    `known`: theirs that was a draft, taken back or decided; it opens again, with its files. An earlier decision stays.
    `told`: whether they hear of it here; not when they do so together with what is made smaller. `why`: if it is another one.
    """
    person = owners_of(work.db, later.account_id)[0]
    review = known or Appeal(
        ref=new_ref("Z"), case_id=case.id, kind=AppealKind.ACTION, action_id=later.id, account_id=later.account_id,
        person_id=person.id, state=AppealState.DRAFT, late=False, version=1,
    )
    time, zone = promise(work, "appeal_answer"), zone_of(work.db, later.account_id)
    clock = start_clock(
        work, "appeal_answer", review.ref, case=case, length=time.length, unit=time.unit, zone=zone,
        promise_id=time.clause_version_id,
    )
    review.state, review.filed_at, review.answer_by = AppealState.FILED, work.now, clock.due_at
    again = _opened_again(review) if known is not None else []
    if known is None:
        add(work, review)
    clause, ours = rule_of(work.db, later), person_by_id(work.db, review.person_id)
    item = open_item(work, case, "appeal", review.ref, clock.due_at, clause_id=clause.clause_id if clause else None)
    work.db.flush()
    draw(work, review, case, item)
    why = why or (WITHDRAWN if overturned.status == ActionStatus.WITHDRAWN else COUNTED)
    message = say(work, review, AppealWord.FILED, why.because % {"ref": overturned.ref}, "en", grounds=canonical(["other"]))
    event_id, text = new_id(), opened_text(review.ref, later.ref, overturned.ref, clock.due_at, why.first)
    notices = notify(work, review, case, event_id, "appeal_opened", text) if told else []
    filed: list[Row] = [(review, "filed"), (review, "subject"), *again, message]
    rows = [*filed, *exhibits_from_files(work, review, case), *notices]
    record(work, "appeal.opened_by_us", review.ref, case_ref=case.ref, event_id=event_id, rows=rows,
           action=later.ref, because_of=overturned.ref, language=ours.language)
    return review


def _opened_again(review: Appeal) -> list[Row]:
    """It says no longer that it was decided or taken back; what the event has to vouch for anew."""
    again: list[Row] = [(review, "decided")] if review.decided_at is not None else []
    again += [(review, "withdrawn")] if review.withdrawn_at is not None else []
    review.outcome = review.decided_at = review.withdrawn_at = review.waiting_until = None
    review.version += 1
    return again
