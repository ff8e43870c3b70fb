"""The session of the portal: rows of plain columns are read and written without what the ORM works out for each execution."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.orm import Session, SessionTransaction

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

    def flush(self, objects: Any = None) -> None:
        """Writes what waits. Once that failed there is nothing to go on with before the transaction, or the savepoint, is
        rolled back: errors are then `PendingRollbackError`."""
        if self._failed is not None and self._failed is self._innermost():
            raise PendingRollbackError("Writing failed before: this session has to be rolled back")
        if objects is not None or self.deleted:
            super().flush(objects)
        elif self.new or self.dirty:
            self.connection()
            self._failed = self._innermost()
            write(self, self.new, self.dirty)
            self._failed = None

    def _innermost(self) -> SessionTransaction | None:
        return self.get_nested_transaction() or self.get_transaction()

    def execute(self, statement: Any, params: Any = None, **how: Any) -> Any:
        plan = None if how else plan_of(statement)
        return super().execute(statement, params, **how) if plan is None else plan.found(self, params)

    def scalars(self, statement: Any, params: Any = None, **how: Any) -> Any:
        plan = None if how else plan_of(statement)
        return super().scalars(statement, params, **how) if plan is None else plan.found(self, params).scalars()

    def scalar(self, statement: Any, params: Any = None, **how: Any) -> Any:
        plan = None if how else plan_of(statement)
        return super().scalar(statement, params, **how) if plan is None else plan.found(self, params).scalar()

    def get(self, entity: Any, ident: Any, **how: Any) -> Any:
        if any(how.values()) or not isinstance(ident, UUID) or self.identity_map.get((entity, (ident,), None)) is not None:
            return super().get(entity, ident, **how)
        return self.scalars(_by_key(entity), {"key": ident}).one_or_none()
