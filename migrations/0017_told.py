"""Who is being told of which version by which notice, since when a version counts for an account, what a version corrects."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CHECKS = """CONSTRAINT ck_binding_says_something CHECK (told_at IS NOT NULL OR accepted_at IS NOT NULL),
    CONSTRAINT ck_binding_told_together CHECK ((told_at IS NULL) = (binds_on IS NULL)),
    CONSTRAINT ck_binding_untold_after CHECK (untold_at IS NULL OR told_at IS NOT NULL)"""
BINDING = """CREATE TABLE {name} (
    account_id CHAR(32) NOT NULL,
    version_id CHAR(32) NOT NULL,
    told_at VARCHAR(27),{more}
    accepted_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_binding PRIMARY KEY (id),
    CONSTRAINT uq_binding_account_id_version_id UNIQUE (account_id, version_id),
    {checks},
    CONSTRAINT fk_binding_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_binding_version_id FOREIGN KEY(version_id) REFERENCES policy_version (id) DEFERRABLE INITIALLY DEFERRED
)"""
VERSION = """CREATE TABLE {name} (
    policy_id CHAR(32) NOT NULL,
    title VARCHAR(200) NOT NULL,
    published_on DATE NOT NULL,
    effective_on DATE NOT NULL,
    language VARCHAR(12) NOT NULL,
    binding BOOLEAN NOT NULL,
    changes TEXT NOT NULL,
    front TEXT NOT NULL,
    sha256 VARCHAR(64) NOT NULL,{column}
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_policy_version PRIMARY KEY (id),
    CONSTRAINT uq_policy_version_policy_id_effective_on_language UNIQUE (policy_id, effective_on, language),
    CONSTRAINT fk_policy_version_policy_id FOREIGN KEY(policy_id) REFERENCES policy (id) DEFERRABLE INITIALLY DEFERRED{key}
)"""
CORRECTS = """,
    CONSTRAINT fk_policy_version_corrects_id FOREIGN KEY(corrects_id) REFERENCES policy_version (id) DEFERRABLE INITIALLY DEFERRED"""
VERSION_KEPT = "policy_id, title, published_on, effective_on, language, binding, changes, front, sha256, id, created_at"
REFUSED = "BEGIN SELECT RAISE(ABORT, 'rows of policy_version are kept as they are'); END"
KEEPS = (
    f'CREATE TRIGGER policy_version_keeps_rows BEFORE DELETE ON "policy_version" {REFUSED}',
    f'CREATE TRIGGER policy_version_keeps_values BEFORE UPDATE ON "policy_version" {REFUSED}',
)
KEPT = "account_id, version_id, told_at, accepted_at, id, created_at"


def rebuilt(made: str) -> tuple[str, ...]:
    """SQLite: the table anew, as `policy_version_new`, in place of the old one, with the triggers that guard it."""
    return (
        "DROP TRIGGER policy_version_keeps_rows", "DROP TRIGGER policy_version_keeps_values", made,
        f"INSERT INTO policy_version_new ({VERSION_KEPT}) SELECT {VERSION_KEPT} FROM policy_version",
        "DROP TABLE policy_version", "ALTER TABLE policy_version_new RENAME TO policy_version", *KEEPS,
    )


SQLITE = (
    BINDING.format(name="binding_new", checks=CHECKS, more="\n    binds_on DATE,\n    untold_at VARCHAR(27),"),
    f"""INSERT INTO binding_new ({KEPT}, binds_on)
SELECT {KEPT}, date(substr(told_at, 1, 10), '+16 days') FROM binding""",
    "DROP TABLE binding",
    "ALTER TABLE binding_new RENAME TO binding",
    *rebuilt(VERSION.format(name="policy_version_new", column="\n    corrects_id CHAR(32),", key=CORRECTS)),
    """CREATE TABLE telling (
    account_id CHAR(32) NOT NULL,
    version_id CHAR(32) NOT NULL,
    notice_id CHAR(32) NOT NULL,
    look_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_telling PRIMARY KEY (id),
    CONSTRAINT uq_telling_account_id_version_id_notice_id UNIQUE (account_id, version_id, notice_id),
    CONSTRAINT fk_telling_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_telling_version_id FOREIGN KEY(version_id) REFERENCES policy_version (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_telling_notice_id FOREIGN KEY(notice_id) REFERENCES notice (id) DEFERRABLE INITIALLY DEFERRED
)""",
)

POSTGRESQL = (
    "ALTER TABLE binding ADD COLUMN binds_on DATE",
    "ALTER TABLE binding ADD COLUMN untold_at TIMESTAMP WITH TIME ZONE",
    "UPDATE binding SET binds_on = (told_at AT TIME ZONE 'UTC')::date + 16 WHERE told_at IS NOT NULL",
    "ALTER TABLE binding ADD CONSTRAINT ck_binding_told_together CHECK ((told_at IS NULL) = (binds_on IS NULL))",
    "ALTER TABLE binding ADD CONSTRAINT ck_binding_untold_after CHECK (untold_at IS NULL OR told_at IS NOT NULL)",
    """ALTER TABLE policy_version ADD COLUMN corrects_id UUID
CONSTRAINT fk_policy_version_corrects_id REFERENCES policy_version (id) DEFERRABLE INITIALLY DEFERRED""",
    """CREATE TABLE telling (
    account_id UUID NOT NULL,
    version_id UUID NOT NULL,
    notice_id UUID NOT NULL,
    look_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_telling PRIMARY KEY (id),
    CONSTRAINT uq_telling_account_id_version_id_notice_id UNIQUE (account_id, version_id, notice_id),
    CONSTRAINT fk_telling_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_telling_version_id FOREIGN KEY(version_id) REFERENCES policy_version (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_telling_notice_id FOREIGN KEY(notice_id) REFERENCES notice (id) DEFERRABLE INITIALLY DEFERRED
)""",
)

INDEXES = (
    "CREATE INDEX ix_telling_notice_id ON telling (notice_id)",
    "CREATE INDEX ix_telling_look_at ON telling (look_at, id) WHERE look_at IS NOT NULL",
)


def upgrade() -> None:
    for statement in (*(SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL), *INDEXES):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE telling")
    if op.get_context().dialect.name == "sqlite":
        for statement in rebuilt(VERSION.format(name="policy_version_new", column="", key="")):
            op.execute(statement)
        says = CHECKS.split(",\n")[0]
        op.execute(BINDING.format(name="binding_old", checks=says, more=""))
        op.execute(f"INSERT INTO binding_old ({KEPT}) SELECT {KEPT} FROM binding")
        op.execute("DROP TABLE binding")
        op.execute("ALTER TABLE binding_old RENAME TO binding")
        return
    op.execute("ALTER TABLE policy_version DROP COLUMN corrects_id")
    op.execute("ALTER TABLE binding DROP COLUMN binds_on")
    op.execute("ALTER TABLE binding DROP COLUMN untold_at")
