"""The session of the portal: rows of plain columns are read and written without what the ORM works out for each execution."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.orm.attributes import instance_state

from portal.core.reading import plan_of
from portal.core.writing import write


@cache
def _by_key(model: type[Any]) -> sa.Select[Any]:
    """The statement for one object by its key."""
    return sa.select(model).where(model.id == sa.bindparam("key"))


class PlainSession(Session):
    """A session that plans each SELECT that it meets again once for all, and writes new and changed rows as they are.

    Everything else goes the ORM's own way: what is asked once, what is deleted, what has options.
    """

    _failed: SessionTransaction | None = None
    """The transaction, or the savepoint, in which writing failed."""
    _known: tuple[SessionTransaction | None, sa.Connection | None] = (None, None)
    """A transaction, or a savepoint, and its connection."""

    def flush(self, objects: Any = None) -> None:
        """Writes what waits. Once that failed there is nothing to go on with before the transaction, or the savepoint, is
        rolled back: errors are then `PendingRollbackError`."""
        if self._failed is not None and self._failed is self._innermost():
            raise PendingRollbackError("Writing failed before: this session has to be rolled back")
        if objects is not None or self.deleted:
            super().flush(objects)
        elif not self._is_clean():
            self.connection()
            self._failed = self._innermost()
            write(self, self.new, self.dirty)
            self._failed = None

    def connection(self, *how: Any, **also: Any) -> sa.Connection:
        """The connection of the transaction, or of the savepoint; asked for once in each."""
        known, found = self._known
        if found is None or known is not self._transaction or how or also:
            found = super().connection(*how, **also)
            self._known = self._transaction, found
        return found

    def _save_or_update_state(self, state: Any) -> None:
        """Models have no relationships that something else would have to follow along."""
        state._orphaned_outside_of_session = False
        self._save_or_update_impl(state)

    def _innermost(self) -> SessionTransaction | None:
        return self.get_nested_transaction() or self.get_transaction()

    def execute(self, statement: Any, params: Any = None, **how: Any) -> Any:
        plan = None if how else plan_of(statement)
        return super().execute(statement, params, **how) if plan is None else plan.found(self, params)

    def scalars(self, statement: Any, params: Any = None, **how: Any) -> Any:
        plan = None if how else plan_of(statement)
        return super().scalars(statement, params, **how) if plan is None else plan.scalars(self, params)

    def scalar(self, statement: Any, params: Any = None, **how: Any) -> Any:
        plan = None if how else plan_of(statement)
        return super().scalar(statement, params, **how) if plan is None else plan.scalars(self, params).first()

    def get(self, entity: Any, ident: Any, **how: Any) -> Any:
        if any(how.values()) or not isinstance(ident, UUID):
            return super().get(entity, ident, **how)
        known = self.identity_map.get((entity, (ident,), None))
        if known is None:
            return self.scalars(_by_key(entity), {"key": ident}).one_or_none()
        return super().get(entity, ident) if instance_state(known).expired else known
