"""How a case was closed: under which rules it was reviewed, and why."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE case_closing (
    case_id CHAR(32) NOT NULL,
    n INTEGER NOT NULL,
    closed_as VARCHAR(16) NOT NULL,
    closed_by CHAR(32) NOT NULL,
    rules TEXT NOT NULL,
    language VARCHAR(12) NOT NULL,
    closed_at VARCHAR(27) NOT NULL,
    reason TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_case_closing PRIMARY KEY (id),
    CONSTRAINT uq_case_closing_case_id_n UNIQUE (case_id, n),
    CONSTRAINT ck_case_closing_closed_as_known CHECK (closed_as IN ('no_action', 'decided')),
    CONSTRAINT fk_case_closing_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_case_closing_closed_by FOREIGN KEY(closed_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER case_closing_keeps_rows BEFORE DELETE ON "case_closing" BEGIN SELECT RAISE(ABORT, 'rows of case_closing are kept as they are'); END""",
    """CREATE TRIGGER case_closing_keeps_values BEFORE UPDATE ON "case_closing" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.reason IS NULL AND NEW.case_id IS OLD.case_id AND NEW.n IS OLD.n AND NEW.closed_as IS OLD.closed_as AND NEW.closed_by IS OLD.closed_by AND NEW.rules IS OLD.rules AND NEW.language IS OLD.language AND NEW.closed_at IS OLD.closed_at AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of case_closing are kept as they are'); END""",
)

POSTGRESQL = (
    """CREATE TABLE case_closing (
    case_id UUID NOT NULL,
    n INTEGER NOT NULL,
    closed_as VARCHAR(16) NOT NULL,
    closed_by UUID NOT NULL,
    rules TEXT NOT NULL,
    language VARCHAR(12) NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_case_closing PRIMARY KEY (id),
    CONSTRAINT uq_case_closing_case_id_n UNIQUE (case_id, n),
    CONSTRAINT ck_case_closing_closed_as_known CHECK (closed_as IN ('no_action', 'decided')),
    CONSTRAINT fk_case_closing_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_case_closing_closed_by FOREIGN KEY(closed_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER case_closing_keeps_rows BEFORE DELETE ON "case_closing" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER case_closing_keeps_values BEFORE UPDATE ON "case_closing" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.reason IS NULL AND NEW.case_id IS NOT DISTINCT FROM OLD.case_id AND NEW.n IS NOT DISTINCT FROM OLD.n AND NEW.closed_as IS NOT DISTINCT FROM OLD.closed_as AND NEW.closed_by IS NOT DISTINCT FROM OLD.closed_by AND NEW.rules IS NOT DISTINCT FROM OLD.rules AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.closed_at IS NOT DISTINCT FROM OLD.closed_at AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER case_closing_keeps_table BEFORE TRUNCATE ON "case_closing" EXECUTE FUNCTION portal_refuse()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE case_closing")
