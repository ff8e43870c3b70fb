"""A newer promise that is better for the person counts for a time that already runs: which it is, and what was compared."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

TABLE = """CREATE TABLE newer_promise (
    clock_id {key} NOT NULL,
    promise_id {key} NOT NULL,
    due_before {instant} NOT NULL,
    due_at {instant} NOT NULL,
    id {key} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_newer_promise PRIMARY KEY (id),
    CONSTRAINT uq_newer_promise_clock_id_promise_id UNIQUE (clock_id, promise_id),
    CONSTRAINT fk_newer_promise_clock_id FOREIGN KEY(clock_id) REFERENCES clock (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_newer_promise_promise_id FOREIGN KEY(promise_id) REFERENCES clause_version (id) DEFERRABLE INITIALLY DEFERRED
)"""
SQLITE = (
    TABLE.format(key="CHAR(32)", instant="VARCHAR(27)"),
    """CREATE TRIGGER newer_promise_keeps_rows BEFORE DELETE ON "newer_promise" BEGIN SELECT RAISE(ABORT, 'rows of newer_promise are kept as they are'); END""",
    """CREATE TRIGGER newer_promise_keeps_values BEFORE UPDATE ON "newer_promise" BEGIN SELECT RAISE(ABORT, 'rows of newer_promise are kept as they are'); END""",
)
POSTGRESQL = (
    TABLE.format(key="UUID", instant="TIMESTAMP WITH TIME ZONE"),
    """CREATE TRIGGER newer_promise_keeps_rows BEFORE DELETE ON "newer_promise" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER newer_promise_keeps_values BEFORE UPDATE ON "newer_promise" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER newer_promise_keeps_table BEFORE TRUNCATE ON "newer_promise" EXECUTE FUNCTION portal_refuse()""",
)
COMPARED = (
    "ALTER TABLE clock ADD COLUMN compared_on DATE",
    "UPDATE clock SET compared_on = (SELECT p.effective_on FROM clause_version v "
    "JOIN policy_version p ON p.id = v.version_id WHERE v.id = clock.promise_id)",
    "CREATE INDEX ix_clock_compared_on ON clock (compared_on, id) WHERE ended_at IS NULL",
)


def upgrade() -> None:
    for statement in (*(SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL), *COMPARED):
        op.execute(statement)


def downgrade() -> None:
    for statement in ("DROP INDEX ix_clock_compared_on", "ALTER TABLE clock DROP COLUMN compared_on", "DROP TABLE newer_promise"):
        op.execute(statement)
