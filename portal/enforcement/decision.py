"""One decision before it is written: the form against the facts. Preview, proposal and issue are made from the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Account, Person
from portal.accounts.queries import account_by_id
from portal.cases.models import Case, Message, Report
from portal.cases.queries import reports_of
from portal.core.clock import add_months, deadline, end_of_day, local_day
from portal.core.errors import NotFound, RuleBroken
from portal.core.i18n import N_, Language, language
from portal.documents.models import Exhibit
from portal.documents.queries import unopened_exhibits
from portal.enforcement.awaited import check_said
from portal.enforcement.before import Before, require_first_interim
from portal.enforcement.fields import Fields, HoldWish, Object, read_fields
from portal.enforcement.holding import HoldPlan, plan_hold
from portal.enforcement.lasting import Times, own_times
from portal.enforcement.lead_queries import relied_on
from portal.enforcement.models import Action, ActionStatus, Measure, Nature
from portal.enforcement.notice import takes_effect
from portal.enforcement.orders import Order
from portal.enforcement.origin import origin_of
from portal.enforcement.own_days import Taken, Within, require_takes, taken
from portal.enforcement.queries import owners_of
from portal.enforcement.replaced import heavier, open_hold_of, require_unappealed
from portal.enforcement.resting import Rule, Setting, look_back, look_up, rest_on
from portal.enforcement.return_models import Lead
from portal.enforcement.rules import DETECTION_ALONE, Permitted, cosignature_reason, interim_end
from portal.enforcement.succession import interim_in_effect, named_predecessor
from portal.enforcement.timing import REINSTATEMENT
from portal.rulebook.queries import CitedClause, Promise, promises

__all__ = ["Decision", "Times", "check_measure", "gather", "look_back", "require_opened"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything a decision rests on, read once and checked.

    `rules`: what it applies, in the order of the form. `permitted`: what the rule permits that leads: the first one that
    permits the measure, else the first. `replaces`: the decision that ends with this one; `heavier`: this one takes more.
    `said`: what its statement says besides. Of one that is not about conduct: why two people sign it, and the order it names.
    """

    action: Action
    case: Case
    account: Account
    people: tuple[Person, ...]
    fields: Fields
    rules: tuple[Rule, ...]
    permitted: Permitted
    before: Before
    promises: Mapping[str, Promise]
    reports: tuple[Report, ...]
    source: str
    detection_alone: bool
    times: Times
    now: datetime
    country: str
    leads: tuple[Lead, ...] = ()
    hold: HoldPlan | None = None
    replaces: Action | None = None
    heavier: bool = False
    signed_twice: str | None = None
    order: Order | None = None
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def clause(self) -> CitedClause:
        """The rule that stands first."""
        return self.rules[0].clause

    @property
    def clauses(self) -> tuple[CitedClause, ...]:
        return tuple(rule.clause for rule in self.rules)

    @property
    def exhibits(self) -> tuple[Exhibit, ...]:
        """Every exhibit that the decision rests on, each once."""
        return tuple({one.number: one for rule in self.rules for one in rule.exhibits}.values())

    @property
    def objects(self) -> tuple[tuple[Object, str], ...]:
        return self.rules[0].objects

    @property
    def answer(self) -> Message | None:
        """What the person answered last about one of the rules."""
        return max((rule.answer for rule in self.rules if rule.answer), key=lambda message: message.sent_at, default=None)

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
            return self.signed_twice or (DETECTION_ALONE if self.detection_alone else None)
        return cosignature_reason(
            self.fields.measure, self.permitted, detection_alone=self.detection_alone,
            overturned=bool(self.before.overturned), held_before=self.hold is not None and self.hold.held_before > 0,
            heavier=self.heavier,
        )

    @property
    def appeal_until(self) -> datetime:
        """Until when at least one can appeal: the window runs from the day of being informed. Source: DSA 20(1), (2)."""
        last = add_months(local_day(self.now, self.zone), self.promises["appeal_window"].length)
        return end_of_day(last, self.zone)

    @property
    def takes(self) -> list[Taken]:
        """What is taken away, each from when to when."""
        times = self.times
        return taken(
            self.fields.measure, self.fields.scope, self.fields.own, times.effective_at, times.ends_at, self.zone,
            times.review_at,
        )


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
    case = session.get_one(Case, action.case_id)
    reports = reports_of(session, case.id)
    account, people = account_by_id(session, action.account_id), tuple(owners_of(session, action.account_id))
    if not people:
        raise RuleBroken("nobody_to_tell", N_("This account has no person whom we could tell. Nothing can be decided."))
    old = named_predecessor(session, action, fields.supersedes, now) if fields.supersedes else None
    setting = Setting(
        session, action, case, account, people[0].zone, now, fields.interim, besides=(old.id,) if old is not None else (),
        ask_first=asked and not fields.interim,
    )
    rules = tuple(look_up(setting, cited) for cited in fields.cited)
    steps, known = _leading(rules, fields.measure), promises(session, local_day(now, "UTC"))
    times = _times(fields, rules, known, people[0].zone, now, country, signed_late=action.status == ActionStatus.PROPOSED)
    if fields.interim:
        require_first_interim(session, action, replaces=old)
    more = old is not None and heavier(session, old, fields, times.effective_at, times.ends_at, people[0].zone, now)
    if old is not None and more:
        require_unappealed(session, old)
        setting = replace(setting, asked_after=old.issued_at)
    rules = tuple(rest_on(setting, rule) for rule in rules)
    replaced = old or (None if fields.interim else interim_in_effect(session, action, now))
    leads = relied_on(session, case, fields.leads)
    matched = bool(leads) or (replaced is not None and replaced.automated_detection)
    fields, alone = origin_of(session, case.id, fields, reports, now, matched=matched)
    decision = Decision(
        action=action, case=case, account=account, people=people, fields=fields, rules=rules, permitted=steps, promises=known,
        before=_merged([rule.before for rule in rules]), reports=tuple(reports), source=fields.source or "", times=times,
        now=now, country=country, heavier=more, leads=leads, detection_alone=alone, replaces=replaced,
        said=check_said(session, action, fields.own),
    )
    return decision if fields.hold is None else replace(decision, hold=_hold(session, decision, fields.hold))


