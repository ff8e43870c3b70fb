"""Disputes."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE dispute (
    ref VARCHAR(24) NOT NULL,
    case_id CHAR(32) NOT NULL,
    claim_id CHAR(32) NOT NULL,
    contract_id CHAR(32) NOT NULL,
    milestone_id CHAR(32) NOT NULL,
    opened_by_account_id CHAR(32) NOT NULL,
    contract_term_id CHAR(32) NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    opened_at VARCHAR(27) NOT NULL,
    asks_for VARCHAR(16) NOT NULL,
    language VARCHAR(12) NOT NULL,
    agreed TEXT,
    happened TEXT,
    sha256 VARCHAR(64) NOT NULL,
    state VARCHAR(16) NOT NULL,
    answer_by VARCHAR(27) NOT NULL,
    answered_at VARCHAR(27),
    answer TEXT,
    answer_language VARCHAR(12),
    answer_sha256 VARCHAR(64),
    outcome VARCHAR(16),
    refund_minor BIGINT,
    decided_at VARCHAR(27),
    ended_at VARCHAR(27),
    version INTEGER NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_dispute PRIMARY KEY (id),
    CONSTRAINT ck_dispute_state_known CHECK (state IN ('opened', 'answered', 'unanswered', 'decided', 'settled', 'withdrawn')),
    CONSTRAINT ck_dispute_outcome_known CHECK (outcome IN ('release', 'refund', 'split')),
    CONSTRAINT ck_dispute_asks_for_known CHECK (asks_for IN ('refund', 'partial')),
    CONSTRAINT ck_dispute_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT ck_dispute_answered_together CHECK (state <> 'answered' OR answered_at IS NOT NULL),
    CONSTRAINT ck_dispute_answer_kept CHECK ((answered_at IS NULL) = (answer_sha256 IS NULL)),
    CONSTRAINT ck_dispute_decided_together CHECK ((decided_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT ck_dispute_decided_says_what CHECK (state <> 'decided' OR decided_at IS NOT NULL),
    CONSTRAINT ck_dispute_ended_together CHECK (state NOT IN ('settled', 'withdrawn') OR ended_at IS NOT NULL),
    CONSTRAINT uq_dispute_ref UNIQUE (ref),
    CONSTRAINT fk_dispute_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_claim_id FOREIGN KEY(claim_id) REFERENCES claim (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_opened_by_account_id FOREIGN KEY(opened_by_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_contract_term_id FOREIGN KEY(contract_term_id) REFERENCES contract_term (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_dispute_case_id ON dispute (case_id)""",
    """CREATE INDEX ix_dispute_contract_id ON dispute (contract_id)""",
    """CREATE UNIQUE INDEX uq_dispute_open ON dispute (milestone_id) WHERE ended_at IS NULL""",
)

POSTGRESQL = (
    """CREATE TABLE dispute (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    case_id UUID NOT NULL,
    claim_id UUID NOT NULL,
    contract_id UUID NOT NULL,
    milestone_id UUID NOT NULL,
    opened_by_account_id UUID NOT NULL,
    contract_term_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asks_for VARCHAR(16) NOT NULL,
    language VARCHAR(12) NOT NULL,
    agreed TEXT,
    happened TEXT,
    sha256 VARCHAR(64) NOT NULL,
    state VARCHAR(16) NOT NULL,
    answer_by TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    answer TEXT,
    answer_language VARCHAR(12),
    answer_sha256 VARCHAR(64),
    outcome VARCHAR(16),
    refund_minor BIGINT,
    decided_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_dispute PRIMARY KEY (id),
    CONSTRAINT ck_dispute_state_known CHECK (state IN ('opened', 'answered', 'unanswered', 'decided', 'settled', 'withdrawn')),
    CONSTRAINT ck_dispute_outcome_known CHECK (outcome IN ('release', 'refund', 'split')),
    CONSTRAINT ck_dispute_asks_for_known CHECK (asks_for IN ('refund', 'partial')),
    CONSTRAINT ck_dispute_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT ck_dispute_answered_together CHECK (state <> 'answered' OR answered_at IS NOT NULL),
    CONSTRAINT ck_dispute_answer_kept CHECK ((answered_at IS NULL) = (answer_sha256 IS NULL)),
    CONSTRAINT ck_dispute_decided_together CHECK ((decided_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT ck_dispute_decided_says_what CHECK (state <> 'decided' OR decided_at IS NOT NULL),
    CONSTRAINT ck_dispute_ended_together CHECK (state NOT IN ('settled', 'withdrawn') OR ended_at IS NOT NULL),
    CONSTRAINT uq_dispute_ref UNIQUE (ref),
    CONSTRAINT fk_dispute_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_claim_id FOREIGN KEY(claim_id) REFERENCES claim (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_opened_by_account_id FOREIGN KEY(opened_by_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_contract_term_id FOREIGN KEY(contract_term_id) REFERENCES contract_term (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_dispute_case_id ON dispute (case_id)""",
    """CREATE INDEX ix_dispute_contract_id ON dispute (contract_id)""",
    """CREATE UNIQUE INDEX uq_dispute_open ON dispute (milestone_id) WHERE ended_at IS NULL""",
)

TABLES = ("dispute",)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f'DROP TABLE "{table}"')
