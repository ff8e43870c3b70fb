"""Who may do what: one static table of permissions, roles and step-up, and the frozen `Actor` that operations receive."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from portal.core.errors import NotAllowed, NotFound, StepUpNeeded

STEP_UP_PERSON = timedelta(minutes=10)
STEP_UP_STAFF = timedelta(minutes=30)
NO_CASE = "-"
"""The case of what is about none: also of a session that a link about none opened, such as that of a letter about new rules."""


class Role(StrEnum):
    """`person` is anyone signed in; `link` a session opened by a link for one case; the rest are staff and services."""

    PERSON = "person"
    LINK = "link"
    REVIEWER = "reviewer"
    LEAD = "lead"
    AUDITOR = "auditor"
    ADMIN = "admin"
    WORKER = "worker"
    OPERATOR = "operator"


STAFF = frozenset({Role.REVIEWER, Role.LEAD, Role.AUDITOR, Role.ADMIN})


class Permission(StrEnum):
    """What a route or an operation needs. Relations (party, assignee, conflict) are facts of `cases`, checked there."""

    READ_OWN = "read_own"
    READ_CASE_AS_PERSON = "read_case_as_person"
    ANSWER_IN_CASE = "answer_in_case"
    REQUEST_PAYOUT = "request_payout"
    OPEN_DISPUTE = "open_dispute"
    REPORT = "report"
    LOOK_UP_COLLABORATOR = "look_up_collaborator"
    CHANGE_PREFERENCES = "change_preferences"
    MANAGE_SECURITY = "manage_security"
    READ_DESK = "read_desk"
    WORK_CASE = "work_case"
    DECIDE = "decide"
    READ_OVERSIGHT = "read_oversight"
    MANAGE_STAFF = "manage_staff"
    LOAD_FACTS = "load_facts"
    RUN_CLOCKS = "run_clocks"
    PUBLISH = "publish"
    SUBMIT_IDENTITY = "submit_identity"
    REVIEW_IDENTITY = "review_identity"
    ACCEPT_RULES = "accept_rules"
    EXPORT_OWN = "export_own"
    MANAGE_DESTINATIONS = "manage_destinations"
    CHOOSE_WAY = "choose_way"
    MANAGE_ENDPOINTS = "manage_endpoints"
    SET_RETENTION = "set_retention"


@dataclass(frozen=True, slots=True)
class Right:
    """Which roles have a permission, and whether they must have shown again that it is them."""

    roles: frozenset[Role]
    step_up: bool = False


def _right(*roles: Role, step_up: bool = False) -> Right:
    return Right(frozenset(roles), step_up)


_ANYONE = (Role.PERSON, Role.LINK)
_DECIDERS = (Role.REVIEWER, Role.LEAD)

TABLE: dict[Permission, Right] = {
    Permission.READ_OWN: _right(Role.PERSON),
    Permission.READ_CASE_AS_PERSON: _right(*_ANYONE),
    Permission.ANSWER_IN_CASE: _right(*_ANYONE),
    Permission.REQUEST_PAYOUT: _right(*_ANYONE),
    Permission.OPEN_DISPUTE: _right(Role.PERSON),
    Permission.REPORT: _right(Role.PERSON),
    Permission.LOOK_UP_COLLABORATOR: _right(Role.PERSON),
    Permission.CHANGE_PREFERENCES: _right(*_ANYONE),
    Permission.MANAGE_SECURITY: _right(Role.PERSON),
    Permission.READ_DESK: _right(Role.REVIEWER, Role.LEAD, Role.AUDITOR),
    Permission.WORK_CASE: _right(*_DECIDERS),
    Permission.DECIDE: _right(*_DECIDERS, step_up=True),
    Permission.READ_OVERSIGHT: _right(Role.LEAD, Role.AUDITOR),
    Permission.MANAGE_STAFF: _right(Role.ADMIN, Role.OPERATOR),
    Permission.LOAD_FACTS: _right(Role.OPERATOR),
    Permission.RUN_CLOCKS: _right(Role.WORKER),
    Permission.PUBLISH: _right(Role.ADMIN, Role.OPERATOR),
    Permission.SUBMIT_IDENTITY: _right(*_ANYONE, step_up=True),
    Permission.REVIEW_IDENTITY: _right(*_DECIDERS, step_up=True),
    Permission.ACCEPT_RULES: _right(*_ANYONE),
    Permission.EXPORT_OWN: _right(*_ANYONE, step_up=True),
    Permission.MANAGE_DESTINATIONS: _right(*_ANYONE, step_up=True),
    Permission.CHOOSE_WAY: _right(Role.PERSON),
    Permission.MANAGE_ENDPOINTS: _right(Role.ADMIN, Role.OPERATOR),
    Permission.SET_RETENTION: _right(Role.OPERATOR),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: made from the session by the pages, handed to operations; operations never look elsewhere."""

    name: str
    roles: frozenset[Role]
    person_id: UUID | None = None
    account_ids: frozenset[UUID] = field(default_factory=frozenset)
    case_ref: str | None = None
    handle: str | None = None
    stepped_up_at: datetime | None = None

    @property
    def role(self) -> str:
        """The role as the record keeps it."""
        return next((r.value for r in Role if r in self.roles and r is not Role.PERSON), Role.PERSON.value)

    @property
    def shown_one_case(self) -> bool:
        """Whether a link about one case opened the session: it shows that case and nothing else."""
        return self.case_ref not in (None, NO_CASE)

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF)

    def fresh(self, now: datetime) -> bool:
        """Whether this person has shown again, recently enough, that it is them."""
        span = STEP_UP_STAFF if self.is_staff else STEP_UP_PERSON
        return self.stepped_up_at is not None and now - self.stepped_up_at < span


OPERATOR = Actor("operator", frozenset({Role.OPERATOR}))
WORKER = Actor("worker", frozenset({Role.WORKER}))


def may(actor: Actor, permission: Permission) -> bool:
    """Whether a role of the actor has this permission (step-up aside)."""
    return bool(TABLE[permission].roles & actor.roles)


def require(actor: Actor, permission: Permission, now: datetime) -> None:
    """Errors: `NotAllowed` without the role, `StepUpNeeded` when it must be shown again that it is them."""
    if not may(actor, permission):
        raise NotAllowed("not_allowed", "You may not do this with this account.")
    if TABLE[permission].step_up and not actor.fresh(now):
        raise StepUpNeeded


def require_account(actor: Actor, account_id: UUID) -> None:
    """Errors: `NotFound` for anyone who is not a live member of that account: even its existence is private."""
    if account_id not in actor.account_ids:
        raise NotFound


def require_person(actor: Actor) -> UUID:
    """The acting person's key. Errors: `NotAllowed` for the worker and the operator, who are nobody."""
    if actor.person_id is None:
        raise NotAllowed("nobody", "Only a person can do this.")
    return actor.person_id


def require_lead(actor: Actor) -> None:
    """Errors: `not_lead` for anyone but a lead, who gives to somebody else what waits."""
    if Role.LEAD not in actor.roles:
        raise NotAllowed("not_lead", "Only a lead can give this to somebody else.")
