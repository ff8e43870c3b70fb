"""What nobody can read is named: whoever writes nonsense into any column of any table, verify names table, row and column."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import verify
from portal.core.database import Base, UtcDateTime
from portal.readable import FORMS, every_byte, unreadable
from tests.structure.owner import Filled
from tests.structure.test_tampering import take_checks_away

ONE_BYTE = "substr({0}, 1, 14) || 'x' || substr({0}, 16)"
FOUND_BY_HAND = (
    "event.at", "restriction.ends_at", "action.ends_at", "appeal.answer_by", "clock.due_at", "verification_item.accepted_until",
)
STUMBLED_OVER = (
    "event.manifest", "clause_version.data", "event.payload", "notice.created_at", "delivery.delivered_at", "hold.expires_at",
    "hold.amount_minor", "book.balance_minor", "milestone.amount_minor", "citation.conduct_from", "policy_version.effective_on",
    "signature.person_id", "dispute.opened_at", "case_key.wrapped_key", "leaf.event_id", "leaf.seq", "leaf.leaf_hash",
    "notice.body", "appeal.state", "action.measure", "clock.kind", "checkpoint.note",
)


def nonsense(column: sa.Column[object], *, sqlite: bool) -> str:
    """What no reader of this column understands, as SQL; empty when its database refuses all of that itself."""
    if f"{column.table.name}.{column.name}" in FORMS:
        return "'{'"
    if not sqlite:
        return "'infinity'" if isinstance(column.type, UtcDateTime | sa.Date) else ""
    match column.type:
        case UtcDateTime():
            return ONE_BYTE.format(column.name)
        case sa.Date():
            return "'2026-02-30'"
        case sa.LargeBinary():
            return "'text'"
        case sa.String():
            return "x'ff00'"
    return "'x'"


def columns_of(session: Session) -> Iterator[tuple[sa.Column[object], str]]:
    """Every column of which a row holds a value, with the key of that row."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            key = session.scalar(sa.text(f'SELECT id FROM "{table.name}" WHERE "{column.name}" IS NOT NULL LIMIT 1'))
            if key is not None and column.name != "id":
                yield column, str(key)


def broken(session: Session, column: sa.Column[object], key: str) -> bool:
    """One value becomes nonsense; False when the database lets nobody do that."""
    value = nonsense(column, sqlite=session.get_bind().dialect.name == "sqlite")
    if value:
        take_checks_away(session, column.table.name)
        session.execute(sa.text(f'UPDATE "{column.table.name}" SET "{column.name}" = {value} WHERE id = :key'), {"key": key})
    return bool(value)


def named(lines: list[str], column: sa.Column[object], key: str) -> bool:
    start = f"{column.table.name} {key}"
    return any(line.partition(": ")[2].startswith(start) and f"its {column.name} cannot be read" in line for line in lines)


def test_whatever_can_be_broken_is_named(filled: Filled) -> None:
    """One value of each column that holds any, all at once."""
    with filled.unguarded() as session:
        hit = [(column, key) for column, key in [*columns_of(session)] if broken(session, column, key)]
        with every_byte(session):
            lines = [f"11: {line}" for line in unreadable(session)]
    assert len(hit) > (300 if filled.office.database.is_sqlite else 60)
    assert [f"{column}" for column, key in hit if not named(lines, column, key)] == []


def everything(filled: Filled, session: Session) -> list[str]:
    """What `flask verify` says of what this session sees; putting the log in order has a session of its own."""
    proofs = [(title, prove) for title, prove in verify.proofs(filled.office, filled.settings) if "order" not in repr(prove)]
    return [*chain.from_iterable(verify.carried_out(title, prove, session) for title, prove in proofs)]


@pytest.mark.parametrize("name", [*FOUND_BY_HAND, *STUMBLED_OVER])
def test_verify_goes_on_to_its_end(filled: Filled, name: str) -> None:
    table, column = name.split(".")
    with filled.unguarded() as session:
        broken_column = Base.metadata.tables[table].columns[column]
        key = session.scalar(sa.text(f'SELECT id FROM "{table}" WHERE "{column}" IS NOT NULL LIMIT 1'))
        if not broken(session, broken_column, str(key)):
            assert not filled.office.database.is_sqlite, "PostgreSQL refuses it; SQLite takes anything"
            return
        lines = everything(filled, session)
    assert named(lines, broken_column, str(key)), lines
