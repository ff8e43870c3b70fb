"""Files that propose many decisions, their lines, and what was confirmed together: only what is interim."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE UNIQUE INDEX uq_action_id_interim ON action (id, interim)""",
    """CREATE TABLE batch (
    ref VARCHAR(24) NOT NULL,
    person_id CHAR(32) NOT NULL,
    format VARCHAR(16) NOT NULL,
    lines INTEGER NOT NULL,
    received_at VARCHAR(27) NOT NULL,
    file_sha256 VARCHAR(64) NOT NULL,
    name TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_batch PRIMARY KEY (id),
    CONSTRAINT ck_batch_format_known CHECK (format IN ('csv', 'ndjson')),
    CONSTRAINT ck_batch_not_empty CHECK (lines > 0),
    CONSTRAINT uq_batch_ref UNIQUE (ref),
    CONSTRAINT fk_batch_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_batch_person_id ON batch (person_id, id)""",
    """CREATE TRIGGER batch_keeps_rows BEFORE DELETE ON "batch" BEGIN SELECT RAISE(ABORT, 'rows of batch are kept as they are'); END""",
    """CREATE TRIGGER batch_keeps_values BEFORE UPDATE ON "batch" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.name IS NULL AND NEW.ref IS OLD.ref AND NEW.person_id IS OLD.person_id AND NEW.format IS OLD.format AND NEW.lines IS OLD.lines AND NEW.received_at IS OLD.received_at AND NEW.file_sha256 IS OLD.file_sha256 AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of batch are kept as they are'); END""",
    """CREATE TABLE batch_confirmation (
    batch_id CHAR(32) NOT NULL,
    action_id CHAR(32) NOT NULL,
    interim BOOLEAN NOT NULL,
    person_id CHAR(32) NOT NULL,
    at VARCHAR(27) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_batch_confirmation PRIMARY KEY (id),
    CONSTRAINT ck_batch_confirmation_interim CHECK (interim),
    CONSTRAINT fk_batch_confirmation_interim_action FOREIGN KEY(action_id, interim) REFERENCES action (id, interim) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_batch_confirmation_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_batch_confirmation_action_id UNIQUE (action_id),
    CONSTRAINT fk_batch_confirmation_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER batch_confirmation_keeps_rows BEFORE DELETE ON "batch_confirmation" BEGIN SELECT RAISE(ABORT, 'rows of batch_confirmation are kept as they are'); END""",
    """CREATE TRIGGER batch_confirmation_keeps_values BEFORE UPDATE ON "batch_confirmation" BEGIN SELECT RAISE(ABORT, 'rows of batch_confirmation are kept as they are'); END""",
    """CREATE TABLE batch_line (
    batch_id CHAR(32) NOT NULL,
    line INTEGER NOT NULL,
    action_id CHAR(32) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_batch_line PRIMARY KEY (id),
    CONSTRAINT uq_batch_line_batch_id_line UNIQUE (batch_id, line),
    CONSTRAINT fk_batch_line_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_batch_line_action_id UNIQUE (action_id),
    CONSTRAINT fk_batch_line_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER batch_line_keeps_rows BEFORE DELETE ON "batch_line" BEGIN SELECT RAISE(ABORT, 'rows of batch_line are kept as they are'); END""",
    """CREATE TRIGGER batch_line_keeps_values BEFORE UPDATE ON "batch_line" BEGIN SELECT RAISE(ABORT, 'rows of batch_line are kept as they are'); END""",
)

POSTGRESQL = (
    """CREATE UNIQUE INDEX uq_action_id_interim ON action (id, interim)""",
    """CREATE TABLE batch (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    person_id UUID NOT NULL,
    format VARCHAR(16) NOT NULL,
    lines INTEGER NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    file_sha256 VARCHAR(64) NOT NULL,
    name TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_batch PRIMARY KEY (id),
    CONSTRAINT ck_batch_format_known CHECK (format IN ('csv', 'ndjson')),
    CONSTRAINT ck_batch_not_empty CHECK (lines > 0),
    CONSTRAINT uq_batch_ref UNIQUE (ref),
    CONSTRAINT fk_batch_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_batch_person_id ON batch (person_id, id)""",
    """CREATE TRIGGER batch_keeps_rows BEFORE DELETE ON "batch" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER batch_keeps_values BEFORE UPDATE ON "batch" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.name IS NULL AND NEW.ref IS NOT DISTINCT FROM OLD.ref AND NEW.person_id IS NOT DISTINCT FROM OLD.person_id AND NEW.format IS NOT DISTINCT FROM OLD.format AND NEW.lines IS NOT DISTINCT FROM OLD.lines AND NEW.received_at IS NOT DISTINCT FROM OLD.received_at AND NEW.file_sha256 IS NOT DISTINCT FROM OLD.file_sha256 AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER batch_keeps_table BEFORE TRUNCATE ON "batch" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TABLE batch_confirmation (
    batch_id UUID NOT NULL,
    action_id UUID NOT NULL,
    interim BOOLEAN NOT NULL,
    person_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_batch_confirmation PRIMARY KEY (id),
    CONSTRAINT ck_batch_confirmation_interim CHECK (interim),
    CONSTRAINT fk_batch_confirmation_interim_action FOREIGN KEY(action_id, interim) REFERENCES action (id, interim) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_batch_confirmation_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_batch_confirmation_action_id UNIQUE (action_id),
    CONSTRAINT fk_batch_confirmation_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER batch_confirmation_keeps_rows BEFORE DELETE ON "batch_confirmation" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER batch_confirmation_keeps_values BEFORE UPDATE ON "batch_confirmation" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER batch_confirmation_keeps_table BEFORE TRUNCATE ON "batch_confirmation" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TABLE batch_line (
    batch_id UUID NOT NULL,
    line INTEGER NOT NULL,
    action_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_batch_line PRIMARY KEY (id),
    CONSTRAINT uq_batch_line_batch_id_line UNIQUE (batch_id, line),
    CONSTRAINT fk_batch_line_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_batch_line_action_id UNIQUE (action_id),
    CONSTRAINT fk_batch_line_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER batch_line_keeps_rows BEFORE DELETE ON "batch_line" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER batch_line_keeps_values BEFORE UPDATE ON "batch_line" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER batch_line_keeps_table BEFORE TRUNCATE ON "batch_line" EXECUTE FUNCTION portal_refuse()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE batch_confirmation")
    op.execute("DROP TABLE batch_line")
    op.execute("DROP TABLE batch")
    op.execute("DROP INDEX uq_action_id_interim")
