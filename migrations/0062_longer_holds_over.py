"""A longer hold that waits for a second person can be over because the hold that it was about has ended.

SQLite knows no statement that changes a constraint: the text of the table is changed in place, as its documentation describes.
"""

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

THREE = "end_kind IN ('signed', 'returned', 'lapsed')"
FOUR = "end_kind IN ('signed', 'returned', 'lapsed', 'over')"


def known(before: str, after: str) -> tuple[str, ...]:
    """How a longer hold can end, in another wording."""
    if op.get_context().dialect.name != "sqlite":
        return (
            "ALTER TABLE hold_extension DROP CONSTRAINT ck_hold_extension_end_kind_known",
            f"ALTER TABLE hold_extension ADD CONSTRAINT ck_hold_extension_end_kind_known CHECK ({after})",
        )
    quoted = [text.replace("'", "''") for text in (before, after)]
    return (
        "PRAGMA writable_schema=ON",
        f"UPDATE sqlite_master SET sql = replace(sql, '{quoted[0]}', '{quoted[1]}') "  # noqa: S608
        "WHERE type = 'table' AND name = 'hold_extension'",
        "PRAGMA writable_schema=RESET",
    )


def upgrade() -> None:
    for statement in known(THREE, FOUR):
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().exec_driver_sql("SELECT 1 FROM hold_extension WHERE end_kind = 'over'").first():
        raise RuntimeError("a longer hold was over with its hold: the version before has no word for that, so nothing was changed")
    for statement in known(FOUR, THREE):
        op.execute(statement)
