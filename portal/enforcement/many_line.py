"""One line of a file that proposes decisions: whom, which rule and which contracts it names, and the form that it fills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, or_, select

from portal.accounts.models import Account
from portal.contracts.models import Contract
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.work import Work
from portal.enforcement.many_file import Line
from portal.enforcement.rules import CONDUCT_DAYS
from portal.rulebook.queries import TERMS, CitedClause, binding_on, clauses_of, in_force

TERMS_OF = "contract"
"""What stands in `exhibits` for the terms of the contracts that the line is about."""
_NAMED: BindParameter[str] = bindparam("named")
_ACCOUNT = select(Account).where(or_(Account.ref == _NAMED, Account.external_id == _NAMED)).order_by(
    Account.ref != _NAMED
).limit(1)
_CONTRACT = select(Contract).where(
    or_(Contract.client_id == bindparam("account_id"), Contract.freelancer_id == bindparam("account_id")),
    or_(Contract.ref == _NAMED, Contract.external_id == _NAMED),
).order_by(Contract.ref != _NAMED).limit(1)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A line whose account, rule and contracts are on file here. `terms`: these contracts' terms become exhibits."""

    line: Line
    account: Account
    clause: CitedClause
    contracts: tuple[Contract, ...]
    objects: tuple[str, ...]

    @property
    def terms(self) -> bool:
        return TERMS_OF in self.line.listed("exhibits")

    def fields(self, exhibits: list[str], source: str) -> dict[str, Any]:
        """The decision form as an editor would send it."""
        line = self.line
        days = ("ends_on", *CONDUCT_DAYS, "conduct_from", "conduct_to")
        plain = ("measure", *days, "facts", "why", "spoke_for", "weighed", "no_exhibit")
        return {
            **{name: line.text(name) for name in plain}, "clause_version_id": str(self.clause.id),
            "interim": line.says("interim"), "automated_detection": line.says("automated_detection"),
            "automated_decision": False, "scope": line.listed("scope"), "objects": list(self.objects),
            "exhibits": exhibits, "would_change": line.listed("would_change"), "source": source,
        }


def proposed(work: Work, line: Line) -> Proposed:
    """What a line names, looked up. Errors: `RuleBroken` with the column, for the first thing that is not on file here."""
    account = work.db.scalars(_ACCOUNT, {"named": line.text("account")}).one_or_none()
    if account is None:
        raise RuleBroken("unknown_account", N_("There is no account of this number or reference."), field="account")
    clause, contracts, objects = _clause(work, account, line), dict[UUID, Contract](), list[str]()
    for named in line.listed("objects"):
        kind, _, ref = named.partition(":")
        found = _contract(work, account, ref.strip()) if kind == "contract" else None
        contracts.update({found.id: found} if found else {})
        objects.append(f"contract:{found.ref}" if found else named)
    if sum(one.startswith("listing:") for one in objects) > 1:
        message = N_("Name one listing at the most: a decision has room for one. Say in the facts what else it was.")
        raise RuleBroken("listings", message, field="objects")
    made = Proposed(line, account, clause, tuple(contracts.values()), tuple(objects))
    if made.terms and not contracts:
        message = N_("The word “contract” puts the terms of the named contracts on record. This line names no contract.")
        raise RuleBroken("no_contract", message, field="exhibits")
    return made


def _contract(work: Work, account: Account, named: str) -> Contract:
    found = work.db.scalars(_CONTRACT, {"account_id": account.id, "named": named}).one_or_none()
    if found is None:
        raise RuleBroken("unknown_contract", N_("This account has no contract of this number or reference."), field="objects")
    return found


def _clause(work: Work, account: Account, line: Line) -> CitedClause:
    """The rule by its number or id, in the version that bound the account on the first day, else in the one then in force."""
    first, slug = _first_day(line), line.text("policy") or TERMS
    version_id = binding_on(work.db, account, slug, first)
    if version_id is None:
        version = in_force(work.db, slug, first)
        version_id = version.id if version is not None else None
    if version_id is None:
        message = N_("No policy of this name was in force on the first day of what happened.")
        raise RuleBroken("unknown_policy", message, field="policy")
    known: dict[UUID, list[CitedClause]] = work.cache.setdefault("rules of versions", {})
    if version_id not in known:
        known[version_id] = clauses_of(work.db, version_id)
    named = line.text("clause")
    found = next((one for one in known[version_id] if named in (one.key, one.number)), None)
    if found is None:
        message = N_("The rules that bound this account on the first day have no rule of this number or id.")
        raise RuleBroken("no_clause", message, field="clause")
    return found


def _first_day(line: Line) -> date:
    try:
        return date.fromisoformat(line.text("conduct_from"))
    except ValueError:
        message = N_("Give this day as year, month and day, for example 2026-03-14.")
        raise RuleBroken("not_a_day", message, field="conduct_from") from None
