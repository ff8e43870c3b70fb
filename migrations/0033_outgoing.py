"""What the marketplace is told by machine: its addresses, the messages, and their deliveries beside those of notices.

SQLite knows no statement that takes NOT NULL away or adds a constraint. The table of deliveries is referenced by another one,
so its text is changed in place, as SQLite's own documentation describes for such changes, and read again.
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None
FORGETS = ("endpoint", "outgoing")

SQLITE = (
    """CREATE TABLE endpoint (
    name VARCHAR(64) NOT NULL,
    url VARCHAR(2000) NOT NULL,
    sealed BLOB NOT NULL,
    ended_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_endpoint PRIMARY KEY (id)
)""",
    """CREATE UNIQUE INDEX uq_endpoint_live ON endpoint (name) WHERE ended_at IS NULL""",
    """CREATE TRIGGER endpoint_keeps_rows BEFORE DELETE ON "endpoint" BEGIN SELECT RAISE(ABORT, 'rows of endpoint are kept as they are'); END""",
    """CREATE TRIGGER endpoint_keeps_values BEFORE UPDATE ON "endpoint" WHEN (NOT (NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at AND NEW.name IS OLD.name AND NEW.url IS OLD.url AND NEW.sealed IS OLD.sealed AND (OLD.ended_at IS NULL OR NEW.ended_at IS OLD.ended_at))) BEGIN SELECT RAISE(ABORT, 'rows of endpoint are kept as they are'); END""",
    """CREATE TABLE outgoing (
    message_id VARCHAR(64) NOT NULL,
    event_id CHAR(32) NOT NULL,
    kind VARCHAR(64) NOT NULL,
    about_ref VARCHAR(24) NOT NULL,
    sealed BLOB,
    sha256 VARCHAR(64) NOT NULL,
    ended_at VARCHAR(27),
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_outgoing PRIMARY KEY (id),
    CONSTRAINT uq_outgoing_event_id_kind UNIQUE (event_id, kind),
    CONSTRAINT uq_outgoing_message_id UNIQUE (message_id),
    CONSTRAINT fk_outgoing_event_id FOREIGN KEY(event_id) REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_outgoing_about_ref ON outgoing (about_ref)""",
    """CREATE INDEX ix_outgoing_open ON outgoing (id) WHERE ended_at IS NULL""",
    """CREATE TRIGGER outgoing_keeps_rows BEFORE DELETE ON "outgoing" BEGIN SELECT RAISE(ABORT, 'rows of outgoing are kept as they are'); END""",
    """CREATE TRIGGER outgoing_keeps_values BEFORE UPDATE ON "outgoing" WHEN (NOT (NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at AND NEW.message_id IS OLD.message_id AND NEW.event_id IS OLD.event_id AND NEW.kind IS OLD.kind AND NEW.about_ref IS OLD.about_ref AND NEW.sha256 IS OLD.sha256 AND (OLD.ended_at IS NULL OR NEW.ended_at IS OLD.ended_at) AND (NEW.sealed IS OLD.sealed OR NEW.sealed IS NULL))) BEGIN SELECT RAISE(ABORT, 'rows of outgoing are kept as they are'); END""",
)

POSTGRESQL = (
    """CREATE TABLE endpoint (
    name VARCHAR(64) NOT NULL,
    url VARCHAR(2000) NOT NULL,
    sealed BYTEA NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_endpoint PRIMARY KEY (id)
)""",
    """CREATE UNIQUE INDEX uq_endpoint_live ON endpoint (name) WHERE ended_at IS NULL""",
    """CREATE TRIGGER endpoint_keeps_rows BEFORE DELETE ON "endpoint" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER endpoint_keeps_values BEFORE UPDATE ON "endpoint" FOR EACH ROW WHEN (NOT (NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at AND NEW.name IS NOT DISTINCT FROM OLD.name AND NEW.url IS NOT DISTINCT FROM OLD.url AND NEW.sealed IS NOT DISTINCT FROM OLD.sealed AND (OLD.ended_at IS NULL OR NEW.ended_at IS NOT DISTINCT FROM OLD.ended_at))) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER endpoint_keeps_table BEFORE TRUNCATE ON "endpoint" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TABLE outgoing (
    message_id VARCHAR(64) NOT NULL,
    event_id UUID NOT NULL,
    kind VARCHAR(64) NOT NULL,
    about_ref VARCHAR(24) COLLATE "C" NOT NULL,
    sealed BYTEA,
    sha256 VARCHAR(64) NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_outgoing PRIMARY KEY (id),
    CONSTRAINT uq_outgoing_event_id_kind UNIQUE (event_id, kind),
    CONSTRAINT uq_outgoing_message_id UNIQUE (message_id),
    CONSTRAINT fk_outgoing_event_id FOREIGN KEY(event_id) REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_outgoing_about_ref ON outgoing (about_ref)""",
    """CREATE INDEX ix_outgoing_open ON outgoing (id) WHERE ended_at IS NULL""",
    """CREATE TRIGGER outgoing_keeps_rows BEFORE DELETE ON "outgoing" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER outgoing_keeps_values BEFORE UPDATE ON "outgoing" FOR EACH ROW WHEN (NOT (NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at AND NEW.message_id IS NOT DISTINCT FROM OLD.message_id AND NEW.event_id IS NOT DISTINCT FROM OLD.event_id AND NEW.kind IS NOT DISTINCT FROM OLD.kind AND NEW.about_ref IS NOT DISTINCT FROM OLD.about_ref AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND (OLD.ended_at IS NULL OR NEW.ended_at IS NOT DISTINCT FROM OLD.ended_at) AND (NEW.sealed IS NOT DISTINCT FROM OLD.sealed OR NEW.sealed IS NULL))) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER outgoing_keeps_table BEFORE TRUNCATE ON "outgoing" EXECUTE FUNCTION portal_refuse()""",
)

CHANNELS = ("CHECK (channel IN ('inbox', 'email'))", "CHECK (channel IN ('inbox', 'email', 'webhook'))")
NEW = (
    "CONSTRAINT ck_delivery_notice_unless_webhook CHECK ((notice_id IS NULL) = (channel = 'webhook'))",
    "CONSTRAINT ck_delivery_to_an_endpoint CHECK ((outgoing_id IS NOT NULL AND endpoint_id IS NOT NULL) = (channel = 'webhook'))",
    "CONSTRAINT fk_delivery_outgoing_id FOREIGN KEY(outgoing_id) REFERENCES outgoing (id) DEFERRABLE INITIALLY DEFERRED",
    "CONSTRAINT fk_delivery_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoint (id) DEFERRABLE INITIALLY DEFERRED",
)
INDEXES = (
    "CREATE UNIQUE INDEX uq_delivery_outgoing ON delivery (outgoing_id, endpoint_id) WHERE endpoint_id IS NOT NULL",
    "CREATE INDEX ix_delivery_endpoint_id ON delivery (endpoint_id) WHERE endpoint_id IS NOT NULL",
)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def reworded(*changes: str) -> tuple[str, ...]:
    """SQLite: the text of the table as these expressions over `sql` make it, one after the other."""
    return (
        "PRAGMA writable_schema=ON",
        *(f"UPDATE sqlite_master SET sql = {change} WHERE type = 'table' AND name = 'delivery'" for change in changes),
        "PRAGMA writable_schema=RESET",
    )


def upgrade() -> None:
    before, after = CHANNELS
    if op.get_context().dialect.name == "sqlite":
        statements = (
            *SQLITE, "ALTER TABLE delivery ADD COLUMN outgoing_id CHAR(32)", "ALTER TABLE delivery ADD COLUMN endpoint_id CHAR(32)",
            *reworded(
                "replace(sql, 'notice_id CHAR(32) NOT NULL', 'notice_id CHAR(32)')",
                f"replace(sql, {quoted(before)}, {quoted(after)})",
                f"substr(rtrim(sql), 1, length(rtrim(sql)) - 1) || {quoted(', ' + ', '.join(NEW) + ')')}",
            ),
        )
    else:
        statements = (
            *POSTGRESQL, "ALTER TABLE delivery ALTER COLUMN notice_id DROP NOT NULL",
            "ALTER TABLE delivery ADD COLUMN outgoing_id UUID", "ALTER TABLE delivery ADD COLUMN endpoint_id UUID",
            *_channels(after), *(f"ALTER TABLE delivery ADD {one}" for one in NEW),
        )
    for statement in (*statements, *INDEXES):
        op.execute(statement)


def _channels(check: str) -> tuple[str, ...]:
    name = "ck_delivery_channel_known"
    return f"ALTER TABLE delivery DROP CONSTRAINT {name}", f"ALTER TABLE delivery ADD CONSTRAINT {name} {check}"


def downgrade() -> None:
    """What was on its way to the marketplace is forgotten: the older table has no place for it."""
    before, after = CHANNELS
    statements = (
        "DROP INDEX uq_delivery_outgoing", "DROP INDEX ix_delivery_endpoint_id", *_forgotten(),
    )
    if op.get_context().dialect.name == "sqlite":
        statements += (
            *reworded(
                f"replace(sql, {quoted(', ' + ', '.join(NEW))}, '')",
                f"replace(sql, {quoted(after)}, {quoted(before)})",
                "replace(sql, 'notice_id CHAR(32)', 'notice_id CHAR(32) NOT NULL')",
            ),
            "ALTER TABLE delivery DROP COLUMN endpoint_id", "ALTER TABLE delivery DROP COLUMN outgoing_id",
        )
    else:
        statements += (
            *(f"ALTER TABLE delivery DROP CONSTRAINT {one.split()[1]}" for one in NEW), *_channels(before),
            "ALTER TABLE delivery DROP COLUMN endpoint_id", "ALTER TABLE delivery DROP COLUMN outgoing_id",
            "ALTER TABLE delivery ALTER COLUMN notice_id SET NOT NULL",
        )
    for statement in (*statements, "DROP TABLE outgoing", "DROP TABLE endpoint"):
        op.execute(statement)


def _forgotten() -> tuple[str, ...]:
    """Attempts are kept by a trigger, which is taken away while those of these deliveries go."""
    away, back = (
        ("DROP TRIGGER attempt_keeps_rows", """CREATE TRIGGER attempt_keeps_rows BEFORE DELETE ON "attempt" """
         "BEGIN SELECT RAISE(ABORT, 'rows of attempt are kept as they are'); END")
        if op.get_context().dialect.name == "sqlite" else
        ("ALTER TABLE attempt DISABLE TRIGGER attempt_keeps_rows", "ALTER TABLE attempt ENABLE TRIGGER attempt_keeps_rows")
    )
    checked = () if op.get_context().dialect.name == "sqlite" else ("SET CONSTRAINTS ALL IMMEDIATE",)
    return (
        away, "DELETE FROM attempt WHERE delivery_id IN (SELECT id FROM delivery WHERE channel = 'webhook')", back,
        "DELETE FROM delivery WHERE channel = 'webhook'", *checked,
    )
