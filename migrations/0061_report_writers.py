"""Who of an account wrote a report. Of the reports there are, whoever of the account sent it; no event vouches for those."""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

TABLE = """CREATE TABLE report_writer (
    report_ref {ref} NOT NULL,
    person_id {key} NOT NULL,
    id {key} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_report_writer PRIMARY KEY (id),
    CONSTRAINT uq_report_writer_report_ref UNIQUE (report_ref),
    CONSTRAINT fk_report_writer_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)"""
FILL = """INSERT INTO report_writer (report_ref, person_id, id, created_at)
SELECT e.subject_ref, p.id, e.id, e.at FROM event e JOIN person p ON e.actor = {actor}
WHERE (e.kind = 'report.incoming' AND EXISTS (SELECT 1 FROM incoming_report r JOIN member m
ON m.account_id = r.reporter_account_id WHERE r.ref = e.subject_ref AND m.person_id = p.id))
OR (e.kind = 'report.received' AND EXISTS (SELECT 1 FROM report r JOIN member m
ON m.account_id = r.reporter_account_id WHERE r.ref = e.subject_ref AND m.person_id = p.id)
AND NOT EXISTS (SELECT 1 FROM incoming_report i WHERE i.ref = e.subject_ref))"""
ACTOR = (
    "'person:' || substr(p.id, 1, 8) || '-' || substr(p.id, 9, 4) || '-' || substr(p.id, 13, 4) || '-' || substr(p.id, 17, 4) "
    "|| '-' || substr(p.id, 21)"
)
SQLITE = (
    TABLE.format(key="CHAR(32)", ref="VARCHAR(24)", instant="VARCHAR(27)"), FILL.format(actor=ACTOR),
    """CREATE TRIGGER report_writer_keeps_rows BEFORE DELETE ON "report_writer" BEGIN SELECT RAISE(ABORT, 'rows of report_writer are kept as they are'); END""",
    """CREATE TRIGGER report_writer_keeps_values BEFORE UPDATE ON "report_writer" BEGIN SELECT RAISE(ABORT, 'rows of report_writer are kept as they are'); END""",
)
POSTGRESQL = (
    TABLE.format(key="UUID", ref='VARCHAR(24) COLLATE "C"', instant="TIMESTAMP WITH TIME ZONE"),
    FILL.format(actor="'person:' || CAST(p.id AS TEXT)"),
    """CREATE TRIGGER report_writer_keeps_rows BEFORE DELETE ON "report_writer" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER report_writer_keeps_values BEFORE UPDATE ON "report_writer" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER report_writer_keeps_table BEFORE TRUNCATE ON "report_writer" EXECUTE FUNCTION portal_refuse()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE report_writer")
