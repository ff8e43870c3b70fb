"""Policies, versions, clauses, what bound whom."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE policy (
    slug VARCHAR(80) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_policy PRIMARY KEY (id),
    CONSTRAINT ck_policy_kind_known CHECK (kind IN ('terms', 'promises')),
    CONSTRAINT uq_policy_slug UNIQUE (slug)
)""",
    """CREATE TABLE clause (
    policy_id CHAR(32) NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_clause PRIMARY KEY (id),
    CONSTRAINT uq_clause_policy_id_key UNIQUE (policy_id, "key"),
    CONSTRAINT fk_clause_policy_id FOREIGN KEY(policy_id) REFERENCES policy (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE policy_version (
    policy_id CHAR(32) NOT NULL,
    title VARCHAR(200) NOT NULL,
    published_on DATE NOT NULL,
    effective_on DATE NOT NULL,
    language VARCHAR(12) NOT NULL,
    binding BOOLEAN NOT NULL,
    changes TEXT NOT NULL,
    front TEXT NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_policy_version PRIMARY KEY (id),
    CONSTRAINT uq_policy_version_policy_id_effective_on_language UNIQUE (policy_id, effective_on, language),
    CONSTRAINT fk_policy_version_policy_id FOREIGN KEY(policy_id) REFERENCES policy (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE binding (
    account_id CHAR(32) NOT NULL,
    version_id CHAR(32) NOT NULL,
    told_at VARCHAR(27),
    accepted_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_binding PRIMARY KEY (id),
    CONSTRAINT uq_binding_account_id_version_id UNIQUE (account_id, version_id),
    CONSTRAINT ck_binding_says_something CHECK (told_at IS NOT NULL OR accepted_at IS NOT NULL),
    CONSTRAINT fk_binding_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_binding_version_id FOREIGN KEY(version_id) REFERENCES policy_version (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE clause_version (
    clause_id CHAR(32) NOT NULL,
    version_id CHAR(32) NOT NULL,
    ordinal INTEGER NOT NULL,
    parent_key VARCHAR(200),
    level INTEGER NOT NULL,
    number VARCHAR(80) NOT NULL,
    heading TEXT NOT NULL,
    text TEXT NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    data TEXT NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_clause_version PRIMARY KEY (id),
    CONSTRAINT uq_clause_version_version_id_clause_id UNIQUE (version_id, clause_id),
    CONSTRAINT uq_clause_version_version_id_ordinal UNIQUE (version_id, ordinal),
    CONSTRAINT fk_clause_version_clause_id FOREIGN KEY(clause_id) REFERENCES clause (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_clause_version_version_id FOREIGN KEY(version_id) REFERENCES policy_version (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_clause_version_clause_id ON clause_version (clause_id)""",
)

POSTGRESQL = (
    """CREATE TABLE policy (
    slug VARCHAR(80) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_policy PRIMARY KEY (id),
    CONSTRAINT ck_policy_kind_known CHECK (kind IN ('terms', 'promises')),
    CONSTRAINT uq_policy_slug UNIQUE (slug)
)""",
    """CREATE TABLE clause (
    policy_id UUID NOT NULL,
    key VARCHAR(200) NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_clause PRIMARY KEY (id),
    CONSTRAINT uq_clause_policy_id_key UNIQUE (policy_id, key),
    CONSTRAINT fk_clause_policy_id FOREIGN KEY(policy_id) REFERENCES policy (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE policy_version (
    policy_id UUID NOT NULL,
    title VARCHAR(200) NOT NULL,
    published_on DATE NOT NULL,
    effective_on DATE NOT NULL,
    language VARCHAR(12) NOT NULL,
    binding BOOLEAN NOT NULL,
    changes TEXT NOT NULL,
    front TEXT NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_policy_version PRIMARY KEY (id),
    CONSTRAINT uq_policy_version_policy_id_effective_on_language UNIQUE (policy_id, effective_on, language),
    CONSTRAINT fk_policy_version_policy_id FOREIGN KEY(policy_id) REFERENCES policy (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE binding (
    account_id UUID NOT NULL,
    version_id UUID NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE,
    accepted_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_binding PRIMARY KEY (id),
    CONSTRAINT uq_binding_account_id_version_id UNIQUE (account_id, version_id),
    CONSTRAINT ck_binding_says_something CHECK (told_at IS NOT NULL OR accepted_at IS NOT NULL),
    CONSTRAINT fk_binding_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_binding_version_id FOREIGN KEY(version_id) REFERENCES policy_version (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE clause_version (
    clause_id UUID NOT NULL,
    version_id UUID NOT NULL,
    ordinal INTEGER NOT NULL,
    parent_key VARCHAR(200),
    level INTEGER NOT NULL,
    number VARCHAR(80) NOT NULL,
    heading TEXT NOT NULL,
    text TEXT NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    data TEXT NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_clause_version PRIMARY KEY (id),
    CONSTRAINT uq_clause_version_version_id_clause_id UNIQUE (version_id, clause_id),
    CONSTRAINT uq_clause_version_version_id_ordinal UNIQUE (version_id, ordinal),
    CONSTRAINT fk_clause_version_clause_id FOREIGN KEY(clause_id) REFERENCES clause (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_clause_version_version_id FOREIGN KEY(version_id) REFERENCES policy_version (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_clause_version_clause_id ON clause_version (clause_id)""",
)

TABLES = ("clause_version", "binding", "policy_version", "clause", "policy",)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f'DROP TABLE "{table}"')
