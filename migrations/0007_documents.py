"""Exhibits."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE exhibit (
    case_id CHAR(32) NOT NULL,
    number INTEGER NOT NULL,
    kind VARCHAR(16) NOT NULL,
    contract_id CHAR(32),
    message_id CHAR(32),
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
    CONSTRAINT ck_exhibit_kind_known CHECK (kind IN ('contract', 'message')),
    CONSTRAINT ck_exhibit_contract_named CHECK (kind <> 'contract' OR contract_id IS NOT NULL),
    CONSTRAINT fk_exhibit_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_exhibit_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_exhibit_message_id FOREIGN KEY(message_id) REFERENCES message (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_exhibit_by_account_id FOREIGN KEY(by_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
)

POSTGRESQL = (
    """CREATE TABLE exhibit (
    case_id UUID NOT NULL,
    number INTEGER NOT NULL,
    kind VARCHAR(16) NOT NULL,
    contract_id UUID,
    message_id UUID,
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
    CONSTRAINT ck_exhibit_kind_known CHECK (kind IN ('contract', 'message')),
    CONSTRAINT ck_exhibit_contract_named CHECK (kind <> 'contract' OR contract_id IS NOT NULL),
    CONSTRAINT fk_exhibit_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_exhibit_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_exhibit_message_id FOREIGN KEY(message_id) REFERENCES message (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_exhibit_by_account_id FOREIGN KEY(by_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
)

TABLES = ("exhibit",)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f'DROP TABLE "{table}"')
