"""A believable marketplace for a first look, made by the real operations on a clock that passes in order."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.operations import add_person, grant_role, record_account, set_totp
from portal.accounts.passwords import hash_password
from portal.act import Office, act
from portal.contracts.operations import record_contract
from portal.core.access import OPERATOR
from portal.core.clock import MovedClock
from portal.core.ids import new_token
from portal.core.migrate import migrate
from portal.core.work import Work
from portal.ledger.earnings import add_destination, record_earning
from portal.rulebook.operations import publish, record_accepted
from portal.rulebook.queries import TERMS, in_force
from portal.settings import Settings

USD = "USD"
STAFF = [("Rae", "reviewer"), ("Ola", "reviewer"), ("Kim", "reviewer"), ("Lee", "lead"), ("Ada", "auditor"), ("Sam", "admin")]
PEOPLE = [
    # name, language, zone, joined so many days ago, what they are here
    ("Stacy", "en", "America/Chicago", 1900, "client"),
    ("Tim", "en", "America/New_York", 1130, "freelancer"),
    ("Bea", "es", "America/Bogota", 900, "client"),
    ("Carl", "en", "Europe/Berlin", 700, "client"),
    ("Nora", "en", "Europe/London", 400, "client"),
    ("Iris", "es", "Europe/Madrid", 500, "freelancer"),
]
REFUND_TERM = "Full refund of a milestone if its work is not completed as described, or is left without a word for 14 days."


class Stage:
    """The people and the clock of a demo, and the operations as one line each."""

    def __init__(self, office: Office, now: datetime, password: str) -> None:
        self.now, self.clock = now, MovedClock(now - timedelta(days=2000))
        self.office = replace(office, clock=self.clock)
        self.password_hash = hash_password(password)
        self.secrets: dict[str, str] = {}

    def act(self, operation: Any, **args: Any) -> dict[str, Any]:
        return act(self.office, operation, OPERATOR, new_token()[:40], **args)

    def ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def move(self, days_ago: float) -> None:
        """Lets time pass until so many days before now."""
        self.clock.move_to(max(self.clock(), self.ago(days_ago)))

    def day(self, days_ago: float) -> date:
        return self.ago(days_ago).date()


def make_demo(office: Office, settings: Settings) -> Iterator[str]:
    """Fills an empty database with the demo and says how to sign in; a second run says it again and changes nothing."""
    migrate(office.database)
    notes = settings.instance / "demo.txt"
    with office.database.read() as session:
        filled = session.scalar(select(Account.id).limit(1)) is not None
    if not filled:
        password = secrets.token_hex(4)
        stage = Stage(office, office.clock(), password)
        _fill(stage, settings)
        _keep(notes, "\n".join(_how_to_sign_in(stage, password, settings)))
    yield from (notes.read_text(encoding="utf-8").splitlines() if notes.exists() else ["The database is not empty."])


def _keep(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def _fill(stage: Stage, settings: Settings) -> None:
    stage.act(publish, folder=str(settings.policies_dir))
    for name, role in STAFF:
        stage.secrets[name] = pyotp.random_base32()
        stage.act(_hire, name=name, role=role, secret=stage.secrets[name], password_hash=stage.password_hash)
    for name, language, zone, days_ago, _side in PEOPLE:
        stage.move(days_ago)
        stage.act(
            _join, name=name, language=language, zone=zone, joined_on=stage.day(days_ago), password_hash=stage.password_hash
        )
    _bind_everybody(stage)
    _contracts(stage)


def _hire(work: Work, *, name: str, role: str, secret: str, password_hash: str) -> dict[str, Any]:
    person = add_person(work, name=name, email=f"{name.lower()}@desk.example", password_hash=password_hash)
    set_totp(work, person_id=person.id, secret=secret)
    return {"handle": grant_role(work, person_id=person.id, role=role).handle}


def _join(
    work: Work, *, name: str, language: str, zone: str, joined_on: date, password_hash: str
) -> dict[str, Any]:
    person = add_person(
        work, name=name, email=f"{name.lower()}@example.com", language=language, zone=zone, password_hash=password_hash
    )
    account = record_account(
        work, external_id=f"mp-{name.lower()}", kind="individual", name=name, joined_on=joined_on, owner=person
    )
    return {"account": account.ref}


def _bind_everybody(stage: Stage) -> None:
    """Everybody accepted the rules of their first day, and the newest when it was published."""
    def bind(work: Work) -> dict[str, Any]:
        for account in work.db.scalars(select(Account)).all():
            for day in {account.joined_on, stage.now.date()}:
                version = in_force(work.db, TERMS, day)
                if version is not None:
                    record_accepted(work, account, version.id, work.now)
        return {}

    stage.move(260)
    stage.act(bind)


def _contract(
    stage: Stage, key: str, title: str, client: str, freelancer: str, started: int, milestones: list[tuple[str, int, int | None]],
    ended: int | None = None,
) -> None:
    """A contract with its milestones: title, dollars, released so many days ago (None: not yet)."""
    stage.act(
        record_contract, external_id=key, title=title, client_external_id=f"mp-{client}", freelancer_external_id=f"mp-{freelancer}",
        started_on=stage.day(started), ended_on=stage.day(ended) if ended is not None else None,
        terms=[{"number": "1", "text": "The work is delivered through the marketplace and paid for each milestone."},
               {"number": "2", "text": REFUND_TERM}],
        milestones=[
            {"number": n, "title": words, "amount_minor": dollars * 100, "currency": USD,
             "state": "funded" if released is None else "released",
             "released_on": None if released is None else stage.day(released)}
            for n, (words, dollars, released) in enumerate(milestones, 1)
        ],
    )
    for n, (_words, dollars, released) in enumerate(milestones, 1):
        if released is not None:
            stage.act(
                record_earning, source_key=f"{key}:{n}", contract_external_id=key, milestone_number=n,
                amount_minor=dollars * 100, currency=USD, released_at=stage.ago(released),
            )


def _contracts(stage: Stage) -> None:
    """Tim has $2,150: $400 of Stacy's first milestone, released ten days ago, and the rest from other clients."""
    stage.move(90)
    tim = stage.act(_account_key, external_id="mp-tim")["account"]
    stage.act(
        add_destination, account_id=UUID(tim), details="IBAN demo", hint="Bank account ending in 4711", on_file_since=stage.ago(90)
    )
    stage.move(0)
    _contract(stage, "k-photo", "Photo app", "stacy", "tim", 24, [("Design", 400, 10), ("First version", 400, None), ("Launch", 400, None)])
    _contract(stage, "k-images", "Image hosting transfer", "bea", "tim", 120, [("Move", 900, 40), ("Check", 300, 20)])
    _contract(stage, "k-shop", "Shop pages", "carl", "tim", 200, [("Pages", 550, 35)], ended=30)
    _contract(stage, "k-logo", "Logo", "nora", "iris", 60, [("Drafts", 250, 12)])


def _account_key(work: Work, *, external_id: str) -> dict[str, Any]:
    return {"account": str(work.db.scalars(select(Account.id).where(Account.external_id == external_id)).one())}


def _how_to_sign_in(stage: Stage, password: str, settings: Settings) -> Iterator[str]:
    yield f"Sign in at {settings.base_url}/sign-in with the password {password}"
    yield "  Stacy, a client:         stacy@example.com   (disputes the first milestone of “Photo app”: the story starts here)"
    yield "  Tim, a freelancer:       tim@example.com     ($2,150 earned, nothing wrong yet)"
    yield "  Bea and Carl, clients:   bea@example.com, carl@example.com"
    yield "Staff also need six digits. `.venv/bin/flask staff code rae@desk.example` prints them, or use the secret:"
    for name, role in STAFF:
        yield f"  {name}, {role}: {name.lower()}@desk.example   {stage.secrets[name]}"
    yield f"Mail is written to {settings.instance / 'mail'}; `.venv/bin/flask mail` shows the newest."
