"""A refund that was not sent is stopped for as much as a bank calls the same money back, and a report can name a part of one.

SQLite knows no statement that changes a constraint: the text of the table is changed in place, as its documentation describes.
"""

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

THREE = "state IN ('due', 'sent', 'failed')"
FOUR = "state IN ('due', 'sent', 'failed', 'stopped')"
TABLE = """CREATE TABLE refund_stop (
    refund_id {key} NOT NULL,
    called_by_ref {ref} NOT NULL,
    amount_minor BIGINT NOT NULL,
    ended_at {instant},
    end_kind VARCHAR(16),
    id {key} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_refund_stop PRIMARY KEY (id),
    CONSTRAINT ck_refund_stop_end_kind_known CHECK (end_kind IN ('freed', 'lost')),
    CONSTRAINT ck_refund_stop_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT ck_refund_stop_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CONSTRAINT uq_refund_stop_refund_id_called_by_ref UNIQUE (refund_id, called_by_ref),
    CONSTRAINT fk_refund_stop_refund_id FOREIGN KEY(refund_id) REFERENCES refund (id) DEFERRABLE INITIALLY DEFERRED
)"""
INDEXES = (
    "CREATE INDEX ix_refund_stop_called_by_ref ON refund_stop (called_by_ref)",
    "CREATE INDEX ix_refund_account_id ON refund (account_id)",
)
TYPES = {
    "sqlite": {"ref": "VARCHAR(24)", "key": "CHAR(32)", "instant": "VARCHAR(27)"},
    "postgresql": {"ref": 'VARCHAR(24) COLLATE "C"', "key": "UUID", "instant": "TIMESTAMP WITH TIME ZONE"},
}


def known(before: str, after: str) -> tuple[str, ...]:
    """Where a refund can stand, in another wording."""
    if op.get_context().dialect.name != "sqlite":
        return (
            "ALTER TABLE refund DROP CONSTRAINT ck_refund_state_known",
            f"ALTER TABLE refund ADD CONSTRAINT ck_refund_state_known CHECK ({after})",
        )
    quoted = [text.replace("'", "''") for text in (before, after)]
    return (
        "PRAGMA writable_schema=ON",
        f"UPDATE sqlite_master SET sql = replace(sql, '{quoted[0]}', '{quoted[1]}') "
        "WHERE type = 'table' AND name = 'refund'",
        "PRAGMA writable_schema=RESET",
    )


def upgrade() -> None:
    table = TABLE.format(**TYPES[op.get_context().dialect.name])
    for statement in (*known(THREE, FOUR), "ALTER TABLE refund_report ADD COLUMN amount_minor BIGINT", table, *INDEXES):
        op.execute(statement)


def downgrade() -> None:
    """Refunds that a bank stopped are due again: the version before knows of no stop."""
    for statement in (
        "DROP INDEX ix_refund_account_id", "DROP TABLE refund_stop", "ALTER TABLE refund_report DROP COLUMN amount_minor",
        "UPDATE refund SET state = 'due' WHERE state = 'stopped'", *known(FOUR, THREE),
    ):
        op.execute(statement)
