"""The office of a filled database, and what somebody who owns that database can do in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import worker
from portal.act import Office
from portal.cases.models import Case
from portal.core.access import Role
from portal.notices.mailer import FileMailer
from portal.settings import Settings
from tests.factories.market import Market, Staff


class Known(Market):
    """A market whose staff are hired once: who closed an account long before works at the desk of the story too."""

    def staff(self, name: str, role: Role = Role.REVIEWER) -> Staff:
        hired: dict[str, Staff] = self.__dict__.setdefault("hired", {})
        if name not in hired:
            hired[name] = super().staff(name, role)
        return hired[name]


@dataclass(frozen=True)
class Filled:
    """The office of the filled database and the settings of its worker."""

    office: Office
    settings: Settings

    @property
    def folder(self) -> Path:
        """Where the signed notes of the log are copied."""
        return Path(self.settings.checkpoints_url)

    @contextmanager
    def unguarded(self, *without: str) -> Iterator[Session]:
        """What the owner of the database can do: no trigger, foreign key or check stops them. Rolled back at the end.

        `without`: "table.name" of constraints and unique indexes that are taken away too.
        """
        with self.office.database.writer.connect() as connection:
            if self.office.database.is_sqlite:
                _pragmas(connection, on=False)
            try:
                with Session(connection) as session:
                    _take_away(session, without)
                    yield session
                    session.rollback()
            finally:
                if self.office.database.is_sqlite:
                    _pragmas(connection, on=True)

    @contextmanager
    def guarded(self) -> Iterator[Session]:
        """Somebody who writes plain SQL, with every guard in place. Rolled back at the end."""
        with Session(self.office.database.writer) as session:
            yield session
            session.rollback()


def _pragmas(connection: sa.Connection, *, on: bool) -> None:
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
    raw.execute(f"PRAGMA ignore_check_constraints={'OFF' if on else 'ON'}")


def _take_away(session: Session, without: tuple[str, ...]) -> None:
    sqlite = session.get_bind().dialect.name == "sqlite"
    if sqlite:
        for name in session.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(sa.text(f"DROP TRIGGER {name}"))
    else:
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))
    for table, name in (one.split(".") for one in without):
        if name.startswith("uq_"):
            session.execute(sa.text(f"DROP INDEX {name}"))
        elif not sqlite:
            session.execute(sa.text(f'ALTER TABLE "{table}" DROP CONSTRAINT {name}'))


def take_checks_away(session: Session, table: str) -> None:
    """On PostgreSQL they are dropped for this transaction; SQLite ignores them on this connection."""
    if session.get_bind().dialect.name == "postgresql":
        checks = f"SELECT conname FROM pg_constraint WHERE conrelid = '\"{table}\"'::regclass AND contype = 'c'"
        for name in session.scalars(sa.text(checks.replace(":", "\\:"))).all():
            session.execute(sa.text(f'ALTER TABLE "{table}" DROP CONSTRAINT {name}'))


def work_round(made: Filled) -> None:
    worker.run_once(made.office, FileMailer(made.settings.instance / "mail"), made.settings)


def newest_case(made: Filled) -> str:
    with made.office.database.read() as session:
        return session.scalars(sa.select(Case.ref).order_by(Case.id.desc())).first() or ""
