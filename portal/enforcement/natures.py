"""What decisions have in common that are not about conduct: who is concerned, what is cited, and a period that has begun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Account, Person
from portal.accounts.queries import account_by_id
from portal.cases.models import Case, Report
from portal.cases.queries import reports_of
from portal.core.clock import local_day
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.enforcement.awaited import check_said
from portal.enforcement.before import Before
from portal.enforcement.decision import Decision, Times
from portal.enforcement.fields import IN_WORDS, Fields, read_fields
from portal.enforcement.models import Action, Measure
from portal.enforcement.objects import named_objects
from portal.enforcement.origin import origin_of
from portal.enforcement.own_days import require_takes
from portal.enforcement.queries import owners_of
from portal.enforcement.resting import Rule, cited_exhibits
from portal.enforcement.rules import Permitted
from portal.rulebook.queries import CitedClause, Promise, cited_clause, promises

MEASURES = (Measure.RESTRICTION.value, Measure.SUSPENSION.value)
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Scene:
    """What was read before the nature of the decision says more: the form, whom it concerns, our promise that it cites."""

    action: Action
    case: Case
    account: Account
    people: tuple[Person, ...]
    fields: Fields
    clause: CitedClause
    promises: Mapping[str, Promise]
    reports: tuple[Report, ...]
    now: datetime
    detection_alone: bool

    @property
    def zone(self) -> str:
        return self.people[0].zone

    @property
    def promise(self) -> Promise:
        """The promise that is cited, as it is in force now."""
        return next(one for one in self.promises.values() if one.clause_version_id == self.clause.id)


def read_scene(session: Session, action: Action, posted: Mapping[str, Any], now: datetime, name: str) -> Scene:
    """The form against the facts; `name` is the promise of ours that such a decision cites.

    Errors: those of `read_fields`; `no_clause`, `nobody_to_tell`, `period_in_future`, `measure_not_permitted`,
    `interim_not_permitted`, `unknown_scope`.
    """
    fields, case = read_fields(posted), session.get_one(Case, action.case_id)
    require_takes(fields.scope, action.nature, fields.own, member=action.member_id is not None)
    people = tuple(owners_of(session, action.account_id))
    if not people:
        raise RuleBroken("nobody_to_tell", N_("This account has no person whom we could tell. Nothing can be decided."))
    known, reports = promises(session, local_day(now, "UTC")), tuple(reports_of(session, case.id))
    clause = _promised(session, fields, known, name)
    if fields.cited[0].conduct_to > local_day(now, people[0].zone):
        raise RuleBroken("period_in_future", N_("What happened cannot lie in the future."), field="conduct_to")
    if fields.measure not in MEASURES:
        message = N_("Choose a restriction or a suspension. Nothing else is possible here.")
        raise RuleBroken("measure_not_permitted", message, field="measure")
    if fields.interim:
        raise RuleBroken("interim_not_permitted", N_("This is not a measure that comes first."), field="interim")
    fields, alone = origin_of(session, case.id, fields, reports, now)
    return Scene(action, case, account_by_id(session, action.account_id), people, fields, clause, known, reports, now, alone)


def _promised(session: Session, fields: Fields, known: Mapping[str, Promise], name: str) -> CitedClause:
    """Our promise, as it is in force today: it binds us from its day, whatever the account was told."""
    found, clause = known.get(name), cited_clause(session, fields.clause_version_id)
    if found is None or clause is None or clause.id != found.clause_version_id:
        raise RuleBroken("no_clause", N_("Choose the promise that is in force today."), field="clause_version_id")
    return clause


def permits() -> Permitted:
    """What such a decision can be: never counted, never a first or second time, never first for 72 hours under a rule."""
    return Permitted(1, MEASURES, 0, (), MONTHS, False)


def decision_of(session: Session, scene: Scene, times: Times, country: str, **more: Any) -> Decision:
    """The decision: nobody is asked first, and nothing that was decided before is looked back on.

    Errors: those of `check_said`.
    """
    fields, cited = scene.fields, scene.fields.cited[0]
    said = {**more.pop("said", {}), **check_said(session, scene.action, fields.own)}
    rule = Rule(
        cited, scene.clause, permits(), Before(), cited_exhibits(session, scene.case, cited),
        named_objects(session, scene.case, scene.account, cited, IN_WORDS),
    )
    return Decision(
        action=scene.action, case=scene.case, account=scene.account, people=scene.people, fields=fields,
        rules=(rule,), permitted=rule.permitted, before=rule.before, promises=scene.promises, reports=scene.reports,
        source=fields.source or "", times=times, now=scene.now, country=country, **more, said=said,
        detection_alone=scene.detection_alone,
    )
