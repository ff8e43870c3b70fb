"""What was said to somebody, in a case, by somebody or about a decision is found by that, and no longer by reading all of it."""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_notice_case_ref": "notice (case_ref) WHERE case_ref IS NOT NULL",
    "ix_message_to_account_id": "message (to_account_id) WHERE to_account_id IS NOT NULL",
    "ix_report_reporter_account_id": "report (reporter_account_id)",
    "ix_appeal_action_id": "appeal (action_id)",
    "ix_draft_subject_ref": "draft (subject_ref, form)",
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON {columns}")


def downgrade() -> None:
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