def _leading(rules: Sequence[Rule], measure: Measure) -> Permitted:
    """What the first rule permits that permits the measure; where none does, what the first rule permits."""
    return next((rule.permitted for rule in rules if measure in rule.permitted.measures), rules[0].permitted)


def _merged(listed: Sequence[Before]) -> Before:
    """What was decided before about any part of it."""
    return Before(
        next((one.standing for one in listed if one.standing), None),
        tuple(each for one in listed for each in one.overturned), frozenset().union(*(one.signers for one in listed)),
    )


def _times(
    fields: Fields, rules: Sequence[Rule], known: Mapping[str, Promise], zone: str, now: datetime, country: str, *,
    signed_late: bool
) -> Times:
    require_takes(fields.scope, Nature.CONDUCT, fields.own)
    if fields.interim:
        if not all(rule.permitted.interim for rule in rules):
            message = N_("This rule does not permit acting first. Ask the person, then decide.")
            raise RuleBroken("interim_not_permitted", message, field="interim")
        return Times(now, interim_end(known.get("interim"), now, zone, country), None)
    months = max(rule.permitted.look_back_months for rule in rules)
    match fields.measure:
        case Measure.WARNING:
            return Times(now, _look_back_end(rules, months, zone, now), None)
        case Measure.TERMINATION:
            notice = known["termination_notice"]
            usual, again = deadline(now, notice.length, notice.unit, zone, country), any(r.permitted.earlier for r in rules)
            effective = takes_effect(fields.exception, usual, now, zone, again=again)
            return Times(effective, None, _heard_at(effective, known, months, zone, country), usual)
    end = _chosen_end(fields, rules, months, local_day(now, zone))
    return own_times(fields, Within(now, end_of_day(end, zone), zone, signed_late))


def _heard_at(effective: datetime, known: Mapping[str, Promise], months: int, zone: str, country: str) -> datetime:
    """The review date of a termination: from when its person can ask to come back; where nothing is promised of that, when what
    it rests on would not count any more."""
    found = known.get(REINSTATEMENT)
    return deadline(effective, *((found.length, found.unit) if found else (months, "months")), zone, country)


