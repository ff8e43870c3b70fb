"""Reporters of one case who are linked with each other, and by what: a fact for the reviewer, without any effect of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import combinations
from uuid import UUID

from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Member
from portal.cases.models import Case, Report
from portal.contracts.models import Contract
from portal.core.keys import Keyring
from portal.core.text import sha256
from portal.ledger.earnings import DESTINATION_SEAL
from portal.ledger.models import Destination

Pair = tuple[UUID, UUID]


class Tie(StrEnum):
    """By what two accounts are linked."""

    MEMBER = "member"
    DESTINATION = "destination"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Linked:
    """Two accounts that reported, and by what they are linked."""

    first: UUID
    second: UUID
    ties: tuple[Tie, ...]


def linked_reporters(session: Session, keyring: Keyring, reporters: Iterable[UUID | None]) -> list[Linked]:
    """Which of the accounts that reported in a case are linked: a person belongs or belonged to both, money of both is or
    was paid to the same place, or they have or had a contract with each other. Source: DESIGN section 3, report."""
    ids = list(dict.fromkeys(one for one in reporters if one is not None))
    if len(ids) < 2:
        return []
    place, found = {key: n for n, key in enumerate(ids)}, defaultdict[Pair, list[Tie]](list)
    known = (
        (Tie.MEMBER, _shared(_members(session, ids))), (Tie.DESTINATION, _shared(_destinations(session, keyring, ids))),
        (Tie.CONTRACT, _contracts(session, ids)),
    )
    for tie, pairs in known:
        for first, second in pairs:
            pair = (first, second) if place[first] < place[second] else (second, first)
            if tie not in found[pair]:
                found[pair].append(tie)
    ordered = sorted(found.items(), key=lambda one: (place[one[0][0]], place[one[0][1]]))
    return [Linked(*pair, tuple(ties)) for pair, ties in ordered]


def reported_by(session: Session, account_id: UUID, others: Collection[UUID], since: datetime) -> list[tuple[UUID, datetime]]:
    """Whom of these others an account itself reported since then, and when: what they say of it now may answer that.

    Source: the rule against answering a report with revenge. A fact for the reviewer, without any effect of its own.
    """
    if not others:
        return []
    rows = session.execute(
        select(Case.about_account_id, Report.received_at).join(Report, Report.case_id == Case.id)
        .where(Report.reporter_account_id == account_id, Case.about_account_id.in_(others), Report.received_at >= since)
        .order_by(Report.received_at)
    )
    return [(row[0], row[1]) for row in rows]


def _shared(rows: Iterable[tuple[Hashable, UUID]]) -> Iterator[Pair]:
    """The pairs of accounts that have something in common."""
    owners = defaultdict[Hashable, set[UUID]](set)
    for thing, account_id in rows:
        owners[thing].add(account_id)
    for accounts in owners.values():
        yield from combinations(sorted(accounts), 2)


def _members(session: Session, ids: Collection[UUID]) -> Iterator[tuple[Hashable, UUID]]:
    rows = session.execute(select(Member.person_id, Member.account_id).where(Member.account_id.in_(ids)))
    yield from ((row.person_id, row.account_id) for row in rows)


def _destinations(session: Session, keyring: Keyring, ids: Collection[UUID]) -> Iterator[tuple[Hashable, UUID]]:
    """What is sealed is compared by its digest, and shown to nobody; one that cannot be opened says nothing."""
    for row in session.execute(select(Destination.account_id, Destination.sealed).where(Destination.account_id.in_(ids))):
        try:
            clear = keyring.open(DESTINATION_SEAL, row.sealed).decode()
        except InvalidTag:
            continue
        yield sha256("".join(clear.casefold().split())), row.account_id


def _contracts(session: Session, ids: Collection[UUID]) -> Iterator[Pair]:
    both = select(Contract.client_id, Contract.freelancer_id).where(
        Contract.client_id.in_(ids), Contract.freelancer_id.in_(ids)
    )
    yield from ((row.client_id, row.freelancer_id) for row in session.execute(both))
