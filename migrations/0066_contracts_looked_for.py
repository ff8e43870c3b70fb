"""Contracts keep their title as it is looked for: in small letters, without accents; also those that were there before."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

CONTRACTS = sa.table("contract", sa.column("id"), sa.column("title", sa.Text), sa.column("search_text", sa.Text))
AT_ONCE = 1_000


def upgrade() -> None:
    op.execute("ALTER TABLE contract ADD COLUMN search_text TEXT DEFAULT '' NOT NULL")
    connection = op.get_bind()
    change = sa.update(CONTRACTS).where(CONTRACTS.c.id == sa.bindparam("key")).values(search_text=sa.bindparam("folded"))
    rows = connection.execute(sa.select(CONTRACTS.c.id, CONTRACTS.c.title)).all()
    for at in range(0, len(rows), AT_ONCE):
        connection.execute(change, [{"key": key, "folded": folded(title)} for key, title in rows[at:at + AT_ONCE]])


def downgrade() -> None:
    op.execute("ALTER TABLE contract DROP COLUMN search_text")


def folded(text: str) -> str:
    """As `portal.core.text.fold` does."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in bare if not unicodedata.combining(c))
