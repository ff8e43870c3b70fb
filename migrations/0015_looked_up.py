"""Claims are looked up by their contract, disputes by their milestone: for the page about somebody one works with."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_claim_contract_id", "claim", ["contract_id"])
    op.create_index("ix_dispute_milestone_id", "dispute", ["milestone_id"])


def downgrade() -> None:
    op.drop_index("ix_dispute_milestone_id", "dispute")
    op.drop_index("ix_claim_contract_id", "claim")
