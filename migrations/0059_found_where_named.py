"""What refers to another row of its kind is found among those that do.

Most rows refer to none. SQLite counts these as one value, and would rather read the whole table than look there.
"""

from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

NAMED = (
    ("action", "supersedes_id"), ("appeal_file", "exhibit_id"), ("entry", "reverses_id"), ("hold", "successor_of_id"),
    ("message", "answers_id"), ("pause_request", "contests_id"), ("reinstatement_file", "exhibit_id"),
    ("sorted_report", "report_id"),
    ("statement", "supersedes_id"),
)


def upgrade() -> None:
    for table, column in NAMED:
        op.execute(f"CREATE INDEX fx_{table}_{column} ON {table} ({column}) WHERE {column} IS NOT NULL")


def downgrade() -> None:
    for table, column in NAMED:
        op.execute(f"DROP INDEX fx_{table}_{column}")
