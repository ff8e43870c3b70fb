"""What the marketplace reports of refunds, by its own reference of each sending: sent again, or out of order, it counts once."""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

TABLE = """CREATE TABLE refund_report (
    refund_id {key} NOT NULL,
    reference VARCHAR(200) NOT NULL,
    state VARCHAR(16) NOT NULL,
    id {key} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_refund_report PRIMARY KEY (id),
    CONSTRAINT ck_refund_report_state_known CHECK (state IN ('sent', 'failed')),
    CONSTRAINT uq_refund_report_refund_id_reference_state UNIQUE (refund_id, reference, state),
    CONSTRAINT fk_refund_report_refund_id FOREIGN KEY(refund_id) REFERENCES refund (id) DEFERRABLE INITIALLY DEFERRED
)"""
INDEX = "CREATE INDEX ix_refund_report_reference ON refund_report (reference)"
SQLITE = (
    TABLE.format(key="CHAR(32)", instant="VARCHAR(27)"), INDEX,
    """CREATE TRIGGER refund_report_keeps_rows BEFORE DELETE ON "refund_report" BEGIN SELECT RAISE(ABORT, 'rows of refund_report are kept as they are'); END""",
    """CREATE TRIGGER refund_report_keeps_values BEFORE UPDATE ON "refund_report" BEGIN SELECT RAISE(ABORT, 'rows of refund_report are kept as they are'); END""",
)
POSTGRESQL = (
    TABLE.format(key="UUID", instant="TIMESTAMP WITH TIME ZONE"), INDEX,
    """CREATE TRIGGER refund_report_keeps_rows BEFORE DELETE ON "refund_report" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER refund_report_keeps_values BEFORE UPDATE ON "refund_report" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER refund_report_keeps_table BEFORE TRUNCATE ON "refund_report" EXECUTE FUNCTION portal_refuse()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE refund_report")
