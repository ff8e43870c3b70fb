"""Putting accounts and members on record as the marketplace reports them: what is on record already stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from portal.accounts.facts import ACCOUNT, OnRecord, on_record
from portal.accounts.joining import record_member
from portal.accounts.models import Person
from portal.accounts.operations import put_person, record_account
from portal.core.access import Permission
from portal.core.errors import RuleBroken
from portal.core.facts import Fact
from portal.core.text import normal_email
from portal.core.work import Work


def report_accounts(work: Work, *, facts: Sequence[Fact]) -> dict[str, Any]:
    """Puts every line on record in its order: an account with its owner, or a member of an organisation's account.

    A person is known by the address: whoever has one on file joins under it, as the person that they are. The marketplace's
    own number of an account, and an address in it, are the keys: the same line again changes nothing. Errors:
    `line_refused` naming the line and the reason of the first that cannot be; then none of these is carried out.
    """
    work.require(Permission.LOAD_FACTS)
    known, new = on_record(work.db, facts), 0
    for fact in facts:
        why = known.why_not(fact)
        if why is not None:
            raise RuleBroken("line_refused", f"Line {fact.get('line', '?')} is refused: {why}")
        if not known.knows(fact):
            _put(work, known, fact)
            new += 1
    return {"recorded": new, "known": len(facts) - new}


def _put(work: Work, known: OnRecord, fact: Fact) -> None:
    person = _person(work, known, fact)
    if fact["type"] == ACCOUNT:
        known.accounts[fact["account"]] = record_account(
            work, external_id=fact["account"], kind=fact["kind"], name=fact["name"],
            joined_on=date.fromisoformat(fact["joined_on"]), owner=person,
        )
        role = "owner"
    else:
        role = record_member(work, known.accounts[fact["account"]], person, fact["role"]).role
    known.roles[(fact["account"], normal_email(fact["email"]))] = role


def _person(work: Work, known: OnRecord, fact: Fact) -> Person:
    """Whoever has this address, or somebody new with the name, language and zone of the line."""
    address = normal_email(fact["email"])
    if address not in known.people:
        name = fact["name"] if fact["type"] != ACCOUNT else fact.get("owner") or fact["name"]
        known.people[address] = put_person(
            work, name=name, email=fact["email"], language=fact.get("language", "en"), zone=fact.get("zone", "UTC")
        )
    return known.people[address]
