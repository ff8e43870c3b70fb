"""Finding cases by what somebody has in hand: a reference, a number of the marketplace's own, a name, a contract's title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.cases.hands import TIES, given_or_signed
from portal.cases.models import Case, CaseParty, WorkItem
from portal.cases.queue import WHO, untied
from portal.contracts.models import Contract
from portal.core.text import fold, without_turns
from portal.log.models import Event

MOST, MOST_CONTRACTS = 100, 10
"""How many cases, and how many contracts, are told at the most."""
_Party = aliased(Account)


@dataclass(frozen=True, slots=True)
class Sides:
    """A contract that was looked for, and both sides by name."""

    ref: str
    title: str
    client: str
    freelancer: str


@dataclass(frozen=True, slots=True)
class Found:
    """The cases that were found, the newest first, each with the account that it is about; the contracts by which; whether there
    are more. `named`: what was typed is the reference of this, as (kind of work, reference, case)."""

    cases: list[tuple[Case, Account]]
    contracts: list[Sides]
    more: bool
    named: tuple[str, str, str] | None


def find_cases(session: Session, text: str, person_id: UUID, *, reads_all: bool = False) -> Found:
    """What the queue shows to everybody at the desk: cases in which something waits that are called so, or whose account or work
    is. Of cases that the person may read (all of them if `reads_all`) also those, open or closed, of which another party, a
    contract between two parties, or something that happened is called so. Nothing of a case to which the person is tied.
    Names and titles match by all of the words, or parts of them. Source: SECURITY, "a curious or bribed reviewer"."""
    typed = without_turns(text).strip()
    ref, words = typed.upper(), fold(typed).split()
    if not words:
        return Found([], [], False, None)
    reached = sa.true() if reads_all else given_or_signed(Case.id, WHO)
    contracts = _contracts(session, typed, ref, words, person_id, reached)
    work = select(WorkItem.case_id).where(WorkItem.case_id == Case.id)
    waits, it = work.where(WorkItem.closed_at.is_(None)), WorkItem.subject_ref == ref
    called = sa.or_(Case.ref == ref, _called(Account, typed, ref, words))
    outside = sa.or_(sa.and_(called, waits.exists()), waits.where(it).exists())
    inside = sa.or_(
        called, work.where(it).exists(), Case.ref.in_(select(Event.case_ref).where(Event.subject_ref == ref)),
        Case.id.in_(select(CaseParty.case_id).join(_Party).where(_called(_Party, typed, ref, words))),
        Case.id.in_([case_id for case_id, _sides in contracts]),
    )
    query = select(Case, Account).join(Account, Case.about_account_id == Account.id)
    query = query.where(untied(tuple(TIES), Case.id), sa.or_(outside, sa.and_(inside, reached)))
    cases = session.execute(query.order_by(Case.id.desc()).limit(MOST + 1), {"person_id": person_id}).all()
    by = list(dict.fromkeys(sides for _case, sides in contracts))[:MOST_CONTRACTS]
    return Found(
        [(case, about) for case, about in cases[:MOST]], by, len(cases) > MOST,
        _named(session, ref, [case.id for case, _about in cases]),
    )


def _called(thing: Any, text: str, ref: str, words: Sequence[str]) -> sa.ColumnElement[bool]:
    """That an account or a contract has this reference, here or at the marketplace, or all of these words in its name."""
    named = sa.and_(*(thing.search_text.contains(word, autoescape=True) for word in words))
    return sa.or_(thing.ref == ref, thing.external_id == text, named)


def _contracts(
    session: Session, text: str, ref: str, words: Sequence[str], person_id: UUID, reached: sa.ColumnElement[bool]
) -> list[tuple[UUID, Sides]]:
    """Contracts that are called so, each with the newest cases between its two sides that the person may read."""
    one, other, client, freelancer = aliased(CaseParty), aliased(CaseParty), aliased(Account), aliased(Account)
    query = (
        select(Case.id, Contract.ref, Contract.title, client.name, freelancer.name)
        .join(client, Contract.client_id == client.id).join(freelancer, Contract.freelancer_id == freelancer.id)
        .join(one, one.account_id == client.id).join(other, (other.account_id == freelancer.id) & (other.case_id == one.case_id))
        .join(Case, Case.id == one.case_id).where(_called(Contract, text, ref, words), untied(tuple(TIES), Case.id), reached)
        .order_by(Case.id.desc()).limit(MOST + 1)
    )
    return [(row[0], Sides(*row[1:])) for row in session.execute(query, {"person_id": person_id})]


def _named(session: Session, ref: str, cases: Sequence[UUID]) -> tuple[str, str, str] | None:
    """What in these cases waits, or waited, under this reference."""
    query = (
        select(WorkItem.kind, WorkItem.subject_ref, Case.ref).join(Case, WorkItem.case_id == Case.id)
        .where(WorkItem.subject_ref == ref, WorkItem.case_id.in_(cases)).order_by(WorkItem.id.desc()).limit(1)
    )
    row = session.execute(query).one_or_none()
    return (row[0], row[1], row[2]) if row is not None else None
