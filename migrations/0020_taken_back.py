"""An action is taken back before it takes effect or not at all, and what was taken back stays so."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TOO_LATE = """(NEW.status = 'withdrawn' AND (NEW.withdrawn_at IS NULL OR NEW.measure <> 'termination'
OR NEW.withdrawn_at >= NEW.effective_at)) OR (NEW.status <> 'withdrawn' AND NEW.withdrawn_at IS NOT NULL)
OR (OLD.status = 'withdrawn' AND (NEW.status <> 'withdrawn' OR NEW.withdrawn_at <> OLD.withdrawn_at))"""

SQLITE = (
    f"""CREATE TRIGGER action_withdrawn_before_effect BEFORE UPDATE OF status, withdrawn_at ON action WHEN {TOO_LATE}
BEGIN SELECT RAISE(ABORT, 'an action is taken back before it takes effect'); END""",
)

POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION portal_withdrawn_before_effect() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {TOO_LATE} THEN RAISE EXCEPTION 'an action is taken back before it takes effect'; END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER action_withdrawn_before_effect BEFORE UPDATE OF status, withdrawn_at ON action
FOR EACH ROW EXECUTE FUNCTION portal_withdrawn_before_effect()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    op.execute("DROP TRIGGER action_withdrawn_before_effect" + ("" if on_sqlite else " ON action"))
    if not on_sqlite:
        op.execute("DROP FUNCTION portal_withdrawn_before_effect()")
