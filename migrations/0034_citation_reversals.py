"""One of several rules of a decision that was overturned, while the decision stands on the others."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def reversal_table(key: str, instant: str) -> str:
    """That one citation no longer stands, since when, and by which event."""
    return f"""CREATE TABLE citation_reversal (
    citation_id {key} NOT NULL,
    at {instant} NOT NULL,
    cause_event_id {key} NOT NULL,
    id {key} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_citation_reversal PRIMARY KEY (id),
    CONSTRAINT uq_citation_reversal_citation_id UNIQUE (citation_id),
    CONSTRAINT fk_citation_reversal_citation_id FOREIGN KEY(citation_id) REFERENCES citation (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_citation_reversal_cause_event_id FOREIGN KEY(cause_event_id) REFERENCES event (id)
    DEFERRABLE INITIALLY DEFERRED
)"""


NONE_LEFT = """NOT EXISTS (SELECT 1 FROM citation mine JOIN action a ON a.id = mine.action_id
JOIN citation c ON c.action_id = mine.action_id AND c.revision = mine.revision AND c.id <> mine.id
WHERE mine.id = NEW.citation_id AND mine.revision = a.revision AND a.issued_at IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM citation_reversal r WHERE r.citation_id = c.id))"""
KEPT = "rows of citation_reversal are kept as they are"
REFUSE = "EXECUTE FUNCTION portal_refuse()"

SQLITE = (
    reversal_table("CHAR(32)", "VARCHAR(27)"),
    f"""CREATE TRIGGER citation_reversal_keeps_rows BEFORE DELETE ON "citation_reversal"
BEGIN SELECT RAISE(ABORT, '{KEPT}'); END""",
    f"""CREATE TRIGGER citation_reversal_keeps_values BEFORE UPDATE ON "citation_reversal"
BEGIN SELECT RAISE(ABORT, '{KEPT}'); END""",
    f"""CREATE TRIGGER citation_reversal_leaves_one BEFORE INSERT ON citation_reversal WHEN {NONE_LEFT}
BEGIN SELECT RAISE(ABORT, 'a decision rests on one rule at least'); END""",
)

POSTGRESQL = (
    reversal_table("UUID", "TIMESTAMP WITH TIME ZONE"),
    f"""CREATE OR REPLACE FUNCTION portal_action_keeps_a_rule() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {NONE_LEFT} THEN RAISE EXCEPTION 'a decision rests on one rule at least'; END IF; RETURN NEW; END $$""",
    f"""CREATE TRIGGER citation_reversal_keeps_rows BEFORE DELETE ON "citation_reversal" FOR EACH ROW {REFUSE}""",
    f"""CREATE TRIGGER citation_reversal_keeps_values BEFORE UPDATE ON "citation_reversal" FOR EACH ROW {REFUSE}""",
    f"""CREATE TRIGGER citation_reversal_keeps_table BEFORE TRUNCATE ON "citation_reversal" {REFUSE}""",
    """CREATE TRIGGER citation_reversal_leaves_one BEFORE INSERT ON citation_reversal
FOR EACH ROW EXECUTE FUNCTION portal_action_keeps_a_rule()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE citation_reversal")
    if op.get_context().dialect.name != "sqlite":
        op.execute("DROP FUNCTION portal_action_keeps_a_rule()")
