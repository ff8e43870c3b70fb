"""An appeal is mentioned outside only if its person wants it said."""

from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

TABLE = """CREATE TABLE appeal_mention (
    appeal_id {key} NOT NULL,
    n INTEGER NOT NULL,
    wanted BOOLEAN NOT NULL,
    person_id {key} NOT NULL,
    at {instant} NOT NULL,
    cause_event_id {key} NOT NULL,
    id {key} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_appeal_mention PRIMARY KEY (id),
    CONSTRAINT uq_appeal_mention_appeal_id_n UNIQUE (appeal_id, n),
    CONSTRAINT fk_appeal_mention_appeal_id FOREIGN KEY(appeal_id) REFERENCES appeal (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_mention_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_mention_cause_event_id FOREIGN KEY(cause_event_id) REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED
)"""
KEPT = "rows of appeal_mention are kept as they are"
FOUND = "CREATE INDEX fx_appeal_mention_cause_event_id ON appeal_mention (cause_event_id)"
SQLITE = (
    TABLE.format(key="CHAR(32)", instant="VARCHAR(27)"), FOUND,
    f"""CREATE TRIGGER appeal_mention_keeps_rows BEFORE DELETE ON "appeal_mention" BEGIN SELECT RAISE(ABORT, '{KEPT}'); END""",
    f"""CREATE TRIGGER appeal_mention_keeps_values BEFORE UPDATE ON "appeal_mention" BEGIN SELECT RAISE(ABORT, '{KEPT}'); END""",
)
POSTGRESQL = (
    TABLE.format(key="UUID", instant="TIMESTAMP WITH TIME ZONE"), FOUND,
    """CREATE TRIGGER appeal_mention_keeps_rows BEFORE DELETE ON "appeal_mention" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER appeal_mention_keeps_values BEFORE UPDATE ON "appeal_mention" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER appeal_mention_keeps_table BEFORE TRUNCATE ON "appeal_mention" EXECUTE FUNCTION portal_refuse()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE appeal_mention")
