"""Holds on one milestone share one limit; what is released after a claim whose limit is over has a limit of its own."""

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

LONGER = """NEW.amount_minor > 0 AND EXISTS (SELECT 1 FROM claim mine
JOIN claim c ON c.milestone_id = mine.milestone_id AND c.claimant = mine.claimant JOIN hold h ON h.claim_id = c.id
WHERE mine.id = NEW.claim_id AND mine.claimant = 'counterpart' AND h.amount_minor > 0 AND h.expires_at < NEW.expires_at
AND NOT EXISTS (SELECT 1 FROM chargeback k WHERE k.milestone_id = mine.milestone_id AND k.end_kind = 'lost'
AND k.ended_at >= h.created_at)
AND NOT EXISTS (SELECT 1 FROM dispute d JOIN earning e ON e.milestone_id = d.milestone_id AND e.id > d.id
WHERE d.milestone_id = mine.milestone_id AND d.state <> 'closed' AND e.id > c.id AND e.id < mine.id
AND (d.state = 'settled' OR EXISTS (SELECT 1 FROM dispute_decision x WHERE x.dispute_id = d.id AND x.n > 0)))"""
BEFORE = f"{LONGER})"
AFTER = f"""{LONGER}
AND NOT (h.expires_at <= NEW.created_at AND EXISTS (SELECT 1 FROM earning e WHERE e.milestone_id = mine.milestone_id
AND e.id > c.id AND e.id < mine.id)))"""


def shares_limit(rule: str) -> tuple[str, ...]:
    """The trigger that keeps holds on one milestone within one limit."""
    if op.get_context().dialect.name == "sqlite":
        return (
            "DROP TRIGGER hold_shares_limit",
            f"""CREATE TRIGGER hold_shares_limit BEFORE INSERT ON hold WHEN {rule}
BEGIN SELECT RAISE(ABORT, 'holds on one milestone share one limit'); END""",
        )
    return (
        f"""CREATE OR REPLACE FUNCTION portal_hold_shares_limit() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {rule} THEN RAISE EXCEPTION 'holds on one milestone share one limit'; END IF; RETURN NEW; END $$""",
    )


def upgrade() -> None:
    for statement in shares_limit(AFTER):
        op.execute(statement)


def downgrade() -> None:
    for statement in shares_limit(BEFORE):
        op.execute(statement)
