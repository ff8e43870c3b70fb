"""What the freelancer says about a chargeback goes to the bank with what we send."""

from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

TABLE = """CREATE TABLE chargeback_words (
    chargeback_id {key} NOT NULL,
    n INTEGER NOT NULL,
    person_id {key} NOT NULL,
    language VARCHAR(12) NOT NULL,
    said_at {instant} NOT NULL,
    text TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at {instant},
    id {key} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_chargeback_words PRIMARY KEY (id),
    CONSTRAINT uq_chargeback_words_chargeback_id_n UNIQUE (chargeback_id, n),
    CONSTRAINT fk_chargeback_words_chargeback_id FOREIGN KEY(chargeback_id) REFERENCES chargeback (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_chargeback_words_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)"""
KEPT = "rows of chargeback_words are kept as they are"
SAME = " AND ".join(
    f"NEW.{column} {{is_}} OLD.{column}"
    for column in ("chargeback_id", "n", "person_id", "language", "said_at", "sha256", "id", "created_at")
)
ERASED = f"(NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.text IS NULL AND {SAME}))"
SQLITE = (
    TABLE.format(key="CHAR(32)", instant="VARCHAR(27)"),
    f"""CREATE TRIGGER chargeback_words_keeps_rows BEFORE DELETE ON "chargeback_words" BEGIN SELECT RAISE(ABORT, '{KEPT}'); END""",
    f"""CREATE TRIGGER chargeback_words_keeps_values BEFORE UPDATE ON "chargeback_words" WHEN {ERASED.format(is_="IS")} """
    f"""BEGIN SELECT RAISE(ABORT, '{KEPT}'); END""",
)
REFUSE = "EXECUTE FUNCTION portal_refuse()"
POSTGRESQL = (
    TABLE.format(key="UUID", instant="TIMESTAMP WITH TIME ZONE"),
    f"""CREATE TRIGGER chargeback_words_keeps_rows BEFORE DELETE ON "chargeback_words" FOR EACH ROW {REFUSE}""",
    f"""CREATE TRIGGER chargeback_words_keeps_values BEFORE UPDATE ON "chargeback_words" FOR EACH ROW """
    f"""WHEN {ERASED.format(is_="IS NOT DISTINCT FROM")} {REFUSE}""",
    f"""CREATE TRIGGER chargeback_words_keeps_table BEFORE TRUNCATE ON "chargeback_words" {REFUSE}""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE chargeback_words")
