"""The people of the demo's story at their browsers, and the rule that it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.cli.demo import make_demo
from tests.factories.demo import Demo
from tests.journeys.conftest import Live, Visitor


@dataclass(frozen=True)
class Rule:
    """The clause that the story cites."""

    number: str
    heading: str
    path: str
    pages: int = 2
    """How many the letter that cites it prints on: the clause stands in it word by word."""

    @property
    def label(self) -> re.Pattern[str]:
        return re.compile(re.escape(f"{self.number} {self.heading}"))


OURS = Rule("6.4", "Taking payment for nothing", "/rules/terms-of-service/2026-03-01#payment-for-nothing")


@dataclass
class Stage:
    """The demo's people, their password and secrets."""

    live: Live
    password: str
    secrets: dict[str, str]
    rule: Rule

    @staticmethod
    def staff(session: Session) -> dict[str, UUID]:
        """The desk's people by first name."""
        rows = session.execute(select(Person.email_norm, Person.id).where(Person.email_norm.like("%@desk.example")))
        return {str(row.email_norm).split("@")[0]: row.id for row in rows}

    def person(self, name: str, *, by_hand: bool = False, **options: object) -> Visitor:
        """Somebody signed in; `by_hand`: by the page for it, where they typed what it asks for."""
        visitor = self.live.person(**options)
        enter = visitor.sign_in_by_hand if by_hand else visitor.sign_in
        enter(f"{name}@example.com", self.password)
        return visitor

    def reviewer(self, name: str, *, by_hand: bool = False, **options: object) -> Visitor:
        visitor = self.live.person(**options)
        enter = visitor.sign_in_by_hand if by_hand else visitor.sign_in
        enter(f"{name}@desk.example", self.password, self.secrets[name])
        return visitor


def on_stage(live: Live, rule: Rule, demo: Demo | None = None) -> Stage:
    """A demo that lies in this portal's database and folder; else, put there, its story before its first step and nobody else."""
    made = demo or Demo(live.office.database, live.settings.instance, "\n".join(make_demo(live.office, live.settings, people=0)))
    return Stage(live, made.password, made.secrets, rule)
