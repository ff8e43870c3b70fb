"""Work items say themselves that they are reports of trusted flaggers, so that this filter of the queue has an index of its own."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

UP = (
    "ALTER TABLE work_item ADD COLUMN flagged BOOLEAN DEFAULT false NOT NULL",
    "UPDATE work_item SET flagged = true WHERE kind = 'report' AND EXISTS "
    "(SELECT 1 FROM report r WHERE r.ref = work_item.subject_ref AND r.source = 'trusted_flagger')",
    "CREATE INDEX ix_work_item_flagged_due ON work_item (due_at, id) WHERE closed_at IS NULL AND flagged",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in ("DROP INDEX ix_work_item_flagged_due", "ALTER TABLE work_item DROP COLUMN flagged"):
        op.execute(statement)
