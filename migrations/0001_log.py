"""Events, leaves, checkpoints, case keys, request keys."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE case_key (
    case_ref VARCHAR(24) NOT NULL,
    wrapped_key BLOB,
    last_at VARCHAR(27) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_case_key PRIMARY KEY (id),
    CONSTRAINT uq_case_key_case_ref UNIQUE (case_ref)
)""",
    """CREATE TABLE checkpoint (
    size BIGINT NOT NULL,
    root VARCHAR(64) NOT NULL,
    note TEXT NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_checkpoint PRIMARY KEY (id),
    CONSTRAINT uq_checkpoint_size UNIQUE (size)
)""",
    """CREATE TABLE event (
    kind VARCHAR(64) NOT NULL,
    at VARCHAR(27) NOT NULL,
    actor VARCHAR(80) NOT NULL,
    actor_role VARCHAR(64) NOT NULL,
    case_ref VARCHAR(24),
    subject_ref VARCHAR(80) NOT NULL,
    manifest TEXT NOT NULL,
    record_sha256 VARCHAR(64) NOT NULL,
    payload TEXT,
    payload_hmac VARCHAR(64) NOT NULL,
    leaf_hash VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_event PRIMARY KEY (id)
)""",
    """CREATE INDEX ix_event_case_ref_at ON event (case_ref, at)""",
    """CREATE INDEX ix_event_subject_ref ON event (subject_ref)""",
    """CREATE TABLE request_key (
    actor VARCHAR(80) NOT NULL,
    "key" VARCHAR(80) NOT NULL,
    body_sha256 VARCHAR(64) NOT NULL,
    answer TEXT NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_request_key PRIMARY KEY (id),
    CONSTRAINT uq_request_key_actor_key UNIQUE (actor, "key")
)""",
    """CREATE TABLE leaf (
    seq BIGINT NOT NULL,
    event_id CHAR(32) NOT NULL,
    leaf_hash VARCHAR(64) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_leaf PRIMARY KEY (id),
    CONSTRAINT uq_leaf_seq UNIQUE (seq),
    CONSTRAINT uq_leaf_event_id UNIQUE (event_id),
    CONSTRAINT fk_leaf_event_id FOREIGN KEY(event_id) REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED
)""",
)

POSTGRESQL = (
    """CREATE TABLE case_key (
    case_ref VARCHAR(24) NOT NULL,
    wrapped_key BYTEA,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_case_key PRIMARY KEY (id),
    CONSTRAINT uq_case_key_case_ref UNIQUE (case_ref)
)""",
    """CREATE TABLE checkpoint (
    size BIGINT NOT NULL,
    root VARCHAR(64) NOT NULL,
    note TEXT NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_checkpoint PRIMARY KEY (id),
    CONSTRAINT uq_checkpoint_size UNIQUE (size)
)""",
    """CREATE TABLE event (
    kind VARCHAR(64) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor VARCHAR(80) NOT NULL,
    actor_role VARCHAR(64) NOT NULL,
    case_ref VARCHAR(24),
    subject_ref VARCHAR(80) NOT NULL,
    manifest TEXT NOT NULL,
    record_sha256 VARCHAR(64) NOT NULL,
    payload TEXT,
    payload_hmac VARCHAR(64) NOT NULL,
    leaf_hash VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_event PRIMARY KEY (id)
)""",
    """CREATE INDEX ix_event_case_ref_at ON event (case_ref, at)""",
    """CREATE INDEX ix_event_subject_ref ON event (subject_ref)""",
    """CREATE TABLE request_key (
    actor VARCHAR(80) NOT NULL,
    key VARCHAR(80) NOT NULL,
    body_sha256 VARCHAR(64) NOT NULL,
    answer TEXT NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_request_key PRIMARY KEY (id),
    CONSTRAINT uq_request_key_actor_key UNIQUE (actor, key)
)""",
    """CREATE TABLE leaf (
    seq BIGINT NOT NULL,
    event_id UUID NOT NULL,
    leaf_hash VARCHAR(64) NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_leaf PRIMARY KEY (id),
    CONSTRAINT uq_leaf_seq UNIQUE (seq),
    CONSTRAINT uq_leaf_event_id UNIQUE (event_id),
    CONSTRAINT fk_leaf_event_id FOREIGN KEY(event_id) REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED
)""",
)

TABLES = ("leaf", "request_key", "event", "checkpoint", "case_key",)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f'DROP TABLE "{table}"')
