"""One decision before it is written: the form against the facts. Preview, proposal and issue are made from the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Account, Person
from portal.accounts.queries import account_by_id
from portal.cases.models import Case, Message, Report
from portal.cases.queries import questions_for_account, reports_of
from portal.core.clock import add_months, deadline, end_of_day, local_day
from portal.core.errors import NotFound, RuleBroken
from portal.core.i18n import N_, Language, language
from portal.documents.models import Exhibit
from portal.documents.queries import exhibits_of, unopened_exhibits
from portal.enforcement.before import Before, decided_before, require_first_interim, require_undecided
from portal.enforcement.fields import Fields, HoldWish, Object, read_fields
from portal.enforcement.hearing import Matter, asked_about, require_heard
from portal.enforcement.holding import HoldPlan, plan_hold
from portal.enforcement.lead_queries import relied_on
from portal.enforcement.models import Action, Measure, Nature, RestrictionKind
from portal.enforcement.objects import named_objects
from portal.enforcement.orders import Order
from portal.enforcement.origin import detected_alone, with_origin
from portal.enforcement.queries import earlier_actions, owners_of
from portal.enforcement.return_models import Lead
from portal.enforcement.rules import INTERIM_SPAN, SCOPES, WHOLE_ACCOUNT, Asked, Conduct, Permitted, cosignature_reason, ladder
from portal.rulebook.binding import Unbound
from portal.rulebook.queries import CitedClause, Promise, cited_clause, promises, why_unbound_on

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
class Times:
    """When an action takes effect, and when it ends or is reviewed."""

    effective_at: datetime
    ends_at: datetime | None
    review_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything a decision rests on, read once and checked.

    Of a decision that is not about conduct: the earlier one that it replaces, why a second person signs it, the law or
    order that it names, and what its statement says besides.
    """

    action: Action
    case: Case
    account: Account
    people: tuple[Person, ...]
    fields: Fields
    clause: CitedClause
    permitted: Permitted
    before: Before
    promises: Mapping[str, Promise]
    exhibits: tuple[Exhibit, ...]
    objects: tuple[tuple[Object, str], ...]
    answer: Message | None
    reports: tuple[Report, ...]
    source: str
    detection_alone: bool
    times: Times
    now: datetime
    country: str
    leads: tuple[Lead, ...] = ()
    hold: HoldPlan | None = None
    replaces: Action | None = None
    signed_twice: str | None = None
    order: Order | None = None
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        """Days end at 24:00 in the time zone of the account's owner."""
        return self.people[0].zone

    @property
    def language(self) -> Language:
        return language(self.people[0].language)

    @property
    def second_person(self) -> str | None:
        """Why a second person has to sign, or None."""
        if self.action.nature != Nature.CONDUCT or self.fields.interim:
            return self.signed_twice
        return cosignature_reason(
            self.fields.measure, self.permitted, detection_alone=self.detection_alone,
            overturned=bool(self.before.overturned), held_before=self.hold is not None and self.hold.held_before > 0,
        )

    @property
    def appeal_until(self) -> datetime:
        """Until when at least one can appeal: the window runs from the day of being informed. Source: DSA 20(1), (2)."""
        last = add_months(local_day(self.now, self.zone), self.promises["appeal_window"].length)
        return end_of_day(last, self.zone)

    @property
    def takes(self) -> list[tuple[RestrictionKind, str, bool]]:
        """What is taken away: kind, scope, and whether only in part. A warning takes nothing."""
        match self.fields.measure:
            case Measure.WARNING:
                return []
            case Measure.RESTRICTION:
                return [(SCOPES[scope], scope, True) for scope in self.fields.scope]
        return [(RestrictionKind.ACCOUNT, WHOLE_ACCOUNT, False)]


Gather = Callable[[Session, Action, Mapping[str, Any], datetime, str], Decision]
OTHER_NATURES: dict[str, Gather] = {}
"""How a decision is read that is not about conduct: each nature names its own."""


