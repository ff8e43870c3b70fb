"""What races and kills are run on: a freelancer with much money, and how the books are compared with what was acknowledged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from portal import verify
from portal.act import Office
from portal.core.access import Actor, Role
from portal.core.clock import system_clock
from portal.core.database import Database
from portal.core.keys import Keyring
from portal.ledger.checks import CHECKS
from portal.ledger.models import Payout
from portal.settings import Settings, load_settings
from tests.factories.market import Market
from tests.factories.told import SECRET

WHOLE, SMALL, PARTS = 10**9, 9_000, 24
Answer = dict[str, Any]
CONTESTED = {
    "dispute": "SELECT ref FROM dispute", "offer": "SELECT ref FROM settlement_offer", "chargeback": "SELECT ref FROM chargeback",
}
"""What is contested, by the name under which an answer names it."""


@dataclass
class Ground:
    """One database with the story in it; `facts` is what other processes have to know of it."""

    office: Office
    settings: Settings
    environment: dict[str, str]
    facts: dict[str, str]

    @property
    def account(self) -> UUID:
        return UUID(self.facts["account"])


def prepare(url: str, folder: Path, **environment: str) -> Ground:
    """Tells the story in a migrated database, and gives Tim a hundred milestones that are paid."""
    env = {"PORTAL_INSTANCE": str(folder), "PORTAL_DATABASE_URL": url, "PORTAL_SECRET_KEY": SECRET} | environment
    settings, office = load_settings(env), Office(Database(url), system_clock, Keyring(SECRET))
    market = Market(office)
    story = market.story()
    big = market.contract(story.stacy, story.tim, "Large job", [WHOLE] * 8)
    for number in range(1, 9):
        market.earn(big, number, WHOLE // 2, fee_minor=WHOLE // 20)
    small = market.contract(story.stacy, story.tim, "Many parts", [2 * SMALL] * PARTS)
    for number in range(1, PARTS + 1):
        market.earn(small, number, SMALL, fee_minor=SMALL // 10, days_ago=7)
    facts = {
        "client": str(story.stacy.account.id), "client_person": str(story.stacy.person.id), "parts": small.ref,
        "account": str(story.tim.account.id), "account_ref": story.tim.account.ref, "person": str(story.tim.person.id),
        "place": story.destination, "contract": big.ref, "contract_id": big.external_id, "url": url,
    }
    return Ground(office, settings, env, facts)


def actor_of(facts: dict[str, str], who: str = "person", account: str = "account") -> Actor:
    """Tim, signed in; or his client."""
    person = UUID(facts[who])
    return Actor(f"person:{person}", frozenset({Role.PERSON}), person, frozenset({UUID(facts[account])}))


def office_of(facts: dict[str, str]) -> Office:
    """The same database in a process of its own."""
    return Office(Database(facts["url"]), system_clock, Keyring(SECRET))


def differences(ground: Ground, acknowledged: Iterable[tuple[str, str, Answer]]) -> list[str]:
    """What does not fit between what was acknowledged (operation, key, answer) and what is on record; best nothing."""
    told = list(acknowledged)
    twice = [key for key, count in Counter(key for _, key, _ in told).items() if count > 1]
    found = [f"{len(twice)} keys were acknowledged twice with other answers" for _ in twice[:1]]
    with ground.office.database.read() as session:
        answers = {key: answer for key, answer in session.execute(sa.text("SELECT key, answer FROM request_key"))}
        refs = set(session.scalars(sa.select(Payout.ref).where(Payout.account_id == ground.account)))
        payouts = session.scalar(sa.text("SELECT count(*) FROM entry WHERE kind = 'payout'"))
        holds = session.scalar(sa.text(
            "SELECT count(*) FROM hold h JOIN claim c ON c.id = h.claim_id WHERE c.claimant = 'platform' AND h.amount_minor > 0"
        ))
        contested = {name: set(session.scalars(sa.text(query))) for name, query in CONTESTED.items()}
    for operation, key, answer in told:
        if json.loads(answers.get(key) or "null") != answer:
            found.append(f"{operation} {key} was acknowledged with {answer}, on record is {answers.get(key)}")
    paid = [answer["payout"] for operation, _, answer in told if operation == "pay_out"]
    if len(set(paid)) != len(paid) or refs != set(paid):
        found.append(f"{len(paid)} payouts were acknowledged ({len(set(paid))} different), {len(refs)} are on record")
    held = sum(1 for operation, _, answer in told if operation == "hold" and answer["held"])
    if (payouts, holds) != (len(paid), held):
        found.append(f"{payouts} payouts and {holds} holds, acknowledged were {len(paid)} and {held}")
    for operation, on_record in contested.items():
        if on_record != {answer[operation] for name, _, answer in told if name == f"put_{operation}"}:
            found.append(f"other rows of {operation} are on record than were acknowledged")
    return [*found, *violations(ground)]


def violations(ground: Ground) -> list[str]:
    """What `flask verify` says of the books and of the log (holds are made here by a shortcut, without any action)."""
    with ground.office.database.read() as session:
        found = [line for check in CHECKS for line in check(session)]
    for title, prove in verify.proofs(ground.office, ground.settings):
        if title.startswith(f"{verify.ON_RECORD}. "):
            with ground.office.database.read() as session:
                found += verify.carried_out(title, prove, session)
    return found
