"""Chargebacks that the marketplace reports in a file, a JSON object in each line: read, checked, each refusal with its reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries import milestone_of
from portal.core.errors import NotFound
from portal.disputes.chargeback_models import Chargeback, Stage
from portal.rulebook.facts import LONGEST_LINE

CHARGEBACK = "chargeback"
TEXTS = ("id", "contract", "currency", "received_at", "reason")
NUMBERS = {"milestone": 10**9, "amount_minor": 10**15}
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Reported:
    """A chargeback as a line reports it: new facts (`facts` is what `record_chargeback` takes), or a stage of a known one."""

    line: int
    external_id: str
    stage: str
    facts: dict[str, Any]


class Wrong(ValueError):
    """Why a line is refused."""


def is_chargeback(line: bytes) -> bool:
    """Whether a line reports a chargeback; what cannot be read, or is too long, is for others to refuse."""
    if len(line) > LONGEST_LINE:
        return False
    try:
        fact = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return False
    return isinstance(fact, dict) and fact.get("type") == CHARGEBACK


def reported(session: Session, number: int, line: bytes, now: datetime, known: set[str]) -> Reported:
    """One line, checked. `known`: ids that earlier lines of the file put on record. Errors: `Wrong` with the reason."""
    fact = json.loads(line.decode("utf-8"))
    external_id, stage = fact.get("id"), fact.get("stage", Stage.RECEIVED)
    if not _is_text(external_id):
        raise Wrong('Its "id" is missing.')
    if not isinstance(stage, str) or stage not in set(Stage):
        raise Wrong(f'Its "stage" is not known. Known: {", ".join(Stage)}.')
    if stage != Stage.RECEIVED:
        found = select(Chargeback.id).where(Chargeback.external_id == external_id)
        if external_id not in known and session.scalar(found) is None:
            raise Wrong("No chargeback with this id is on record. Report it as received first.")
        return Reported(number, external_id, stage, {})
    return Reported(number, external_id, stage, {"external_id": external_id} | _facts(session, fact, now))


def _facts(session: Session, fact: dict[str, Any], now: datetime) -> dict[str, Any]:
    missing = [name for name in TEXTS if not _is_text(fact.get(name))]
    missing += [name for name, limit in NUMBERS.items() if type(fact.get(name)) is not int or not 0 < fact[name] < limit]
    if missing:
        raise Wrong(f"Missing, or not as it should be: {', '.join(missing)}.")
    contract = session.scalars(select(Contract).where(Contract.external_id == fact["contract"])).one_or_none()
    if contract is None:
        raise Wrong("No contract with this id is on record.")
    try:
        milestone = milestone_of(session, contract.id, fact["milestone"])
    except NotFound:
        raise Wrong("Its contract has no milestone of this number.") from None
    if milestone.currency != fact["currency"]:
        raise Wrong(f'Its "currency" is not that of the milestone, {milestone.currency}.')
    return {
        "contract_ref": contract.ref, "milestone_number": fact["milestone"], "amount_minor": fact["amount_minor"],
        "currency": fact["currency"], "received_at": _instant(fact["received_at"], now), "reason": fact["reason"],
    }


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= LONGEST and "\x00" not in value


def _instant(text: str, now: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong('Its "received_at" is no instant such as "2026-03-02T09:00:00+00:00".') from None
    if found.tzinfo is None:
        raise Wrong('Its "received_at" names no time zone.')
    if found > now:
        raise Wrong('Its "received_at" is still to come.')
    return found