def gather(
    session: Session, action: Action, posted: Mapping[str, Any], now: datetime, country: str = "", *, asked: bool = True
) -> Decision:
    """Reads the form, looks up what it names, checks both. Not `asked`: a draft, before which nobody was asked yet.
    Errors: `RuleBroken` with a code, a sentence and the field for the first thing that is wrong: nothing is stored.
    """
    if action.nature in OTHER_NATURES:
        return OTHER_NATURES[action.nature](session, action, posted, now, country)
    fields = read_fields(posted)
    case, reports = session.get_one(Case, action.case_id), reports_of(session, action.case_id)
    account, people = account_by_id(session, action.account_id), tuple(owners_of(session, action.account_id))
    if not people:
        raise RuleBroken("nobody_to_tell", N_("This account has no person whom we could tell. Nothing can be decided."))
    clause, known = _bound_clause(session, account, fields), promises(session, local_day(now, "UTC"))
    _check_period(fields, local_day(now, people[0].zone))
    steps, before = look_back(session, action, clause, fields.conduct, now, interim=fields.interim)
    times = _times(fields, steps, known, people[0].zone, now, country)
    if fields.interim:
        require_first_interim(session, action)
    require_undecided(before, interim=fields.interim)
    fields, sources = with_origin(fields, reports), {report.source for report in reports}
    decision = Decision(
        action=action, case=case, account=account, people=people, fields=fields, clause=clause, permitted=steps,
        before=before, promises=known, exhibits=cited_exhibits(session, case, fields),
        objects=named_objects(session, case, account, fields), reports=tuple(reports),
        answer=_heard(session, case, Matter(clause.clause_id, fields.conduct_to, people[0].zone, before.overturned_at), now,
                      needed=asked and not fields.interim),
        source=fields.source or "", times=times, now=now, country=country, leads=relied_on(session, case, fields.leads),
        detection_alone=detected_alone(sources, fields.source, automated_detection=fields.automated_detection),
    )
    return decision if fields.hold is None else replace(decision, hold=_hold(session, decision, fields.hold))


def _bound_clause(session: Session, account: Account, fields: Fields) -> CitedClause:
    clause = cited_clause(session, fields.clause_version_id)
    if clause is None or clause.data.promise is not None:
        raise RuleBroken("no_clause", N_("Choose the rule first."), field="clause_version_id")
    days = (fields.conduct_from, fields.conduct_to)
    for day, why in zip(days, why_unbound_on(session, account, clause, days), strict=True):
        if why is not None:
            raise RuleBroken(
                "unbound", UNBOUND[why.why], field="clause_version_id", why=why.why.value, number=clause.number,
                day=day.isoformat(), until=why.day.isoformat() if why.day else "",
            )
    return clause


def look_back(
    session: Session, action: Action, clause: CitedClause, conduct: Conduct | None, now: datetime, *, interim: bool = False
) -> tuple[Permitted, Before]:
    """What the rule permits this time, and what was decided before about the same conduct (nothing while none is named)."""
    earlier = earlier_actions(session, action.account_id, clause.clause_id, besides=action.id)
    steps = ladder(clause.data, earlier, local_day(now, "UTC"), conduct)
    return steps, decided_before(session, earlier, conduct, interim=interim)


def _check_period(fields: Fields, today: date) -> None:
    if fields.conduct_to > today:
        raise RuleBroken("period_in_future", N_("What happened cannot lie in the future."), field="conduct_to")


def _times(
    fields: Fields, steps: Permitted, known: Mapping[str, Promise], zone: str, now: datetime, country: str
) -> Times:
    if fields.interim:
        if not steps.interim:
            message = N_("This rule does not permit acting first. Ask the person, then decide.")
            raise RuleBroken("interim_not_permitted", message, field="interim")
        return Times(now, now + INTERIM_SPAN, None)
    match fields.measure:
        case Measure.WARNING:
            return Times(now, _look_back_end(fields, steps, zone, now), None)
        case Measure.TERMINATION:
            notice = known["termination_notice"]
            effective = deadline(now, notice.length, notice.unit, zone, country)
            return Times(effective, None, deadline(effective, steps.look_back_months, "months", zone, country))
    return Times(now, end_of_day(_chosen_end(fields, steps, local_day(now, zone)), zone), None)


def _look_back_end(fields: Fields, steps: Permitted, zone: str, now: datetime) -> datetime:
    end = end_of_day(add_months(fields.conduct_to, steps.look_back_months), zone)
    if end <= now:
        message = N_("This happened more than %(months)s months ago. A warning for it would count for nothing.")
        raise RuleBroken("too_long_ago", message, field="conduct_to", months=steps.look_back_months)
    return end


