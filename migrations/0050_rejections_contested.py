"""That what was turned down in an identity check is looked at by somebody else, who alone can turn it down again."""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

TABLE = """CREATE TABLE verification_contest (
    submission_id {key} NOT NULL,
    contested_id {key} NOT NULL,
    id {key} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_verification_contest PRIMARY KEY (id),
    CONSTRAINT ck_verification_contest_another_one CHECK (submission_id <> contested_id),
    CONSTRAINT uq_verification_contest_submission_id UNIQUE (submission_id),
    CONSTRAINT fk_verification_contest_submission_id FOREIGN KEY(submission_id) REFERENCES verification_submission (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_verification_contest_contested_id UNIQUE (contested_id),
    CONSTRAINT fk_verification_contest_contested_id FOREIGN KEY(contested_id) REFERENCES verification_submission (id) DEFERRABLE INITIALLY DEFERRED
)"""
RULE = """NEW.outcome = 'rejected' AND EXISTS (SELECT 1 FROM verification_contest c
JOIN verification_review r ON r.submission_id = c.contested_id
WHERE c.submission_id = NEW.submission_id AND r.decided_by_id = NEW.decided_by_id)"""
SQLITE = (
    TABLE.format(key="CHAR(32)", instant="VARCHAR(27)"),
    """CREATE TRIGGER verification_contest_keeps_rows BEFORE DELETE ON "verification_contest" BEGIN SELECT RAISE(ABORT, 'rows of verification_contest are kept as they are'); END""",
    """CREATE TRIGGER verification_contest_keeps_values BEFORE UPDATE ON "verification_contest" BEGIN SELECT RAISE(ABORT, 'rows of verification_contest are kept as they are'); END""",
    f"""CREATE TRIGGER verification_review_somebody_else BEFORE INSERT ON verification_review WHEN {RULE}
BEGIN SELECT RAISE(ABORT, 'who turned it down can only accept it'); END""",
)
POSTGRESQL = (
    TABLE.format(key="UUID", instant="TIMESTAMP WITH TIME ZONE"),
    """CREATE TRIGGER verification_contest_keeps_rows BEFORE DELETE ON "verification_contest" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER verification_contest_keeps_values BEFORE UPDATE ON "verification_contest" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER verification_contest_keeps_table BEFORE TRUNCATE ON "verification_contest" EXECUTE FUNCTION portal_refuse()""",
    f"""CREATE OR REPLACE FUNCTION portal_contest_somebody_else() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {RULE} THEN RAISE EXCEPTION 'who turned it down can only accept it'; END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER verification_review_somebody_else BEFORE INSERT ON verification_review FOR EACH ROW EXECUTE FUNCTION portal_contest_somebody_else()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    sqlite = op.get_context().dialect.name == "sqlite"
    gone = () if sqlite else ("DROP FUNCTION portal_contest_somebody_else()",)
    where = "" if sqlite else " ON verification_review"
    for statement in (f"DROP TRIGGER verification_review_somebody_else{where}", *gone, "DROP TABLE verification_contest"):
        op.execute(statement)
