"""All tables of all rooms in one place, for migrations, verification and structure tests."""

from typing import Any

import sqlalchemy as sa

from portal.accounts import models as accounts
from portal.appeals import evidence_models as evidence
from portal.appeals import mention_models as mentions
from portal.appeals import models as appeals
from portal.appeals import pause_models as pauses
from portal.appeals import reinstatement_models as reinstatements
from portal.cases import models as cases
from portal.cases import need_models as needs
from portal.cases import newer_models as newer
from portal.cases import report_models as reports
from portal.contracts import choice_models
from portal.contracts import models as contracts
from portal.core.database import Base
from portal.disputes import chargeback_models, hearing_models
from portal.disputes import models as disputes
from portal.documents import models as documents
from portal.enforcement import many_models as enforcement_many
from portal.enforcement import models as enforcement
from portal.enforcement import return_models as enforcement_return
from portal.ledger import adjustment_models as adjustments
from portal.ledger import extension_models as extensions
from portal.ledger import models as ledger
from portal.ledger import refund_models as refunds
from portal.log import models as log
from portal.notices import models as notices
from portal.notices import outgoing_models as outgoing
from portal.rulebook import models as rulebook
from portal.verification import models as verification

ROOMS = (
    log, accounts, rulebook, cases, newer, reports, needs, notices, outgoing, contracts, choice_models, documents, ledger,
    adjustments,
    extensions, refunds, disputes, hearing_models, chargeback_models, enforcement, enforcement_many, enforcement_return,
    verification, appeals, mentions, pauses, reinstatements, evidence,
)
metadata = Base.metadata

FIRST = {"person", "account", "member", "staff_role", "policy", "policy_version", "clause", "clause_version"}
"""Whoever acts and the rules they name are on record before the act that names them."""


def _found(table: sa.Table, column: sa.Column[Any]) -> bool:
    """Whether rows are found by what they refer to there, all of them. Where most refer to nothing, SQLite counts these as one
    value and would rather read a whole table than look there: such a column needs an index of those that do."""
    lists = [table.primary_key.columns]
    uniques = [one.columns for one in table.constraints if isinstance(one, sa.UniqueConstraint)]
    lists += [columns for columns in uniques if len(columns) > 1 or not column.nullable]
    lists += [one.columns for one in table.indexes if one.dialect_kwargs.get("sqlite_where") is None
              or str(one.dialect_kwargs["sqlite_where"]) == f"{column.name} IS NOT NULL"]
    return any(next(iter(columns), None) is column for columns in lists)


def _find_by(table: sa.Table, column: sa.Column[Any]) -> None:
    """An index by a reference. An event is written after the rows that it vouches for, and until it is there SQLite looks, for
    each row that is added, through every table that could refer to it: a million notices for each notice, without these."""
    some = sa.text(f"{column.name} IS NOT NULL") if column.nullable else None
    sa.Index(f"fx_{table.name}_{column.name}", column, sqlite_where=some, postgresql_where=some)


for _table in metadata.tables.values():
    for _key in _table.foreign_key_constraints:
        _key.deferrable, _key.initially = True, "DEFERRED"
        if _key.referred_table.name not in FIRST and not _found(_table, _key.columns[0]):
            _find_by(_table, _key.columns[0])
