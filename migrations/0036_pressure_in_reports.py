"""That whoever reports somebody without a contract was pressured or threatened because of a report or a dispute."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

KEPT = ("ref", "source", "reporter_account_id", "language", "received_at", "due_at", "sha256", "pressed", "id", "created_at")


def guard(same: str, *columns: str) -> str:
    """The one change that the row allows: its words are erased, and everything else stays."""
    parts = ["OLD.erased_at IS NULL", "NEW.erased_at IS NOT NULL", "NEW.named IS NULL", "NEW.body IS NULL"]
    return " AND ".join([*parts, *(f"NEW.{name} {same} OLD.{name}" for name in columns)])


def trigger(*columns: str) -> str:
    start = 'CREATE TRIGGER incoming_report_keeps_values BEFORE UPDATE ON "incoming_report"'
    if op.get_context().dialect.name == "sqlite":
        refused = "BEGIN SELECT RAISE(ABORT, 'rows of incoming_report are kept as they are'); END"
        return f"{start} WHEN (NOT ({guard('IS', *columns)})) {refused}"
    allowed = guard("IS NOT DISTINCT FROM", *columns)
    return f"{start} FOR EACH ROW WHEN (NOT ({allowed})) EXECUTE FUNCTION portal_refuse()"


def without_trigger() -> str:
    end = "" if op.get_context().dialect.name == "sqlite" else " ON incoming_report"
    return f"DROP TRIGGER incoming_report_keeps_values{end}"


def upgrade() -> None:
    for statement in (without_trigger(), "ALTER TABLE incoming_report ADD COLUMN pressed BOOLEAN", trigger(*KEPT)):
        op.execute(statement)


def downgrade() -> None:
    before = trigger(*(name for name in KEPT if name != "pressed"))
    for statement in (without_trigger(), "ALTER TABLE incoming_report DROP COLUMN pressed", before):
        op.execute(statement)
