"""Appeals, what was said in them, their files, decisions."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE appeal (
    ref VARCHAR(24) NOT NULL,
    case_id CHAR(32) NOT NULL,
    action_id CHAR(32) NOT NULL,
    account_id CHAR(32) NOT NULL,
    person_id CHAR(32) NOT NULL,
    state VARCHAR(16) NOT NULL,
    filed_at VARCHAR(27),
    answer_by VARCHAR(27),
    late BOOLEAN NOT NULL,
    waiting_until VARCHAR(27),
    outcome VARCHAR(24),
    decided_at VARCHAR(27),
    withdrawn_at VARCHAR(27),
    refused_because TEXT,
    refused_by CHAR(32),
    version INTEGER NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_appeal PRIMARY KEY (id),
    CONSTRAINT ck_appeal_state_known CHECK (state IN ('draft', 'filed', 'in_review', 'waiting', 'decided', 'withdrawn', 'inadmissible')),
    CONSTRAINT ck_appeal_outcome_known CHECK (outcome IN ('upheld', 'partially_reversed', 'reversed')),
    CONSTRAINT ck_appeal_filed_together CHECK (state = 'draft' OR (filed_at IS NOT NULL AND answer_by IS NOT NULL)),
    CONSTRAINT ck_appeal_decided_with_outcome CHECK ((state = 'decided') = (outcome IS NOT NULL)),
    CONSTRAINT ck_appeal_decided_together CHECK ((outcome IS NULL) = (decided_at IS NULL)),
    CONSTRAINT ck_appeal_refused_with_reason CHECK ((state = 'inadmissible') = (refused_because IS NOT NULL)),
    CONSTRAINT ck_appeal_refused_by_somebody CHECK ((refused_because IS NULL) = (refused_by IS NULL)),
    CONSTRAINT uq_appeal_ref UNIQUE (ref),
    CONSTRAINT fk_appeal_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_refused_by FOREIGN KEY(refused_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_appeal_account_id ON appeal (account_id)""",
    """CREATE INDEX ix_appeal_case_id ON appeal (case_id)""",
    """CREATE UNIQUE INDEX uq_appeal_live ON appeal (action_id, account_id) WHERE state <> 'inadmissible'""",
    """CREATE TABLE appeal_file (
    appeal_id CHAR(32) NOT NULL,
    document_id CHAR(32) NOT NULL,
    exhibit_id CHAR(32),
    description TEXT NOT NULL,
    removed_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_appeal_file PRIMARY KEY (id),
    CONSTRAINT ck_appeal_file_exhibits_stay CHECK (removed_at IS NULL OR exhibit_id IS NULL),
    CONSTRAINT fk_appeal_file_appeal_id FOREIGN KEY(appeal_id) REFERENCES appeal (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_appeal_file_document_id UNIQUE (document_id),
    CONSTRAINT fk_appeal_file_document_id FOREIGN KEY(document_id) REFERENCES document (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_appeal_file_exhibit_id UNIQUE (exhibit_id),
    CONSTRAINT fk_appeal_file_exhibit_id FOREIGN KEY(exhibit_id) REFERENCES exhibit (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_appeal_file_appeal_id ON appeal_file (appeal_id, id)""",
    """CREATE TABLE appeal_message (
    appeal_id CHAR(32) NOT NULL,
    n INTEGER NOT NULL,
    kind VARCHAR(16) NOT NULL,
    person_id CHAR(32) NOT NULL,
    said_at VARCHAR(27) NOT NULL,
    language VARCHAR(12) NOT NULL,
    grounds TEXT,
    body TEXT,
    late_reason TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_appeal_message PRIMARY KEY (id),
    CONSTRAINT uq_appeal_message_appeal_id_n UNIQUE (appeal_id, n),
    CONSTRAINT ck_appeal_message_kind_known CHECK (kind IN ('filed', 'added', 'asked')),
    CONSTRAINT fk_appeal_message_appeal_id FOREIGN KEY(appeal_id) REFERENCES appeal (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_message_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE decision (
    appeal_id CHAR(32) NOT NULL,
    n INTEGER NOT NULL,
    decided_by CHAR(32) NOT NULL,
    outcome VARCHAR(24) NOT NULL,
    language VARCHAR(12) NOT NULL,
    record TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_decision PRIMARY KEY (id),
    CONSTRAINT uq_decision_appeal_id_n UNIQUE (appeal_id, n),
    CONSTRAINT ck_decision_outcome_known CHECK (outcome IN ('upheld', 'partially_reversed', 'reversed')),
    CONSTRAINT fk_decision_appeal_id FOREIGN KEY(appeal_id) REFERENCES appeal (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_decision_decided_by FOREIGN KEY(decided_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
)

POSTGRESQL = (
    """CREATE TABLE appeal (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    case_id UUID NOT NULL,
    action_id UUID NOT NULL,
    account_id UUID NOT NULL,
    person_id UUID NOT NULL,
    state VARCHAR(16) NOT NULL,
    filed_at TIMESTAMP WITH TIME ZONE,
    answer_by TIMESTAMP WITH TIME ZONE,
    late BOOLEAN NOT NULL,
    waiting_until TIMESTAMP WITH TIME ZONE,
    outcome VARCHAR(24),
    decided_at TIMESTAMP WITH TIME ZONE,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    refused_because TEXT,
    refused_by UUID,
    version INTEGER NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_appeal PRIMARY KEY (id),
    CONSTRAINT ck_appeal_state_known CHECK (state IN ('draft', 'filed', 'in_review', 'waiting', 'decided', 'withdrawn', 'inadmissible')),
    CONSTRAINT ck_appeal_outcome_known CHECK (outcome IN ('upheld', 'partially_reversed', 'reversed')),
    CONSTRAINT ck_appeal_filed_together CHECK (state = 'draft' OR (filed_at IS NOT NULL AND answer_by IS NOT NULL)),
    CONSTRAINT ck_appeal_decided_with_outcome CHECK ((state = 'decided') = (outcome IS NOT NULL)),
    CONSTRAINT ck_appeal_decided_together CHECK ((outcome IS NULL) = (decided_at IS NULL)),
    CONSTRAINT ck_appeal_refused_with_reason CHECK ((state = 'inadmissible') = (refused_because IS NOT NULL)),
    CONSTRAINT ck_appeal_refused_by_somebody CHECK ((refused_because IS NULL) = (refused_by IS NULL)),
    CONSTRAINT uq_appeal_ref UNIQUE (ref),
    CONSTRAINT fk_appeal_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_refused_by FOREIGN KEY(refused_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_appeal_account_id ON appeal (account_id)""",
    """CREATE INDEX ix_appeal_case_id ON appeal (case_id)""",
    """CREATE UNIQUE INDEX uq_appeal_live ON appeal (action_id, account_id) WHERE state <> 'inadmissible'""",
    """CREATE TABLE appeal_file (
    appeal_id UUID NOT NULL,
    document_id UUID NOT NULL,
    exhibit_id UUID,
    description TEXT NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_appeal_file PRIMARY KEY (id),
    CONSTRAINT ck_appeal_file_exhibits_stay CHECK (removed_at IS NULL OR exhibit_id IS NULL),
    CONSTRAINT fk_appeal_file_appeal_id FOREIGN KEY(appeal_id) REFERENCES appeal (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_appeal_file_document_id UNIQUE (document_id),
    CONSTRAINT fk_appeal_file_document_id FOREIGN KEY(document_id) REFERENCES document (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_appeal_file_exhibit_id UNIQUE (exhibit_id),
    CONSTRAINT fk_appeal_file_exhibit_id FOREIGN KEY(exhibit_id) REFERENCES exhibit (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_appeal_file_appeal_id ON appeal_file (appeal_id, id)""",
    """CREATE TABLE appeal_message (
    appeal_id UUID NOT NULL,
    n INTEGER NOT NULL,
    kind VARCHAR(16) NOT NULL,
    person_id UUID NOT NULL,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    language VARCHAR(12) NOT NULL,
    grounds TEXT,
    body TEXT,
    late_reason TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_appeal_message PRIMARY KEY (id),
    CONSTRAINT uq_appeal_message_appeal_id_n UNIQUE (appeal_id, n),
    CONSTRAINT ck_appeal_message_kind_known CHECK (kind IN ('filed', 'added', 'asked')),
    CONSTRAINT fk_appeal_message_appeal_id FOREIGN KEY(appeal_id) REFERENCES appeal (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_message_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE decision (
    appeal_id UUID NOT NULL,
    n INTEGER NOT NULL,
    decided_by UUID NOT NULL,
    outcome VARCHAR(24) NOT NULL,
    language VARCHAR(12) NOT NULL,
    record TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_decision PRIMARY KEY (id),
    CONSTRAINT uq_decision_appeal_id_n UNIQUE (appeal_id, n),
    CONSTRAINT ck_decision_outcome_known CHECK (outcome IN ('upheld', 'partially_reversed', 'reversed')),
    CONSTRAINT fk_decision_appeal_id FOREIGN KEY(appeal_id) REFERENCES appeal (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_decision_decided_by FOREIGN KEY(decided_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
)

TABLES = ("decision", "appeal_message", "appeal_file", "appeal",)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f'DROP TABLE "{table}"')
