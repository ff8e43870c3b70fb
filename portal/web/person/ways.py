"""How the running contracts of an account go on: what its side chose, what the other side chose, and what both agreed on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import g

from portal.accounts.models import Account
from portal.accounts.queries import account_by_id
from portal.contracts.choice_models import ContractChoice
from portal.contracts.models import Contract
from portal.contracts.running import choices_beside


@dataclass(frozen=True, slots=True)
class WayOn:
    """One choice in a running contract; `mine`: of the reader's side."""

    contract: Contract
    choice: ContractChoice
    other: str
    mine: bool

    @property
    def href(self) -> str:
        return f"/contracts/{self.contract.ref}"

    @property
    def open(self) -> bool:
        return self.choice.ended_at is None

    @property
    def agreed_at(self) -> datetime | None:
        """When both had chosen the same."""
        return self.choice.ended_at


def ways_on(account: Account) -> tuple[WayOn, ...]:
    """Every choice of both sides that was not taken back, the first one first."""
    return tuple(
        WayOn(contract, choice, account_by_id(g.db, contract.other_side(account.id)).name, choice.by_account_id == account.id)
        for contract, choice in choices_beside(g.db, account.id)
    )


def awaited(ways: Iterable[WayOn]) -> list[WayOn]:
    """Choices of this side that wait for the other side's."""
    return [one for one in ways if one.open and one.mine]


def to_join(ways: Iterable[WayOn]) -> list[WayOn]:
    """Choices of the other side to which this side can say something."""
    return [one for one in ways if one.open and not one.mine]
