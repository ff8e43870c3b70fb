"""What names a row is in the same order as the name itself.

PostgreSQL compared names in the database's own order and in plain bytes, and found neither by the index of the other: overturning a
decision read all events. SQLite knows one order only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

NAMES = (
    ("event", "case_ref", 24), ("event", "subject_ref", 80), ("case_key", "case_ref", 24), ("fingerprint", "source_ref", 24),
    ("work_item", "subject_ref", 24), ("clock", "subject_ref", 80), ("draft", "subject_ref", 80), ("notice", "case_ref", 24),
    ("notice", "about_ref", 24), ("session", "case_ref", 24), ("sign_in_link", "case_ref", 24), ("document", "subject_ref", 80),
)


TRIGGERS = """SELECT quote_ident(relname), quote_ident(tgname), pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace AND relname = ANY(:tables) ORDER BY relname, tgname"""


def _order(collation: str) -> None:
    """Also what a trigger looks at: all of them are taken off those tables and put back as they were."""
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return
    guards = bind.execute(sa.text(TRIGGERS), {"tables": sorted({table for table, _column, _length in NAMES})}).all()
    for table, name, _text in guards:
        op.execute(f"DROP TRIGGER {name} ON {table}")
    for table, column, length in NAMES:
        op.execute(f'ALTER TABLE "{table}" ALTER COLUMN {column} TYPE varchar({length}) COLLATE "{collation}"')
    for _table, _name, text in guards:
        op.execute(sa.text(text))


def upgrade() -> None:
    _order("C")


def downgrade() -> None:
    _order("default")
