"""Somebody comes back after their account was closed, with numbers that match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from portal.cases.models import Case
from portal.core.keys import Keyring
from portal.enforcement.fingerprints import of_document
from portal.enforcement.lead_queries import matches_of, strength
from portal.enforcement.operations import (
    ask_first,
    co_sign,
    propose_action,
    start_action,
)
from portal.enforcement.return_models import FingerprintKind, Lead
from portal.enforcement.returning import keep_fingerprint
from portal.ledger.operations import add_destination
from portal.log.operations import record
from tests.enforcement.conftest import FACTS, Desk
from tests.factories.market import Market, Party
from tests.factories.opened import on_record
from tests.factories.told import SECRET

KEYS = Keyring(SECRET)

PASSPORT = of_document(KEYS, "passport", "ES", "XDA 123-456")

IBAN = "IBAN ES12 3456 7890 1234"


@dataclass
class Return:
    """An account that was closed, and another one that is new."""

    desk: Desk
    closed: Party
    new: Party
    action_ref: str

    def keep(self, party: Party, value: str = PASSPORT) -> None:
        """An identity check of theirs was accepted, and the document's number was entered."""
        kind = FingerprintKind.IDENTITY_NUMBER
        self.desk.market.make(lambda work: _kept(work, party, kind, value))

    def file(self, party: Party, details: str = IBAN) -> None:
        now = self.desk.office.clock()
        self.desk.market.do(add_destination, account_id=party.account.id, details=details, hint="Bank account", on_file_since=now)

    def leads(self) -> list[Lead]:
        with self.desk.office.database.read() as session:
            return list(session.scalars(select(Lead).order_by(Lead.id)))

    def strength(self) -> str:
        with self.desk.office.database.read() as session:
            return strength(match.kind for match in matches_of(session, self.leads()[0].id))

    def case(self) -> str:
        with self.desk.office.database.read() as session:
            return session.get_one(Case, self.leads()[0].case_id).ref

    def take(self) -> str:
        self.desk.market.take(self.desk.story.rae, self.case())
        return self.leads()[0].ref


def _kept(work: Any, party: Party, kind: FingerprintKind, value: str) -> None:
    """As an act does whose event vouches for it."""
    keep_fingerprint(work, party.account.id, kind, value, "V-2222")
    record(work, "identity.accepted", party.account.ref)


def closed(market: Market, desk: Desk, party: Party) -> str:
    """The account is closed: asked, decided by two, and its notice period is over."""
    ref = proposed(market, desk, party)
    market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="I have read all of it.")
    desk.later(days=31)
    return ref


def proposed(market: Market, desk: Desk, party: Party) -> str:
    case = market.make(lambda work: on_record(work, party.account.id, []))
    rae = desk.story.rae
    market.do(ask_first, rae.actor, case_ref=case.ref, clause_version_id=desk.clause(), question="What happened?", days=5)
    desk.later(days=6)
    ref = str(market.do(start_action, rae.actor, case_ref=case.ref, clause_version_id=desk.clause())["action"])
    market.do(propose_action, rae.actor, action_ref=ref, version=1, fields=form(desk, measure="termination", ends_on=""))
    return ref


def form(desk: Desk, **other: Any) -> dict[str, Any]:
    plain = {"exhibits": [], "no_exhibit": "no_longer_exists", "objects": ["listing:Photo apps"], "facts": FACTS}
    days = {"conduct_from": desk.market.day(20).isoformat(), "conduct_to": desk.market.day(12).isoformat()}
    return desk.form(**(plain | days | other))


def decide(back: Return, case: str, lead: str, **other: Any) -> str:
    market, rae, desk = back.desk.market, back.desk.story.rae, back.desk
    market.do(ask_first, rae.actor, case_ref=case, clause_version_id=desk.clause(), question="Is it you?", days=5)
    desk.later(days=6)
    action = str(market.do(start_action, rae.actor, case_ref=case, clause_version_id=desk.clause())["action"])
    by_two(back, action, leads=[lead], **other)
    return action


def by_two(back: Return, action: str, **other: Any) -> None:
    """A warning: one person proposes it, and another signs."""
    market, story = back.desk.market, back.desk.story
    fields = form(back.desk, measure="warning", ends_on="", **other)
    market.do(propose_action, story.rae.actor, action_ref=action, version=1, fields=fields)
    market.do(co_sign, story.ola.actor, action_ref=action, reason="I compared both and read the answer.")
