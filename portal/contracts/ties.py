"""Whom a contract ties to an account: staff with such an account leave its cases to others. Rooms above ask here."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_
from sqlalchemy.orm import InstrumentedAttribute

from portal.cases.hands import is_conflicted, ties
from portal.contracts.models import Contract

__all__ = ["by_contract", "is_conflicted"]


@ties
def by_contract(account_id: InstrumentedAttribute[UUID], others: Select[UUID]) -> ColumnElement[bool]:
    """That an account has or had a contract with one of the others, on either side. Source: DESIGN 1."""
    return exists().where(or_(
        and_(Contract.client_id == account_id, Contract.freelancer_id.in_(others)),
        and_(Contract.freelancer_id == account_id, Contract.client_id.in_(others)),
    ))
