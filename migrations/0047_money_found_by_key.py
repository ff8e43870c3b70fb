"""What goes back for a milestone is found by its milestone."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX ix_refund_milestone_id ON refund (milestone_id)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_refund_milestone_id")
