"""One book for each milestone of what was paid in and a bank calls back."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE UNIQUE INDEX uq_book_called ON book (milestone_id) WHERE kind = 'called'")


def downgrade() -> None:
    op.execute("DROP INDEX uq_book_called")
