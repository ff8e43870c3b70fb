"""A refund because nobody answered is a decision that nobody made: number 0, of a dispute, resting on our promise.

SQLite knows no statement that takes NOT NULL away or changes a constraint. The table is watched by triggers, so its text is
changed in place, as SQLite's own documentation describes for such changes, and read again.
"""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

TABLE = "dispute_decision"
ONCE, ALSO = "CHECK (n IN (1, 2))", "CHECK (n IN (0, 1, 2))"
NAME = "CONSTRAINT ck_dispute_decision_silence_decides"
RULE = "(n = 0) = (decided_by IS NULL) AND (n > 0 OR outcome = 'refund' AND clause_version_id IS NOT NULL)"
NEW = f"{NAME} CHECK ({RULE})"


def reworded(*changes: str) -> tuple[str, ...]:
    """SQLite: the text of the table as these expressions over `sql` make it, one after the other."""
    return (
        "PRAGMA writable_schema=ON",
        *(f"UPDATE sqlite_master SET sql = {change} WHERE type = 'table' AND name = '{TABLE}'" for change in changes),
        "PRAGMA writable_schema=RESET",
    )


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def on_postgresql(check: str, null: str) -> tuple[str, ...]:
    return (
        f"ALTER TABLE {TABLE} ALTER COLUMN decided_by {null} NOT NULL",
        f"ALTER TABLE {TABLE} DROP CONSTRAINT ck_dispute_decision_one_review",
        f"ALTER TABLE {TABLE} ADD CONSTRAINT ck_dispute_decision_one_review {check}",
    )


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        statements = reworded(
            "replace(sql, 'decided_by CHAR(32) NOT NULL', 'decided_by CHAR(32)')", f"replace(sql, '{ONCE}', '{ALSO}')",
            f"substr(rtrim(sql), 1, length(rtrim(sql)) - 1) || {quoted(f', {NEW})')}",
        )
    else:
        statements = (*on_postgresql(ALSO, "DROP"), f"ALTER TABLE {TABLE} ADD {NEW}")
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    """The version before has no place for refunds for silence, and what was decided is not taken away: then it stops here."""
    if op.get_bind().exec_driver_sql(f"SELECT 1 FROM {TABLE} WHERE n = 0").first():
        raise RuntimeError("refunds for silence are on record: the version before cannot keep them, so nothing was changed")
    if op.get_context().dialect.name == "sqlite":
        statements = reworded(
            f"replace(sql, {quoted(f', {NEW}')}, '')", f"replace(sql, '{ALSO}', '{ONCE}')",
            "replace(sql, 'decided_by CHAR(32)', 'decided_by CHAR(32) NOT NULL')",
        )
    else:
        statements = (f"ALTER TABLE {TABLE} DROP {NAME}", *on_postgresql(ONCE, "SET"))
    for statement in statements:
        op.execute(statement)
