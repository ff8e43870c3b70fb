"""One rule that a decision rests on, read and checked: whether it bound, was decided before, was asked about, and is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.models import Case, Message
from portal.cases.queries import questions_for_account
from portal.core.clock import local_day
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.documents.models import Exhibit
from portal.documents.queries import exhibits_of
from portal.enforcement.before import Before, decided_before, require_undecided
from portal.enforcement.fields import CITED, Cited, Object
from portal.enforcement.hearing import Matter, asked_about, require_heard
from portal.enforcement.members import member_person
from portal.enforcement.models import Action
from portal.enforcement.objects import named_objects
from portal.enforcement.queries import earlier_actions
from portal.enforcement.rules import Asked, Conduct, Permitted, ladder
from portal.rulebook.binding import Unbound
from portal.rulebook.queries import CitedClause, cited_clause, promises, why_unbound_on

UNBOUND = {
    Unbound.NOT_YET_IN_FORCE: N_("Rule %(number)s of this version was not yet in force on %(day)s."),
    Unbound.JOINED_LATER: N_("On %(day)s this account did not exist yet. It joined on %(until)s."),
    Unbound.NEVER_TOLD: N_("This version of rule %(number)s was never told to this account before %(day)s."),
    Unbound.NOTICE_PERIOD: N_(
        "On %(day)s the notice period of this version of rule %(number)s had not yet passed: it binds from %(until)s."
    ),
    Unbound.REPLACED: N_("On %(day)s a later version of rule %(number)s already bound this account. Cite that one."),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """In what a rule is applied: the action and its case, in whose zone and when, whether we act first.

    `besides`: actions that are not looked back on (the one that this one replaces). `asked_after`: the question has to be
    newer than this (a heavier decision after one that was said).
    """

    session: Session
    action: Action
    case: Case
    account: Account
    zone: str
    now: datetime
    interim: bool
    besides: tuple[UUID, ...] = ()
    ask_first: bool = True
    asked_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a decision: what it permits this time, and, once that was checked too, everything that it rests on."""

    cited: Cited
    clause: CitedClause
    permitted: Permitted
    before: Before
    exhibits: tuple[Exhibit, ...] = ()
    objects: tuple[tuple[Object, str], ...] = ()
    answer: Message | None = None


@contextmanager
def at_its_fields(cited: Cited) -> Iterator[None]:
    """What is wrong with the second or a further rule is said at its own fields."""
    try:
        yield
    except RuleBroken as error:
        if cited.n > 1 and error.field in CITED:
            error.field = f"{error.field}_{cited.n}"
        raise


def look_up(setting: Setting, cited: Cited) -> Rule:
    """A rule of a decision and what it permits. Errors: `no_clause`, `unbound`, `period_in_future`."""
    with at_its_fields(cited):
        clause = _bound_clause(setting.session, setting.account, cited)
        if cited.conduct_to > local_day(setting.now, setting.zone):
            raise RuleBroken("period_in_future", N_("What happened cannot lie in the future."), field="conduct_to")
    return Rule(cited, clause, *look_back(
        setting.session, setting.action, clause, cited.conduct, setting.now, interim=setting.interim, besides=setting.besides
    ))


def rest_on(setting: Setting, rule: Rule) -> Rule:
    """The rule with what it rests on. Errors: those of `require_undecided` and `require_heard`, `unknown_exhibit`,
    `unknown_object`."""
    session, case, cited = setting.session, setting.case, rule.cited
    with at_its_fields(cited):
        require_undecided(rule.before, interim=setting.interim)
        exhibits = cited_exhibits(session, case, cited)
        objects = named_objects(session, case, setting.account, cited)
    again = max(filter(None, (rule.before.overturned_at, setting.asked_after)), default=None)
    answer = _heard(setting, Matter(rule.clause.clause_id, cited.conduct_to, setting.zone, again, _asked_themselves(setting)))
    return replace(rule, exhibits=exhibits, objects=objects, answer=answer)


def _asked_themselves(setting: Setting) -> UUID | None:
    """The member whom the decision is about."""
    person = member_person(setting.session, setting.action)
    return person.id if person is not None else None


def _bound_clause(session: Session, account: Account, cited: Cited) -> CitedClause:
    clause = cited_clause(session, cited.clause_version_id)
    if clause is None or clause.data.promise is not None:
        raise RuleBroken("no_clause", N_("Choose the rule first."), field="clause_version_id")
    days = (cited.conduct_from, cited.conduct_to)
    for day, why in zip(days, why_unbound_on(session, account, clause, days), strict=True):
        if why is not None:
            raise RuleBroken(
                "unbound", UNBOUND[why.why], field="clause_version_id", why=why.why.value, number=clause.number,
                day=day, until=why.day or "",
            )
    return clause


def look_back(
    session: Session, action: Action, clause: CitedClause, conduct: Conduct | None, now: datetime, *, interim: bool = False,
    besides: Collection[UUID] = (),
) -> tuple[Permitted, Before]:
    """What the rule permits this time, and what was decided before about the same conduct (nothing while none is named)."""
    earlier = earlier_actions(session, action.account_id, clause.clause_id, besides=[action.id, *besides],
                              member_id=action.member_id)
    day = local_day(now, "UTC")
    steps = ladder(clause.data, earlier, day, conduct, promise=promises(session, day).get("suspension_max"))
    return steps, decided_before(session, earlier, conduct, interim=interim)


def _heard(setting: Setting, matter: Matter) -> Message | None:
    """The person's newest answer about it. Errors: those of `require_heard` for a conduct action that is not interim."""
    case, now = setting.case, setting.now
    state, answer = asked_about(setting.session, case.id, case.about_account_id, now, matter)
    if setting.ask_first:
        other = state is Asked.NEVER and bool(questions_for_account(setting.session, case.about_account_id, case.id))
        require_heard(state, otherwise=other)
    return answer


def cited_exhibits(session: Session, case: Case, cited: Cited) -> tuple[Exhibit, ...]:
    """The exhibits that are cited. Errors: `unknown_exhibit`."""
    known = {exhibit.number: exhibit for exhibit in exhibits_of(session, case.id)}
    for number in cited.exhibits:
        if number not in known:
            message = N_("This case has no exhibit %(number)s.")
            raise RuleBroken("unknown_exhibit", message, field="exhibits", number=number)
    return tuple(known[number] for number in cited.exhibits)
