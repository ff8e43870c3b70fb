"""What `flask verify` proves of contracts: each function names the rows that break a rule, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.choice_models import ChoiceEnd, ContractChoice, Way
from portal.contracts.models import Contract

Check = Callable[[Session], Iterator[str]]


def both_agreed(session: Session) -> Iterator[str]:
    """How a running contract goes on counts as agreed when both of its sides chose the same, and not otherwise.

    To finish is one agreement, and what they agreed on instead of it later is another.
    """
    agreed: dict[tuple[UUID, bool], list[ContractChoice]] = {}
    query = select(ContractChoice).where(ContractChoice.end_kind == ChoiceEnd.AGREED).order_by(ContractChoice.id)
    for one in session.scalars(query):
        agreed.setdefault((one.contract_id, one.way == Way.FINISH), []).append(one)
    for (contract_id, _finishes), mine in agreed.items():
        contract = session.get_one(Contract, contract_id)
        sides, said = {one.by_account_id for one in mine}, {(one.way, one.release_minor, one.ended_at) for one in mine}
        if sides != {contract.client_id, contract.freelancer_id} or len(said) != 1:
            yield f"contract {contract.ref} counts as agreed although its sides did not choose the same"


PROVES: dict[int, tuple[Check, ...]] = {5: (both_agreed,)}
CHECKS: tuple[Check, ...] = tuple(check for checks in PROVES.values() for check in checks)
