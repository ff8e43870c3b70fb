"""Contracts, terms, milestones, earnings."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE contract (
    external_id VARCHAR(200) NOT NULL,
    ref VARCHAR(24) NOT NULL,
    title VARCHAR(200) NOT NULL,
    client_id CHAR(32) NOT NULL,
    freelancer_id CHAR(32) NOT NULL,
    started_on DATE NOT NULL,
    ended_on DATE,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_contract PRIMARY KEY (id),
    CONSTRAINT ck_contract_two_sides CHECK (client_id <> freelancer_id),
    CONSTRAINT ck_contract_ends_after_start CHECK (ended_on IS NULL OR ended_on >= started_on),
    CONSTRAINT uq_contract_external_id UNIQUE (external_id),
    CONSTRAINT uq_contract_ref UNIQUE (ref),
    CONSTRAINT fk_contract_client_id FOREIGN KEY(client_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_contract_freelancer_id FOREIGN KEY(freelancer_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_contract_client_id ON contract (client_id, freelancer_id)""",
    """CREATE INDEX ix_contract_freelancer_id ON contract (freelancer_id, client_id)""",
    """CREATE TABLE contract_term (
    contract_id CHAR(32) NOT NULL,
    ordinal INTEGER NOT NULL,
    number VARCHAR(40) NOT NULL,
    agreed_on DATE NOT NULL,
    text TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_contract_term PRIMARY KEY (id),
    CONSTRAINT uq_contract_term_contract_id_number UNIQUE (contract_id, number),
    CONSTRAINT fk_contract_term_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE milestone (
    contract_id CHAR(32) NOT NULL,
    number INTEGER NOT NULL,
    title VARCHAR(200) NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    state VARCHAR(16) NOT NULL,
    released_on DATE,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_milestone PRIMARY KEY (id),
    CONSTRAINT uq_milestone_contract_id_number UNIQUE (contract_id, number),
    CONSTRAINT ck_milestone_state_known CHECK (state IN ('planned', 'funded', 'delivered', 'released', 'cancelled')),
    CONSTRAINT ck_milestone_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT fk_milestone_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE earning (
    source_key VARCHAR(200) NOT NULL,
    milestone_id CHAR(32) NOT NULL,
    account_id CHAR(32) NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    released_at VARCHAR(27) NOT NULL,
    clears_at VARCHAR(27) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_earning PRIMARY KEY (id),
    CONSTRAINT ck_earning_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT ck_earning_clears_after_release CHECK (clears_at >= released_at),
    CONSTRAINT uq_earning_source_key UNIQUE (source_key),
    CONSTRAINT fk_earning_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_earning_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_earning_account_id ON earning (account_id, released_at)""",
    """CREATE INDEX ix_earning_milestone_id ON earning (milestone_id)""",
)

POSTGRESQL = (
    """CREATE TABLE contract (
    external_id VARCHAR(200) NOT NULL,
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    title VARCHAR(200) NOT NULL,
    client_id UUID NOT NULL,
    freelancer_id UUID NOT NULL,
    started_on DATE NOT NULL,
    ended_on DATE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_contract PRIMARY KEY (id),
    CONSTRAINT ck_contract_two_sides CHECK (client_id <> freelancer_id),
    CONSTRAINT ck_contract_ends_after_start CHECK (ended_on IS NULL OR ended_on >= started_on),
    CONSTRAINT uq_contract_external_id UNIQUE (external_id),
    CONSTRAINT uq_contract_ref UNIQUE (ref),
    CONSTRAINT fk_contract_client_id FOREIGN KEY(client_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_contract_freelancer_id FOREIGN KEY(freelancer_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_contract_client_id ON contract (client_id, freelancer_id)""",
    """CREATE INDEX ix_contract_freelancer_id ON contract (freelancer_id, client_id)""",
    """CREATE TABLE contract_term (
    contract_id UUID NOT NULL,
    ordinal INTEGER NOT NULL,
    number VARCHAR(40) NOT NULL,
    agreed_on DATE NOT NULL,
    text TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_contract_term PRIMARY KEY (id),
    CONSTRAINT uq_contract_term_contract_id_number UNIQUE (contract_id, number),
    CONSTRAINT fk_contract_term_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE milestone (
    contract_id UUID NOT NULL,
    number INTEGER NOT NULL,
    title VARCHAR(200) NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    state VARCHAR(16) NOT NULL,
    released_on DATE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_milestone PRIMARY KEY (id),
    CONSTRAINT uq_milestone_contract_id_number UNIQUE (contract_id, number),
    CONSTRAINT ck_milestone_state_known CHECK (state IN ('planned', 'funded', 'delivered', 'released', 'cancelled')),
    CONSTRAINT ck_milestone_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT fk_milestone_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE earning (
    source_key VARCHAR(200) NOT NULL,
    milestone_id UUID NOT NULL,
    account_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    released_at TIMESTAMP WITH TIME ZONE NOT NULL,
    clears_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_earning PRIMARY KEY (id),
    CONSTRAINT ck_earning_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT ck_earning_clears_after_release CHECK (clears_at >= released_at),
    CONSTRAINT uq_earning_source_key UNIQUE (source_key),
    CONSTRAINT fk_earning_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_earning_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_earning_account_id ON earning (account_id, released_at)""",
    """CREATE INDEX ix_earning_milestone_id ON earning (milestone_id)""",
)

TABLES = ("earning", "milestone", "contract_term", "contract",)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f'DROP TABLE "{table}"')
