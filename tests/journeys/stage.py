"""The people of the demo's story at their browsers, and the rule that it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.cli.demo import make_demo
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

    def person(self, name: str, **options: object) -> Visitor:
        visitor = self.live.person(**options)
        visitor.sign_in(f"{name}@example.com", self.password)
        return visitor

    def reviewer(self, name: str, **options: object) -> Visitor:
        visitor = self.live.person(**options)
        visitor.sign_in(f"{name}@desk.example", self.password, self.secrets[name])
        return visitor


def on_stage(live: Live, rule: Rule) -> Stage:
    """The demo's story before its first step, and nobody else."""
    said = "\n".join(make_demo(live.office, live.settings, people=0))
    password = re.search(r"with the password (\S+)", said)
    assert password
    secrets = dict(re.findall(r"(\w+)@desk\.example, \w+, shown as Reviewer \w+: ([A-Z2-7]{16,})", said))
    return Stage(live, password[1], secrets, rule)