def _look_back_end(rules: Sequence[Rule], months: int, zone: str, now: datetime) -> datetime:
    last = max(add_months(rule.cited.conduct_to, rule.permitted.look_back_months) for rule in rules)
    end = end_of_day(last, zone)
    if end <= now:
        message = N_("This happened more than %(months)s months ago. A warning for it would count for nothing.")
        raise RuleBroken("too_long_ago", message, field="conduct_to", months=months)
    return end


def _chosen_end(fields: Fields, rules: Sequence[Rule], months: int, today: date) -> date:
    """The last day chosen. A suspension lasts at most what a rule publishes that permits it; a restriction the look-back."""
    end, suspension = fields.ends_on, fields.measure is Measure.SUSPENSION
    if end is None:
        raise RuleBroken("ends_on_missing", N_("Say on which day this ends."), field="ends_on")
    if end < today:
        raise RuleBroken("ends_on_past", N_("The day on which this ends has already passed."), field="ends_on")
    permitting = [rule for rule in rules if fields.measure in rule.permitted.measures] or list(rules)
    longest = max(rule.permitted.longest(fields.measure) for rule in permitting)
    if suspension and (end - today).days > longest:
        message = N_("For this rule a suspension lasts at most %(days)s days this time.")
        raise RuleBroken("ends_on_too_long", message, field="ends_on", days=longest)
    if not suspension and end > add_months(today, months):
        message = N_("A restriction under this rule lasts at most %(months)s months.")
        raise RuleBroken("ends_on_too_long", message, field="ends_on", months=months)
    return end


def require_opened(session: Session, decision: Decision, person_id: UUID) -> None:
    """Whoever decides has opened every document that the decision rests on. Errors: `unopened` at the exhibits."""
    unopened = unopened_exhibits(session, decision.exhibits, person_id)
    if unopened:
        message = N_("Open exhibit %(number)s first. What you have not opened, the decision cannot rest on.")
        raise RuleBroken("unopened", message, field="exhibits", number=", ".join(map(str, unopened)))


def _hold(session: Session, decision: Decision, wish: HoldWish) -> HoldPlan:
    if decision.action.member_id is not None:
        raise RuleBroken("hold_needs_more", N_("The money is the account's. A decision about one member holds none of it."),
                         field="hold_amount_minor")
    if decision.fields.measure is Measure.WARNING or decision.fields.interim:
        raise RuleBroken("hold_needs_more", N_("A warning takes nothing away, money neither."), field="hold_amount_minor")
    try:
        old = open_hold_of(session, decision.replaces) if decision.replaces else None
        return plan_hold(session, _monetary(decision), decision.account, wish, decision.promises["hold"], decision.zone,
                         decision.now, decision.country, freed=old)
    except NotFound:
        message = N_("This account has no such contract or milestone.")
        raise RuleBroken("unknown_milestone", message, field="hold_milestone") from None


def _monetary(decision: Decision) -> CitedClause:
    """The rule under which money is claimed: the first one that permits it."""
    return next((clause for clause in decision.clauses if clause.data.monetary), decision.clause)


def check_measure(decision: Decision, *, alone: bool) -> None:
    """Whether the measure may follow. Errors: `measure_not_permitted`, `needs_cosignature`, `scope_missing`.

    Alone a reviewer stays within what the clause publishes for this time. What a machine alone noticed is decided by two.
    """
    fields, steps = decision.fields, decision.permitted
    blocks = decision.order is not None and decision.order.amount is not None
    if fields.measure is Measure.RESTRICTION and not fields.scope and not blocks:
        raise RuleBroken("scope_missing", N_("Choose what is taken away."), field="scope")
    if fields.interim:
        if fields.measure not in (Measure.RESTRICTION, Measure.SUSPENSION):
            message = N_("Acting first can only be a restriction or a suspension.")
            raise RuleBroken("measure_not_permitted", message, field="measure")
    elif alone and fields.measure not in steps.measures:
        message = N_("This rule does not permit this for time number %(occurrence)s. It permits: %(measures)s.")
        raise RuleBroken("measure_not_permitted", message, field="measure", occurrence=steps.occurrence,
                         measures=", ".join(steps.measures))
    if alone and decision.second_person is not None:
        message = N_("A second person has to sign this. Send it to be signed.")
        raise RuleBroken("needs_cosignature", message, field="measure", why=decision.second_person)
