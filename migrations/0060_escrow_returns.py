"""What the marketplace reports as given back of a payment has a row of its own, also where nothing was there to give back; what
it was last asked to send of a refund is on record; and a bank can stop one refund more than once, as its sendings come back.

SQLite drops no constraint: the table of the stops is made anew. Nothing refers to it.
"""

from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

RETURNS = """CREATE TABLE escrow_return (
    source_key VARCHAR(200) NOT NULL,
    milestone_id {key} NOT NULL,
    asked_minor BIGINT,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    returned_at {instant} NOT NULL,
    id {key} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_escrow_return PRIMARY KEY (id),
    CONSTRAINT ck_escrow_return_amount_not_negative CHECK (amount_minor >= 0),
    CONSTRAINT ck_escrow_return_what_was_asked CHECK (asked_minor IS NULL OR asked_minor > 0 AND asked_minor = amount_minor),
    CONSTRAINT uq_escrow_return_source_key UNIQUE (source_key),
    CONSTRAINT fk_escrow_return_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) DEFERRABLE INITIALLY DEFERRED
)"""
STOPS = """CREATE TABLE refund_stop (
    refund_id CHAR(32) NOT NULL,
    called_by_ref VARCHAR(24) NOT NULL,
    amount_minor BIGINT NOT NULL,
    ended_at VARCHAR(27),
    end_kind VARCHAR(16),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_refund_stop PRIMARY KEY (id),
    CONSTRAINT ck_refund_stop_end_kind_known CHECK (end_kind IN ('freed', 'lost')),
    CONSTRAINT ck_refund_stop_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT ck_refund_stop_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),{once}
    CONSTRAINT fk_refund_stop_refund_id FOREIGN KEY(refund_id) REFERENCES refund (id) DEFERRABLE INITIALLY DEFERRED
)"""
ONCE = "CONSTRAINT uq_refund_stop_refund_id_called_by_ref UNIQUE (refund_id, called_by_ref)"
COLUMNS = "refund_id, called_by_ref, amount_minor, ended_at, end_kind, id, created_at"
BY_REFUND = "CREATE INDEX ix_refund_stop_refund_id ON refund_stop (refund_id)"
BY_CHARGEBACK = "CREATE INDEX ix_refund_stop_called_by_ref ON refund_stop (called_by_ref)"
TWICE = "SELECT 1 FROM refund_stop GROUP BY refund_id, called_by_ref HAVING count(*) > 1"
"""What the version before cannot keep: a second stop of one refund by one chargeback."""
GUARDS = {
    "sqlite": (
        """CREATE TRIGGER escrow_return_keeps_rows BEFORE DELETE ON "escrow_return" BEGIN SELECT RAISE(ABORT, 'rows of escrow_return are kept as they are'); END""",
        """CREATE TRIGGER escrow_return_keeps_values BEFORE UPDATE ON "escrow_return" BEGIN SELECT RAISE(ABORT, 'rows of escrow_return are kept as they are'); END""",
    ),
    "postgresql": (
        """CREATE TRIGGER escrow_return_keeps_rows BEFORE DELETE ON "escrow_return" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
        """CREATE TRIGGER escrow_return_keeps_values BEFORE UPDATE ON "escrow_return" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
        """CREATE TRIGGER escrow_return_keeps_table BEFORE TRUNCATE ON "escrow_return" EXECUTE FUNCTION portal_refuse()""",
    ),
}
TYPES = {
    "sqlite": {"key": "CHAR(32)", "instant": "VARCHAR(27)"},
    "postgresql": {"key": "UUID", "instant": "TIMESTAMP WITH TIME ZONE"},
}


def anew(once: str) -> tuple[str, ...]:
    """SQLite's table of the stops with or without that constraint, and its index by chargeback, which went with the table."""
    return (
        "ALTER TABLE refund_stop RENAME TO refund_stop_before", STOPS.format(once=once),
        f"INSERT INTO refund_stop ({COLUMNS}) SELECT {COLUMNS} FROM refund_stop_before",  # noqa: S608
        "DROP TABLE refund_stop_before", BY_CHARGEBACK,
    )


def upgrade() -> None:
    engine = op.get_context().dialect.name
    often = anew("") if engine == "sqlite" else ("ALTER TABLE refund_stop DROP CONSTRAINT uq_refund_stop_refund_id_called_by_ref",)
    for statement in (
        RETURNS.format(**TYPES[engine]), "CREATE INDEX ix_escrow_return_milestone_id ON escrow_return (milestone_id)",
        *GUARDS[engine], "ALTER TABLE refund ADD COLUMN asked_minor BIGINT", *often, BY_REFUND,
    ):
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().exec_driver_sql(TWICE).first():
        raise RuntimeError("a refund was stopped twice for one bank: the version before cannot keep that, so nothing was changed")
    once = anew(f"\n    {ONCE},") if op.get_context().dialect.name == "sqlite" else (f"ALTER TABLE refund_stop ADD {ONCE}",)
    for statement in (
        "DROP INDEX ix_refund_stop_refund_id", *once, "ALTER TABLE refund DROP COLUMN asked_minor", "DROP TABLE escrow_return",
    ):
        op.execute(statement)
