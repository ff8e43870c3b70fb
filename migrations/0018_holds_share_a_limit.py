"""Holds on one milestone share one limit, and a counterpart claims a milestone once at a time."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SAME_MONEY_LONGER = """NEW.amount_minor > 0 AND EXISTS (SELECT 1 FROM claim mine
JOIN claim c ON c.milestone_id = mine.milestone_id AND c.claimant = mine.claimant JOIN hold h ON h.claim_id = c.id
WHERE mine.id = NEW.claim_id AND mine.claimant = 'counterpart' AND h.amount_minor > 0 AND h.expires_at < NEW.expires_at)"""
CLAIMED_ALREADY = """NEW.claimant = 'counterpart' AND EXISTS (SELECT 1 FROM claim c
WHERE c.milestone_id = NEW.milestone_id AND c.claimant = 'counterpart' AND c.ended_at IS NULL)"""

SQLITE = (
    f"""CREATE TRIGGER hold_shares_limit BEFORE INSERT ON hold WHEN {SAME_MONEY_LONGER}
BEGIN SELECT RAISE(ABORT, 'holds on one milestone share one limit'); END""",
    f"""CREATE TRIGGER claim_alone BEFORE INSERT ON claim WHEN {CLAIMED_ALREADY}
BEGIN SELECT RAISE(ABORT, 'a counterpart claims a milestone once at a time'); END""",
)

POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION portal_hold_shares_limit() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {SAME_MONEY_LONGER} THEN RAISE EXCEPTION 'holds on one milestone share one limit'; END IF; RETURN NEW; END $$""",
    f"""CREATE OR REPLACE FUNCTION portal_claim_alone() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {CLAIMED_ALREADY} THEN RAISE EXCEPTION 'a counterpart claims a milestone once at a time'; END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER hold_shares_limit BEFORE INSERT ON hold
FOR EACH ROW EXECUTE FUNCTION portal_hold_shares_limit()""",
    """CREATE TRIGGER claim_alone BEFORE INSERT ON claim
FOR EACH ROW EXECUTE FUNCTION portal_claim_alone()""",
)


def upgrade() -> None:
    op.create_index("ix_hold_claim_id", "hold", ["claim_id"])
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    for name, table in (("claim_alone", "claim"), ("hold_shares_limit", "hold")):
        op.execute(f"DROP TRIGGER {name}" + ("" if on_sqlite else f" ON {table}"))
    if not on_sqlite:
        op.execute("DROP FUNCTION portal_claim_alone()")
        op.execute("DROP FUNCTION portal_hold_shares_limit()")
    op.drop_index("ix_hold_claim_id", "hold")
