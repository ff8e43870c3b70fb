"""Persons, accounts, members, staff, sessions, factors, links."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE account (
    ref VARCHAR(24) NOT NULL,
    external_id VARCHAR(200) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    name VARCHAR(200) NOT NULL,
    joined_on DATE NOT NULL,
    search_text TEXT NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_account PRIMARY KEY (id),
    CONSTRAINT ck_account_kind_known CHECK (kind IN ('individual', 'organisation')),
    CONSTRAINT uq_account_ref UNIQUE (ref),
    CONSTRAINT uq_account_external_id UNIQUE (external_id)
)""",
    """CREATE TABLE person (
    name VARCHAR(200) NOT NULL,
    email VARCHAR(320),
    email_norm VARCHAR(320),
    language VARCHAR(12) NOT NULL,
    zone VARCHAR(64) NOT NULL,
    password_hash VARCHAR(200),
    version INTEGER NOT NULL,
    last_seen_at VARCHAR(27),
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_person PRIMARY KEY (id),
    CONSTRAINT uq_person_email_norm UNIQUE (email_norm)
)""",
    """CREATE TABLE throttle (
    kind VARCHAR(64) NOT NULL,
    subject VARCHAR(64) NOT NULL,
    window_from VARCHAR(27) NOT NULL,
    count INTEGER NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_throttle PRIMARY KEY (id),
    CONSTRAINT uq_throttle_kind_subject UNIQUE (kind, subject)
)""",
    """CREATE TABLE member (
    account_id CHAR(32) NOT NULL,
    person_id CHAR(32) NOT NULL,
    role VARCHAR(16) NOT NULL,
    ended_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_member PRIMARY KEY (id),
    CONSTRAINT ck_member_role_known CHECK (role IN ('owner', 'finance', 'worker')),
    CONSTRAINT fk_member_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_member_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_member_person_id ON member (person_id)""",
    """CREATE UNIQUE INDEX uq_member_live ON member (account_id, person_id) WHERE ended_at IS NULL""",
    """CREATE TABLE second_factor (
    person_id CHAR(32) NOT NULL,
    kind VARCHAR(64) NOT NULL,
    sealed_secret BLOB NOT NULL,
    last_counter BIGINT NOT NULL,
    confirmed_at VARCHAR(27),
    ended_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_second_factor PRIMARY KEY (id),
    CONSTRAINT fk_second_factor_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_second_factor_person_id ON second_factor (person_id)""",
    """CREATE TABLE session (
    token_hash VARCHAR(64) NOT NULL,
    person_id CHAR(32) NOT NULL,
    case_ref VARCHAR(24),
    csrf VARCHAR(64) NOT NULL,
    stepped_up_at VARCHAR(27),
    expires_at VARCHAR(27) NOT NULL,
    ended_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_session PRIMARY KEY (id),
    CONSTRAINT uq_session_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_session_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_session_person_id ON session (person_id)""",
    """CREATE TABLE sign_in_link (
    token_hash VARCHAR(64) NOT NULL,
    person_id CHAR(32) NOT NULL,
    case_ref VARCHAR(24),
    target VARCHAR(300) NOT NULL,
    expires_at VARCHAR(27) NOT NULL,
    used_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_sign_in_link PRIMARY KEY (id),
    CONSTRAINT uq_sign_in_link_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_sign_in_link_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_sign_in_link_person_id ON sign_in_link (person_id)""",
    """CREATE TABLE staff_role (
    person_id CHAR(32) NOT NULL,
    role VARCHAR(16) NOT NULL,
    handle VARCHAR(16) NOT NULL,
    external BOOLEAN NOT NULL,
    granted_by VARCHAR(80) NOT NULL,
    ended_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_staff_role PRIMARY KEY (id),
    CONSTRAINT ck_staff_role_role_known CHECK (role IN ('reviewer', 'lead', 'auditor', 'admin')),
    CONSTRAINT fk_staff_role_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE UNIQUE INDEX uq_staff_role_live ON staff_role (person_id, role) WHERE ended_at IS NULL""",
)

