"""The database: engines, read-only and writing sessions, and the vocabulary of column types and row classes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from portal.core.ids import new_id
from portal.core.prepared import send
from portal.core.session import PlainSession
from portal.core.turns import Turns, lock_file

WRITE_WAIT_SECONDS = 5.0
PASSES = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08006", "08001", "53100", "53200", "53300", "58030"}
SAID = ("database is locked", "database table is locked", "disk is full", "disk I/O error")
COUNTED_FROM = 10_000_000
"""Bytes of the file from which on SQLite's tables are counted, and how many entries of each index are looked at for that."""
DatabaseFailed = OperationalError
"""What a driver raises when the database, or the way to it, failed; `passes` says whether it is worth coming again."""
Found = TypeVar("Found")
Sought = TypeVar("Sought")


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware instant in UTC; naive values are refused. Fixed-width text on SQLite so that order is time order."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return dialect.type_descriptor(sa.String(27) if dialect.name == "sqlite" else sa.DateTime(timezone=True))

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        return _sent_as_text if dialect.name == "sqlite" else _sent

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        return _read_from_text if dialect.name == "sqlite" else _read

    def process_literal_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        return _sent_as_text(value) if dialect.name == "sqlite" else _sent(value)


def _sent(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a naive instant: pass an aware one")
    return value.astimezone(UTC)


def _sent_as_text(value: datetime | None) -> str | None:
    instant = _sent(value)
    return None if instant is None else f"{instant.isoformat(timespec='microseconds')[:26]}Z"


def _read(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def _read_from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

KEYS: sa.BindParameter[UUID] = sa.bindparam("ids", type_=sa.Uuid(), expanding=True)
"""What a statement that is made once is given later: any number of keys, under the name `ids`."""

Key = Annotated[UUID, mapped_column(sa.Uuid, primary_key=True, default=new_id)]
Instant = Annotated[datetime, mapped_column(UtcDateTime)]
Text = Annotated[str, mapped_column(sa.Text)]
Ref = Annotated[str, mapped_column(sa.String(24).with_variant(sa.String(24, collation="C"), "postgresql"))]
SubjectRef = Annotated[str, mapped_column(sa.String(80).with_variant(sa.String(80, collation="C"), "postgresql"))]
"""Names a row of any table. Of the same collation as `Ref`: else PostgreSQL finds none of the two by the other's index."""
Word = Annotated[str, mapped_column(sa.String(64))]
Digest = Annotated[str, mapped_column(sa.String(64))]
Currency = Annotated[str, mapped_column(sa.String(3))]
Minor = Annotated[int, mapped_column(sa.BigInteger)]


@cache
def _named(model: type[Any]) -> frozenset[str]:
    return frozenset(sa.inspect(model).attrs.keys())


class Base(DeclarativeBase):
    """Every table. `__facets__` names the column groups whose values the log vouches for (see portal.log).

    `__row_class__`: "insert_only" (no UPDATE, no DELETE), "frozen" (only `__erasable__` -> NULL with erased_at), "mutable",
    "ending" (never deleted; its facet "row" is kept; its facet "ended" is written once; `__erasable__` -> NULL).
    `__digests__`: a column that keeps a SHA-256, and the column of the same row whose text it is of.
    """

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, UUID: sa.Uuid, str: sa.Text}
    __row_class__: ClassVar[str] = "mutable"
    __erasable__: ClassVar[tuple[str, ...]] = ()
    __facets__: ClassVar[dict[str, tuple[str, ...]]] = {}
    __digests__: ClassVar[dict[str, str]] = {}

    id: Mapped[Key]
    created_at: Mapped[Instant]

    def __init__(self, **given: Any) -> None:
        """A new row: nothing of it is known to the database, so there is no change to keep track of."""
        if unknown := given.keys() - _named(type(self)):
            raise TypeError(f"{type(self).__name__} has no {sorted(unknown)}")
        self.__dict__.update(given)


def once(session: Session, key: tuple[object, ...], read: Callable[[], Found]) -> Found:
    """What an act or a page takes as given, read when it is asked for first: who somebody is, and what is frozen.

    What is not there is asked for again: it may be written later in the same act.
    """
    known: dict[tuple[object, ...], Any] = session.info.setdefault("once", {})
    if known.get(key) is None:
        known[key] = read()
    found: Found = known[key]
    return found


def forget(session: Session, key: tuple[object, ...]) -> None:
    """What was taken as given has changed in this act: it is read again."""
    session.info.get("once", {}).pop(key, None)


def once_each(
    session: Session, kind: str, keys: Iterable[Sought], read: Callable[[list[Sought]], Mapping[Sought, Found]]
) -> dict[Sought, Found]:
    """As `once` for several keys: one question for those that were not asked for before."""
    known: dict[tuple[object, ...], Any] = session.info.setdefault("once", {})
    sought = list(dict.fromkeys(keys))
    missing = [key for key in sought if known.get((kind, key)) is None]
    if missing:
        known.update({(kind, key): found for key, found in read(missing).items()})
    return {key: known[kind, key] for key in sought if known.get((kind, key)) is not None}


def one_of(column: str, values: Any) -> sa.CheckConstraint:
    """A CHECK that a column holds one of a closed set of states."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class Database:
    """One database, two doors: `read()` gives a session that cannot write, `write()` one locked transaction.

    Its errors say which statement failed and never with which values: they reach the server's log, and may be what people wrote.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._turns = Turns()
        if self.is_sqlite:
            self._file = Path(self.url.database or "")
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self.reader = self._sqlite_engine("DEFERRED", read_only=True)
            self.writer = self._sqlite_engine("IMMEDIATE", read_only=False)
        else:
            self.writer = sa.create_engine(
                self.url, pool_size=pool_size, max_overflow=20, pool_pre_ping=True, hide_parameters=True)
            self.writer.dialect.statement_compiler = _OneEmptyList
            event.listen(self.writer, "connect", _prepare_postgresql)
            self.reader = self.writer.execution_options(postgresql_readonly=True)

    def _sqlite_engine(self, mode: str, *, read_only: bool) -> sa.Engine:
        engine = sa.create_engine(
            self.url, pool_size=20, max_overflow=40, connect_args={"check_same_thread": False}, hide_parameters=True)

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            connection.isolation_level = None
            _prepare_sqlite(connection, read_only=read_only)

        @event.listens_for(engine, "begin")
        def begin(connection: sa.Connection) -> None:
            send(connection, f"BEGIN {mode}", (), lambda _cursor: None)

        return engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; the database itself refuses writes in it."""
        with PlainSession(self.reader, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction with the write lock held; commits at the end, rolls back on any error."""
        with self._exclusive(), PlainSession(self.writer, expire_on_commit=False) as session, session.begin():
            yield session

    def count_for_planner(self) -> bool:
        """Lets SQLite know how much each table holds, so that it chooses the right index; whether it did. PostgreSQL counts by
        itself, and a file of a few megabytes is read as fast without. All of it is counted, 0.6 seconds for 100,000 cases: from
        a part of each index SQLite read the queue by a wrong one, nine times slower."""
        if not self.is_sqlite or self._file.stat().st_size < COUNTED_FROM:
            return False
        with self.write() as session:
            session.execute(sa.text("ANALYZE"))
        return True

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        deadline = time.monotonic() + WRITE_WAIT_SECONDS
        with self._turns.turn(deadline), open(f"{self._file}.lock", "a") as handle:
            lock_file(handle, deadline)
            yield

    def dispose(self) -> None:
        self.reader.dispose()
        self.writer.dispose()


class _OneEmptyList(PGCompiler_psycopg):
    """Writes a list that a statement asks for both ways, IN and NOT IN, alike in each place. SQLAlchemy has a text for each way
    when it is empty, and puts one of them, "or true", into all the places: then every row was in an empty list."""

    def visit_bindparam(self, bindparam: Any, *how: Any, **also: Any) -> Any:
        known = self.binds.get(bindparam.key)
        if known is not None and known.expand_op is not bindparam.expand_op:
            bindparam = bindparam._clone(maintain_key=True)
            bindparam.expand_op = None
        return super().visit_bindparam(bindparam, *how, **also)  # type: ignore[no-untyped-call]

    def visit_empty_set_expr(self, element_types: Any, **also: Any) -> Any:
        """Without the collation of a text, which a type that is cast to cannot have."""
        plain = [sa.Text() if isinstance(one, sa.String) else one for one in element_types]
        return super().visit_empty_set_expr(plain, **also)  # type: ignore[no-untyped-call]


def passes(error: DBAPIError) -> bool:
    """Whether the database was busy, unreachable or out of room; anything else is a mistake of ours and is shown as one."""
    state, said = getattr(error.orig, "sqlstate", None), str(error.orig)
    return state in PASSES or any(words in said for words in SAID) or "connection" in said.lower()


def _prepare_sqlite(connection: Any, *, read_only: bool) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON",
                   "busy_timeout=5000", "temp_store=MEMORY", "cache_size=-32000"):
        cursor.execute(f"PRAGMA {pragma}")
    if cursor.execute("PRAGMA synchronous").fetchone()[0] != 2:
        raise RuntimeError("SQLite must run with synchronous=FULL, or acknowledged acts can be lost")
    if read_only:
        cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """Short statements by the thousand: PostgreSQL took longer to compile some of them (JIT) than to run them."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        if cursor.fetchone()[0] not in {"on", "remote_apply", "remote_write"}:
            raise RuntimeError("PostgreSQL must run with synchronous_commit=on, or acknowledged acts can be lost")
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute("SET jit = off")
    connection.commit()
