"""Exhibits."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE document (
    ref VARCHAR(24) NOT NULL,
    owner_account_id CHAR(32) NOT NULL,
    case_id CHAR(32),
    subject_ref VARCHAR(80) NOT NULL,
    name TEXT,
    media_type VARCHAR(64) NOT NULL,
    size BIGINT NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    store_key VARCHAR(64) NOT NULL,
    state VARCHAR(16) NOT NULL,
    wrapped_key BLOB,
    received_at VARCHAR(27) NOT NULL,
    filed_at VARCHAR(27),
    erased_at VARCHAR(27),
    retain_until VARCHAR(27),
    legal_hold BOOLEAN NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_document PRIMARY KEY (id),
    CONSTRAINT ck_document_state_known CHECK (state IN ('received', 'ready', 'refused', 'erased')),
    CONSTRAINT ck_document_size_positive CHECK (size > 0),
    CONSTRAINT ck_document_ready_with_key CHECK ((state = 'ready') = (wrapped_key IS NOT NULL)),
    CONSTRAINT ck_document_erased_together CHECK ((state = 'erased') = (erased_at IS NOT NULL)),
    CONSTRAINT uq_document_ref UNIQUE (ref),
    CONSTRAINT fk_document_owner_account_id FOREIGN KEY(owner_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_document_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_document_store_key UNIQUE (store_key)
)""",
    """CREATE INDEX ix_document_case_id ON document (case_id)""",
    """CREATE INDEX ix_document_owner_received ON document (owner_account_id, received_at)""",
    """CREATE INDEX ix_document_owner_subject ON document (owner_account_id, subject_ref)""",
    """CREATE INDEX ix_document_retain_until ON document (retain_until) WHERE wrapped_key IS NOT NULL""",
    """CREATE TABLE exhibit (
    case_id CHAR(32) NOT NULL,
    number INTEGER NOT NULL,
    kind VARCHAR(16) NOT NULL,
    contract_id CHAR(32),
    message_id CHAR(32),
    document_id CHAR(32),
    by_account_id CHAR(32),
    ground VARCHAR(64),
    description TEXT,
    quoted TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_exhibit PRIMARY KEY (id),
    CONSTRAINT uq_exhibit_case_id_number UNIQUE (case_id, number),
    CONSTRAINT ck_exhibit_kind_known CHECK (kind IN ('contract', 'message', 'document')),
    CONSTRAINT ck_exhibit_contract_named CHECK (kind <> 'contract' OR contract_id IS NOT NULL),
    CONSTRAINT ck_exhibit_document_named CHECK ((kind = 'document') = (document_id IS NOT NULL)),
    CONSTRAINT fk_exhibit_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_exhibit_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_exhibit_message_id FOREIGN KEY(message_id) REFERENCES message (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_exhibit_document_id FOREIGN KEY(document_id) REFERENCES document (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_exhibit_by_account_id FOREIGN KEY(by_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_exhibit_document_id ON exhibit (document_id)""",
)

POSTGRESQL = (
    """CREATE TABLE document (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    owner_account_id UUID NOT NULL,
    case_id UUID,
    subject_ref VARCHAR(80) NOT NULL,
    name TEXT,
    media_type VARCHAR(64) NOT NULL,
    size BIGINT NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    store_key VARCHAR(64) NOT NULL,
    state VARCHAR(16) NOT NULL,
    wrapped_key BYTEA,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    filed_at TIMESTAMP WITH TIME ZONE,
    erased_at TIMESTAMP WITH TIME ZONE,
    retain_until TIMESTAMP WITH TIME ZONE,
    legal_hold BOOLEAN NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_document PRIMARY KEY (id),
    CONSTRAINT ck_document_state_known CHECK (state IN ('received', 'ready', 'refused', 'erased')),
    CONSTRAINT ck_document_size_positive CHECK (size > 0),
    CONSTRAINT ck_document_ready_with_key CHECK ((state = 'ready') = (wrapped_key IS NOT NULL)),
    CONSTRAINT ck_document_erased_together CHECK ((state = 'erased') = (erased_at IS NOT NULL)),
    CONSTRAINT uq_document_ref UNIQUE (ref),
    CONSTRAINT fk_document_owner_account_id FOREIGN KEY(owner_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_document_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_document_store_key UNIQUE (store_key)
)""",
    """CREATE INDEX ix_document_case_id ON document (case_id)""",
    """CREATE INDEX ix_document_owner_received ON document (owner_account_id, received_at)""",
    """CREATE INDEX ix_document_owner_subject ON document (owner_account_id, subject_ref)""",
    """CREATE INDEX ix_document_retain_until ON document (retain_until) WHERE wrapped_key IS NOT NULL""",
    """CREATE TABLE exhibit (
    case_id UUID NOT NULL,
    number INTEGER NOT NULL,
    kind VARCHAR(16) NOT NULL,
    contract_id UUID,
    message_id UUID,
    document_id UUID,
    by_account_id UUID,
    ground VARCHAR(64),
    description TEXT,
    quoted TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_exhibit PRIMARY KEY (id),
    CONSTRAINT uq_exhibit_case_id_number UNIQUE (case_id, number),
    CONSTRAINT ck_exhibit_kind_known CHECK (kind IN ('contract', 'message', 'document')),
    CONSTRAINT ck_exhibit_contract_named CHECK (kind <> 'contract' OR contract_id IS NOT NULL),
    CONSTRAINT ck_exhibit_document_named CHECK ((kind = 'document') = (document_id IS NOT NULL)),
    CONSTRAINT fk_exhibit_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_exhibit_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_exhibit_message_id FOREIGN KEY(message_id) REFERENCES message (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_exhibit_document_id FOREIGN KEY(document_id) REFERENCES document (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_exhibit_by_account_id FOREIGN KEY(by_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_exhibit_document_id ON exhibit (document_id)""",
)

TABLES = ("exhibit", "document",)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f'DROP TABLE "{table}"')