POSTGRESQL = (
    """CREATE TABLE account (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    external_id VARCHAR(200) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    name VARCHAR(200) NOT NULL,
    joined_on DATE NOT NULL,
    search_text TEXT NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_account PRIMARY KEY (id),
    CONSTRAINT ck_account_kind_known CHECK (kind IN ('individual', 'organisation')),
    CONSTRAINT uq_account_ref UNIQUE (ref),
    CONSTRAINT uq_account_external_id UNIQUE (external_id)
)""",
    """CREATE TABLE person (
    name VARCHAR(200) NOT NULL,
    email VARCHAR(320),
    email_norm VARCHAR(320),
    language VARCHAR(12) NOT NULL,
    zone VARCHAR(64) NOT NULL,
    password_hash VARCHAR(200),
    version INTEGER NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_person PRIMARY KEY (id),
    CONSTRAINT uq_person_email_norm UNIQUE (email_norm)
)""",
    """CREATE TABLE throttle (
    kind VARCHAR(64) NOT NULL,
    subject VARCHAR(64) NOT NULL,
    window_from TIMESTAMP WITH TIME ZONE NOT NULL,
    count INTEGER NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_throttle PRIMARY KEY (id),
    CONSTRAINT uq_throttle_kind_subject UNIQUE (kind, subject)
)""",
    """CREATE TABLE member (
    account_id UUID NOT NULL,
    person_id UUID NOT NULL,
    role VARCHAR(16) NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_member PRIMARY KEY (id),
    CONSTRAINT ck_member_role_known CHECK (role IN ('owner', 'finance', 'worker')),
    CONSTRAINT fk_member_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_member_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_member_person_id ON member (person_id)""",
    """CREATE UNIQUE INDEX uq_member_live ON member (account_id, person_id) WHERE ended_at IS NULL""",
    """CREATE TABLE second_factor (
    person_id UUID NOT NULL,
    kind VARCHAR(64) NOT NULL,
    sealed_secret BYTEA NOT NULL,
    last_counter BIGINT NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_second_factor PRIMARY KEY (id),
    CONSTRAINT fk_second_factor_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_second_factor_person_id ON second_factor (person_id)""",
    """CREATE TABLE session (
    token_hash VARCHAR(64) NOT NULL,
    person_id UUID NOT NULL,
    case_ref VARCHAR(24),
    csrf VARCHAR(64) NOT NULL,
    stepped_up_at TIMESTAMP WITH TIME ZONE,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_session PRIMARY KEY (id),
    CONSTRAINT uq_session_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_session_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_session_person_id ON session (person_id)""",
    """CREATE TABLE sign_in_link (
    token_hash VARCHAR(64) NOT NULL,
    person_id UUID NOT NULL,
    case_ref VARCHAR(24),
    target VARCHAR(300) NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sign_in_link PRIMARY KEY (id),
    CONSTRAINT uq_sign_in_link_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_sign_in_link_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_sign_in_link_person_id ON sign_in_link (person_id)""",
    """CREATE TABLE staff_role (
    person_id UUID NOT NULL,
    role VARCHAR(16) NOT NULL,
    handle VARCHAR(16) NOT NULL,
    external BOOLEAN NOT NULL,
    granted_by VARCHAR(80) NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_staff_role PRIMARY KEY (id),
    CONSTRAINT ck_staff_role_role_known CHECK (role IN ('reviewer', 'lead', 'auditor', 'admin')),
    CONSTRAINT fk_staff_role_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE UNIQUE INDEX uq_staff_role_live ON staff_role (person_id, role) WHERE ended_at IS NULL""",
)

TABLES = ("staff_role", "sign_in_link", "session", "second_factor", "member", "throttle", "person", "account",)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f'DROP TABLE "{table}"')