def _chosen_end(fields: Fields, steps: Permitted, today: date) -> date:
    """The last day chosen. A suspension lasts at most what the clause publishes; a restriction at most the look-back."""
    end, suspension = fields.ends_on, fields.measure is Measure.SUSPENSION
    if end is None:
        raise RuleBroken("ends_on_missing", N_("Say on which day this ends."), field="ends_on")
    if end < today:
        raise RuleBroken("ends_on_past", N_("The day on which this ends has already passed."), field="ends_on")
    longest = steps.longest(fields.measure)
    if suspension and (end - today).days > longest:
        message = N_("For this rule a suspension lasts at most %(days)s days this time.")
        raise RuleBroken("ends_on_too_long", message, field="ends_on", days=longest)
    if not suspension and end > add_months(today, steps.look_back_months):
        message = N_("A restriction under this rule lasts at most %(months)s months.")
        raise RuleBroken("ends_on_too_long", message, field="ends_on", months=steps.look_back_months)
    return end


def _heard(session: Session, case: Case, matter: Matter, now: datetime, *, needed: bool) -> Message | None:
    """The person's newest answer about it. Errors: those of `require_heard`, for a conduct action that is not interim."""
    state, answer = asked_about(session, case.id, case.about_account_id, now, matter)
    if needed:
        other = state is Asked.NEVER and bool(questions_for_account(session, case.about_account_id, case.id))
        require_heard(state, otherwise=other)
    return answer


def cited_exhibits(session: Session, case: Case, fields: Fields) -> tuple[Exhibit, ...]:
    """The exhibits of the case that the form names. Errors: `unknown_exhibit`."""
    known = {exhibit.number: exhibit for exhibit in exhibits_of(session, case.id)}
    for number in fields.exhibits:
        if number not in known:
            raise RuleBroken("unknown_exhibit", N_("This case has no exhibit %(number)s."), field="exhibits", number=number)
    return tuple(known[number] for number in fields.exhibits)


def require_opened(session: Session, decision: Decision, person_id: UUID) -> None:
    """Whoever decides has opened every document that the decision rests on. Errors: `unopened` at the exhibits."""
    unopened = unopened_exhibits(session, decision.exhibits, person_id)
    if unopened:
        message = N_("Open exhibit %(number)s first. What you have not opened, the decision cannot rest on.")
        raise RuleBroken("unopened", message, field="exhibits", number=", ".join(map(str, unopened)))


def _hold(session: Session, decision: Decision, wish: HoldWish) -> HoldPlan:
    if decision.fields.measure is Measure.WARNING or decision.fields.interim:
        raise RuleBroken("hold_needs_more", N_("A warning takes nothing away, money neither."), field="hold_amount_minor")
    try:
        return plan_hold(session, decision.clause, decision.account, wish, decision.promises["hold"], decision.zone,
                         decision.now, decision.country)
    except NotFound:
        message = N_("This account has no such contract or milestone.")
        raise RuleBroken("unknown_milestone", message, field="hold_milestone") from None


def check_measure(decision: Decision, *, alone: bool) -> None:
    """Whether the measure may follow. Errors: `measure_not_permitted`, `needs_cosignature`, `scope_missing`.

    Alone a reviewer stays within what the clause publishes for this time; with a second signature more is possible.
    """
    fields, steps = decision.fields, decision.permitted
    if fields.measure is Measure.RESTRICTION and not fields.scope:
        raise RuleBroken("scope_missing", N_("Choose what is taken away."), field="scope")
    if fields.interim:
        if fields.measure not in (Measure.RESTRICTION, Measure.SUSPENSION):
            message = N_("Acting first means a restriction or a suspension of at most 72 hours.")
            raise RuleBroken("measure_not_permitted", message, field="measure")
        return
    if alone and fields.measure not in steps.measures:
        message = N_("This rule does not permit this for time number %(occurrence)s. It permits: %(measures)s.")
        raise RuleBroken("measure_not_permitted", message, field="measure", occurrence=steps.occurrence,
                         measures=", ".join(steps.measures))
    if alone and decision.second_person is not None:
        message = N_("A second person has to sign this. Send it to be signed.")
        raise RuleBroken("needs_cosignature", message, field="measure", why=decision.second_person)
