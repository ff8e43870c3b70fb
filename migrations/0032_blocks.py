"""Money on hold for a law or an order: a hold that names its order and rests on no claim.

SQLite knows no statement that takes NOT NULL away or adds a constraint. The table is referenced by others and watched by
triggers, so its text is changed in place, as SQLite's own documentation describes for such changes, and read again.
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ORDER = "CONSTRAINT fk_hold_order_id FOREIGN KEY(order_id) REFERENCES legal_order (id) DEFERRABLE INITIALLY DEFERRED"
EITHER = "CONSTRAINT ck_hold_claim_or_order CHECK ((claim_id IS NULL) = (order_id IS NOT NULL))"
BEFORE = "NEW.amount_minor > (SELECT amount_minor FROM claim WHERE id = NEW.claim_id)"
AFTER = """NEW.amount_minor > coalesce((SELECT amount_minor FROM claim WHERE id = NEW.claim_id),
(SELECT amount_minor FROM legal_order WHERE id = NEW.order_id), -1)"""


def within(rule: str) -> tuple[str, ...]:
    """The trigger that keeps a hold within what it is for."""
    if op.get_context().dialect.name == "sqlite":
        return (
            "DROP TRIGGER hold_within_claim",
            f"""CREATE TRIGGER hold_within_claim BEFORE INSERT ON hold WHEN {rule}
BEGIN SELECT RAISE(ABORT, 'a hold is at most its claim'); END""",
        )
    return (
        f"""CREATE OR REPLACE FUNCTION portal_hold_within_claim() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {rule} THEN RAISE EXCEPTION 'a hold is at most its claim'; END IF; RETURN NEW; END $$""",
    )


def reworded(*changes: str) -> tuple[str, ...]:
    """SQLite: the text of the table as these expressions over `sql` make it, one after the other."""
    return (
        "PRAGMA writable_schema=ON",
        *(f"UPDATE sqlite_master SET sql = {change} WHERE type = 'table' AND name = 'hold'" for change in changes),
        "PRAGMA writable_schema=RESET",
    )


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        statements = (
            "ALTER TABLE hold ADD COLUMN order_id CHAR(32)",
            *reworded(
                "replace(sql, 'claim_id CHAR(32) NOT NULL', 'claim_id CHAR(32)')",
                f"substr(rtrim(sql), 1, length(rtrim(sql)) - 1) || ', {ORDER}, {EITHER})'",
            ),
        )
    else:
        statements = (
            "ALTER TABLE hold ALTER COLUMN claim_id DROP NOT NULL", "ALTER TABLE hold ADD COLUMN order_id UUID",
            f"ALTER TABLE hold ADD {ORDER}", f"ALTER TABLE hold ADD {EITHER}",
        )
    for statement in (*statements, *within(AFTER)):
        op.execute(statement)


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        statements = (
            *reworded(
                f"replace(sql, ', {ORDER}, {EITHER}', '')",
                "replace(sql, 'claim_id CHAR(32)', 'claim_id CHAR(32) NOT NULL')",
            ),
            *within(BEFORE), "ALTER TABLE hold DROP COLUMN order_id",
        )
    else:
        statements = (
            *within(BEFORE), "ALTER TABLE hold DROP CONSTRAINT ck_hold_claim_or_order",
            "ALTER TABLE hold DROP COLUMN order_id", "ALTER TABLE hold ALTER COLUMN claim_id SET NOT NULL",
        )
    for statement in statements:
        op.execute(statement)
