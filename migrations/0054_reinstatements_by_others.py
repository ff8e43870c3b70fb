"""Who signed a decision that a termination replaced, or said no to coming back after it, only lets the person come back."""

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

BEFORE = """NEW.outcome <> 'granted' AND (EXISTS (SELECT 1 FROM reinstatement q
JOIN signature s ON s.action_id = q.action_id WHERE q.id = NEW.request_id AND s.person_id = NEW.decided_by)
OR EXISTS (SELECT 1 FROM reinstatement q JOIN reinstatement o ON o.action_id = q.action_id
JOIN reinstatement_decision d ON d.request_id = o.id WHERE q.id = NEW.request_id AND d.decided_by = NEW.decided_by))"""
AFTER = """NEW.outcome <> 'granted' AND EXISTS (WITH RECURSIVE reached(id) AS (
SELECT q.action_id FROM reinstatement q WHERE q.id = NEW.request_id
UNION SELECT b.id FROM reached r JOIN action a ON a.id = r.id JOIN action b ON b.id = a.supersedes_id WHERE NOT b.interim)
SELECT 1 FROM reached r WHERE EXISTS (SELECT 1 FROM signature s WHERE s.action_id = r.id AND s.person_id = NEW.decided_by)
OR EXISTS (SELECT 1 FROM reinstatement o JOIN reinstatement_decision d ON d.request_id = o.id
WHERE o.action_id = r.id AND d.decided_by = NEW.decided_by))"""
REFUSES = "who had a part can only let somebody come back"


def watched(rule: str) -> tuple[str, ...]:
    """The trigger that keeps whoever had a part from anything but a yes."""
    if op.get_context().dialect.name == "sqlite":
        return (
            "DROP TRIGGER reinstatement_decision_somebody_else",
            f"""CREATE TRIGGER reinstatement_decision_somebody_else BEFORE INSERT ON reinstatement_decision
WHEN {rule}
BEGIN SELECT RAISE(ABORT, '{REFUSES}'); END""",
        )
    return (
        f"""CREATE OR REPLACE FUNCTION portal_reinstatement_somebody_else() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {rule} THEN RAISE EXCEPTION '{REFUSES}';
END IF; RETURN NEW; END $$""",
    )


def upgrade() -> None:
    for statement in watched(AFTER):
        op.execute(statement)


def downgrade() -> None:
    for statement in watched(BEFORE):
        op.execute(statement)
