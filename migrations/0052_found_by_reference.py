"""Every row is found by what it refers to, where that is written in the same act.

An event is written after the rows that it vouches for. Until it is there, SQLite looks for each row that is added through every
table that could refer to it: at a million notices this was most of what issuing an action took.
"""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

ALWAYS = (
    ("action_order", "order_id"), ("adjustment", "milestone_id"), ("batch_confirmation", "batch_id"),
    ("citation_reversal", "cause_event_id"), ("dispute", "contract_term_id"), ("entry", "cause_event_id"), ("lead", "action_id"),
    ("lead_match", "earlier_id"), ("lead_match", "fingerprint_id"), ("payout", "destination_id"), ("refund", "contract_id"),
    ("restriction_change", "cause_event_id"),
)
SOMETIMES = (
    ("appeal", "closing_id"), ("book", "contract_id"), ("book", "hold_id"), ("book", "milestone_id"), ("book", "payout_id"),
    ("claim", "contract_term_id"), ("clock", "case_id"), ("delivery", "outgoing_id"), ("dispute_decision", "contract_term_id"),
    ("dispute_proposal", "contract_term_id"), ("exhibit", "contract_id"), ("exhibit", "message_id"), ("hold", "order_id"),
    ("lead_answer", "action_id"), ("notice", "corrects_id"),
)


def upgrade() -> None:
    for table, column in ALWAYS:
        op.execute(f"CREATE INDEX fx_{table}_{column} ON {table} ({column})")
    for table, column in SOMETIMES:
        op.execute(f"CREATE INDEX fx_{table}_{column} ON {table} ({column}) WHERE {column} IS NOT NULL")


def downgrade() -> None:
    for table, column in ALWAYS + SOMETIMES:
        op.execute(f"DROP INDEX fx_{table}_{column}")
