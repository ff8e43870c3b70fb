"""What people say when they are in danger or in need, and what we answer."""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE need (
    ref VARCHAR(24) NOT NULL,
    case_id CHAR(32) NOT NULL,
    account_id CHAR(32) NOT NULL,
    person_id CHAR(32) NOT NULL,
    said_in VARCHAR(24),
    answer_by VARCHAR(27),
    closed_at VARCHAR(27),
    version INTEGER NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_need PRIMARY KEY (id),
    CONSTRAINT ck_need_closed_waits_for_nothing CHECK (closed_at IS NULL OR answer_by IS NULL),
    CONSTRAINT uq_need_ref UNIQUE (ref),
    CONSTRAINT uq_need_case_id UNIQUE (case_id),
    CONSTRAINT fk_need_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_need_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_need_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_need_person_id ON need (person_id, id)""",
    """CREATE UNIQUE INDEX uq_need_open ON need (account_id, person_id) WHERE closed_at IS NULL""",
    """CREATE TABLE need_message (
    need_id CHAR(32) NOT NULL,
    n INTEGER NOT NULL,
    kind VARCHAR(16) NOT NULL,
    person_id CHAR(32) NOT NULL,
    danger BOOLEAN NOT NULL,
    food BOOLEAN NOT NULL,
    medicine BOOLEAN NOT NULL,
    said_at VARCHAR(27) NOT NULL,
    language VARCHAR(12) NOT NULL,
    body TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_need_message PRIMARY KEY (id),
    CONSTRAINT uq_need_message_need_id_n UNIQUE (need_id, n),
    CONSTRAINT ck_need_message_kind_known CHECK (kind IN ('said', 'answered')),
    CONSTRAINT ck_need_message_says_what CHECK (n > 1 OR (kind = 'said' AND (danger OR food OR medicine OR body <> ''))),
    CONSTRAINT fk_need_message_need_id FOREIGN KEY(need_id) REFERENCES need (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_need_message_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER need_message_keeps_rows BEFORE DELETE ON "need_message" BEGIN SELECT RAISE(ABORT, 'rows of need_message are kept as they are'); END""",
    """CREATE TRIGGER need_message_keeps_values BEFORE UPDATE ON "need_message" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.body IS NULL AND NEW.need_id IS OLD.need_id AND NEW.n IS OLD.n AND NEW.kind IS OLD.kind AND NEW.person_id IS OLD.person_id AND NEW.danger IS OLD.danger AND NEW.food IS OLD.food AND NEW.medicine IS OLD.medicine AND NEW.said_at IS OLD.said_at AND NEW.language IS OLD.language AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of need_message are kept as they are'); END""",
)

POSTGRESQL = (
    """CREATE TABLE need (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    case_id UUID NOT NULL,
    account_id UUID NOT NULL,
    person_id UUID NOT NULL,
    said_in VARCHAR(24),
    answer_by TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_need PRIMARY KEY (id),
    CONSTRAINT ck_need_closed_waits_for_nothing CHECK (closed_at IS NULL OR answer_by IS NULL),
    CONSTRAINT uq_need_ref UNIQUE (ref),
    CONSTRAINT uq_need_case_id UNIQUE (case_id),
    CONSTRAINT fk_need_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_need_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_need_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_need_person_id ON need (person_id, id)""",
    """CREATE UNIQUE INDEX uq_need_open ON need (account_id, person_id) WHERE closed_at IS NULL""",
    """CREATE TABLE need_message (
    need_id UUID NOT NULL,
    n INTEGER NOT NULL,
    kind VARCHAR(16) NOT NULL,
    person_id UUID NOT NULL,
    danger BOOLEAN NOT NULL,
    food BOOLEAN NOT NULL,
    medicine BOOLEAN NOT NULL,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    language VARCHAR(12) NOT NULL,
    body TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_need_message PRIMARY KEY (id),
    CONSTRAINT uq_need_message_need_id_n UNIQUE (need_id, n),
    CONSTRAINT ck_need_message_kind_known CHECK (kind IN ('said', 'answered')),
    CONSTRAINT ck_need_message_says_what CHECK (n > 1 OR (kind = 'said' AND (danger OR food OR medicine OR body <> ''))),
    CONSTRAINT fk_need_message_need_id FOREIGN KEY(need_id) REFERENCES need (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_need_message_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER need_message_keeps_rows BEFORE DELETE ON "need_message" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER need_message_keeps_values BEFORE UPDATE ON "need_message" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.body IS NULL AND NEW.need_id IS NOT DISTINCT FROM OLD.need_id AND NEW.n IS NOT DISTINCT FROM OLD.n AND NEW.kind IS NOT DISTINCT FROM OLD.kind AND NEW.person_id IS NOT DISTINCT FROM OLD.person_id AND NEW.danger IS NOT DISTINCT FROM OLD.danger AND NEW.food IS NOT DISTINCT FROM OLD.food AND NEW.medicine IS NOT DISTINCT FROM OLD.medicine AND NEW.said_at IS NOT DISTINCT FROM OLD.said_at AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER need_message_keeps_table BEFORE TRUNCATE ON "need_message" EXECUTE FUNCTION portal_refuse()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in ("need_message", "need"):
        op.execute(f"DROP TABLE {table}")
