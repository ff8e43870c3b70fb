"""Payouts that are overdue are found without reading all the others."""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

LATE = sa.text("state = 'overdue'")


def upgrade() -> None:
    op.create_index("ix_payout_overdue", "payout", ["account_id"], sqlite_where=LATE, postgresql_where=LATE)


def downgrade() -> None:
    op.drop_index("ix_payout_overdue", "payout")
