"""What goes back, was contested, was chosen, waits or ran is found by what it belongs to, and no longer by reading all of it."""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_refund_milestone_id": "refund (milestone_id)",
    "ix_dispute_claim_id": "dispute (claim_id)",
    "ix_dispute_opened_by_account_id": "dispute (opened_by_account_id, opened_at)",
    "ix_chargeback_claim_id": "chargeback (claim_id)",
    "ix_contract_choice_contract_id": "contract_choice (contract_id)",
    "ix_work_item_subject_ref": "work_item (subject_ref, kind)",
    "ix_clock_subject_ref": "clock (subject_ref, kind)",
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON {columns}")


def downgrade() -> None:
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
