"""What a claim of ours could name: each milestone of the contracts of a case, and each contract as a whole."""

from __future__ import annotations

from flask import g

from portal.cases.queries import CaseFile
from portal.contracts.models import Contract, Milestone
from portal.contracts.queries import milestones_of
from portal.core.money import Money
from portal.enforcement.holding import free_of
from portal.enforcement.rules import WHOLE
from portal.web.desk.casefile import contracts_in
from portal.web.shell.context import lang


def places_to_hold(file: CaseFile) -> list[tuple[str, str]]:
    """Those of contracts where the person is the freelancer, each with what was agreed and what can be held now."""
    found: list[tuple[str, str]] = []
    for contract in contracts_in(file):
        if contract.freelancer_id != file.about.id:
            continue
        stones = milestones_of(g.db, contract.id)
        found += [_milestone(contract, stone) for stone in stones]
        agreed: dict[str, Money] = {}
        for stone in stones:
            agreed[stone.currency] = agreed.get(stone.currency, Money(0, stone.currency)) + Money(
                stone.amount_minor, stone.currency)
        found += [_whole(contract, amount) for amount in agreed.values()]
    return found


def _milestone(contract: Contract, stone: Milestone) -> tuple[str, str]:
    return f"{contract.ref}:{stone.number}:{stone.currency}", lang().gettext(
        "%(title)s, milestone %(n)s, %(amount)s (%(free)s can be held now)", title=contract.title, n=stone.number,
        amount=lang().money(Money(stone.amount_minor, stone.currency)),
        free=lang().money(free_of(g.db, contract, stone, stone.currency)),
    )


def _whole(contract: Contract, agreed: Money) -> tuple[str, str]:
    return f"{contract.ref}:{WHOLE}:{agreed.currency}", lang().gettext(
        "%(title)s, the whole contract, %(amount)s (%(free)s can be held now)", title=contract.title,
        amount=lang().money(agreed), free=lang().money(free_of(g.db, contract, None, agreed.currency)),
    )
