"""A restriction that begins on a later day can be taken back before it, as the end of an account can."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

TOO_LATE = """(NEW.status = 'withdrawn' AND (NEW.withdrawn_at IS NULL OR NEW.measure {measures}
OR NEW.withdrawn_at >= NEW.effective_at)) OR (NEW.status <> 'withdrawn' AND NEW.withdrawn_at IS NOT NULL)
OR (OLD.status = 'withdrawn' AND (NEW.status <> 'withdrawn' OR NEW.withdrawn_at <> OLD.withdrawn_at))"""
ONE, BOTH = "<> 'termination'", "NOT IN ('termination', 'restriction')"


def upgrade() -> None:
    _replace(TOO_LATE.format(measures=BOTH))


def downgrade() -> None:
    _replace(TOO_LATE.format(measures=ONE))


def _replace(too_late: str) -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER action_withdrawn_before_effect")
        op.execute(f"""CREATE TRIGGER action_withdrawn_before_effect BEFORE UPDATE OF status, withdrawn_at ON action WHEN {too_late}
BEGIN SELECT RAISE(ABORT, 'an action is taken back before it takes effect'); END""")
        return
    op.execute(f"""CREATE OR REPLACE FUNCTION portal_withdrawn_before_effect() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {too_late} THEN RAISE EXCEPTION 'an action is taken back before it takes effect'; END IF; RETURN NEW; END $$""")
