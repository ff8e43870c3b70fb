"""Since when somebody has a work item, and what keeps an overturned action overturned."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STILL_THERE = """EXISTS (SELECT 1 FROM action a WHERE a.id = NEW.action_id AND a.reversed_at IS NULL)
OR EXISTS (SELECT 1 FROM action a JOIN event e ON e.subject_ref = a.ref JOIN hold h ON h.cause_event_id = e.id
WHERE a.id = NEW.action_id AND e.kind = 'action.issued' AND h.ended_at IS NULL)
OR EXISTS (SELECT 1 FROM action a JOIN restriction r ON r.action_id = a.id
WHERE a.id = NEW.action_id AND coalesce(r.ends_at, r.review_at) > a.reversed_at AND NOT EXISTS (
SELECT 1 FROM restriction_change c WHERE c.restriction_id = r.id AND c.kind IN ('reversed', 'lifted')
AND c.at <= a.reversed_at))"""
OTHERWISE = "OLD.reversed_at IS NOT NULL AND (NEW.reversed_at IS NULL OR NEW.reversed_at <> OLD.reversed_at)"

SQLITE = (
    "ALTER TABLE work_item ADD COLUMN assigned_at VARCHAR(27)",
    f"""CREATE TRIGGER action_stays_reversed BEFORE UPDATE OF reversed_at ON action WHEN {OTHERWISE}
BEGIN SELECT RAISE(ABORT, 'what was overturned stays so'); END""",
    f"""CREATE TRIGGER appeal_overturned_undone BEFORE UPDATE OF outcome ON appeal WHEN NEW.outcome = 'reversed' AND (
{STILL_THERE})
BEGIN SELECT RAISE(ABORT, 'overturned means undone'); END""",
)

POSTGRESQL = (
    "ALTER TABLE work_item ADD COLUMN assigned_at TIMESTAMP WITH TIME ZONE",
    f"""CREATE OR REPLACE FUNCTION portal_stays_reversed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {OTHERWISE} THEN RAISE EXCEPTION 'what was overturned stays so'; END IF; RETURN NEW; END $$""",
    f"""CREATE OR REPLACE FUNCTION portal_overturned_undone() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF NEW.outcome = 'reversed' AND (
{STILL_THERE}) THEN RAISE EXCEPTION 'overturned means undone'; END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER action_stays_reversed BEFORE UPDATE OF reversed_at ON action
FOR EACH ROW EXECUTE FUNCTION portal_stays_reversed()""",
    """CREATE TRIGGER appeal_overturned_undone BEFORE UPDATE OF outcome ON appeal
FOR EACH ROW EXECUTE FUNCTION portal_overturned_undone()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    for name, table in (("appeal_overturned_undone", "appeal"), ("action_stays_reversed", "action")):
        op.execute(f"DROP TRIGGER {name}" + ("" if on_sqlite else f" ON {table}"))
    if not on_sqlite:
        op.execute("DROP FUNCTION portal_overturned_undone()")
        op.execute("DROP FUNCTION portal_stays_reversed()")
    op.execute("ALTER TABLE work_item DROP COLUMN assigned_at")
