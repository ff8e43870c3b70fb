"""That something that is taken away rests on an identity check, and ends with it."""

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

TABLE = """CREATE TABLE restriction_check (
    restriction_id {key} NOT NULL,
    item_ref {ref} NOT NULL,
    id {key} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_restriction_check PRIMARY KEY (id),
    CONSTRAINT uq_restriction_check_restriction_id UNIQUE (restriction_id),
    CONSTRAINT fk_restriction_check_restriction_id FOREIGN KEY(restriction_id) REFERENCES restriction (id) DEFERRABLE INITIALLY DEFERRED
)"""
INDEX = "CREATE INDEX ix_restriction_check_item_ref ON restriction_check (item_ref)"
SQLITE = (
    TABLE.format(key="CHAR(32)", ref="VARCHAR(24)", instant="VARCHAR(27)"), INDEX,
    """CREATE TRIGGER restriction_check_keeps_rows BEFORE DELETE ON "restriction_check" BEGIN SELECT RAISE(ABORT, 'rows of restriction_check are kept as they are'); END""",
    """CREATE TRIGGER restriction_check_keeps_values BEFORE UPDATE ON "restriction_check" BEGIN SELECT RAISE(ABORT, 'rows of restriction_check are kept as they are'); END""",
)
POSTGRESQL = (
    TABLE.format(key="UUID", ref='VARCHAR(24) COLLATE "C"', instant="TIMESTAMP WITH TIME ZONE"), INDEX,
    """CREATE TRIGGER restriction_check_keeps_rows BEFORE DELETE ON "restriction_check" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER restriction_check_keeps_values BEFORE UPDATE ON "restriction_check" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER restriction_check_keeps_table BEFORE TRUNCATE ON "restriction_check" EXECUTE FUNCTION portal_refuse()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE restriction_check")
