"""Reports that name somebody before they are in a case, by trusted flaggers too, and what machines of the marketplace saw."""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE incoming_report (
    ref VARCHAR(24) NOT NULL,
    source VARCHAR(16) NOT NULL,
    reporter_account_id CHAR(32) NOT NULL,
    language VARCHAR(12) NOT NULL,
    received_at VARCHAR(27) NOT NULL,
    due_at VARCHAR(27) NOT NULL,
    named TEXT,
    body TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_incoming_report PRIMARY KEY (id),
    CONSTRAINT ck_incoming_report_source_known CHECK (source IN ('counterpart', 'user', 'trusted_flagger', 'detection', 'reviewer')),
    CONSTRAINT uq_incoming_report_ref UNIQUE (ref),
    CONSTRAINT fk_incoming_report_reporter_account_id FOREIGN KEY(reporter_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_incoming_report_reporter ON incoming_report (reporter_account_id, id)""",
    """CREATE TRIGGER incoming_report_keeps_rows BEFORE DELETE ON "incoming_report" BEGIN SELECT RAISE(ABORT, 'rows of incoming_report are kept as they are'); END""",
    """CREATE TRIGGER incoming_report_keeps_values BEFORE UPDATE ON "incoming_report" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.named IS NULL AND NEW.body IS NULL AND NEW.ref IS OLD.ref AND NEW.source IS OLD.source AND NEW.reporter_account_id IS OLD.reporter_account_id AND NEW.language IS OLD.language AND NEW.received_at IS OLD.received_at AND NEW.due_at IS OLD.due_at AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of incoming_report are kept as they are'); END""",
    """CREATE TABLE sorted_report (
    incoming_id CHAR(32) NOT NULL,
    report_id CHAR(32),
    sorted_by CHAR(32),
    sorted_at VARCHAR(27) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_sorted_report PRIMARY KEY (id),
    CONSTRAINT uq_sorted_report_incoming_id UNIQUE (incoming_id),
    CONSTRAINT fk_sorted_report_incoming_id FOREIGN KEY(incoming_id) REFERENCES incoming_report (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_sorted_report_report_id UNIQUE (report_id),
    CONSTRAINT fk_sorted_report_report_id FOREIGN KEY(report_id) REFERENCES report (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_sorted_report_sorted_by FOREIGN KEY(sorted_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER sorted_report_keeps_rows BEFORE DELETE ON "sorted_report" BEGIN SELECT RAISE(ABORT, 'rows of sorted_report are kept as they are'); END""",
    """CREATE TRIGGER sorted_report_keeps_values BEFORE UPDATE ON "sorted_report" BEGIN SELECT RAISE(ABORT, 'rows of sorted_report are kept as they are'); END""",
    """CREATE TABLE detection (
    report_id CHAR(32) NOT NULL,
    source_key VARCHAR(200) NOT NULL,
    detector VARCHAR(200) NOT NULL,
    accuracy TEXT NOT NULL,
    withheld BOOLEAN NOT NULL,
    signals TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_detection PRIMARY KEY (id),
    CONSTRAINT uq_detection_report_id UNIQUE (report_id),
    CONSTRAINT fk_detection_report_id FOREIGN KEY(report_id) REFERENCES report (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_detection_source_key UNIQUE (source_key)
)""",
    """CREATE TRIGGER detection_keeps_rows BEFORE DELETE ON "detection" BEGIN SELECT RAISE(ABORT, 'rows of detection are kept as they are'); END""",
    """CREATE TRIGGER detection_keeps_values BEFORE UPDATE ON "detection" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.signals IS NULL AND NEW.report_id IS OLD.report_id AND NEW.source_key IS OLD.source_key AND NEW.detector IS OLD.detector AND NEW.accuracy IS OLD.accuracy AND NEW.withheld IS OLD.withheld AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of detection are kept as they are'); END""",
    """CREATE TABLE trusted_flagger (
    account_id CHAR(32) NOT NULL,
    area VARCHAR(200) NOT NULL,
    since_on DATE NOT NULL,
    until_on DATE,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_trusted_flagger PRIMARY KEY (id),
    CONSTRAINT ck_trusted_flagger_ends_later CHECK (until_on IS NULL OR until_on >= since_on),
    CONSTRAINT fk_trusted_flagger_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE UNIQUE INDEX uq_trusted_flagger_live ON trusted_flagger (account_id) WHERE until_on IS NULL""",
)

POSTGRESQL = (
    """CREATE TABLE incoming_report (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    source VARCHAR(16) NOT NULL,
    reporter_account_id UUID NOT NULL,
    language VARCHAR(12) NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    named TEXT,
    body TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_incoming_report PRIMARY KEY (id),
    CONSTRAINT ck_incoming_report_source_known CHECK (source IN ('counterpart', 'user', 'trusted_flagger', 'detection', 'reviewer')),
    CONSTRAINT uq_incoming_report_ref UNIQUE (ref),
    CONSTRAINT fk_incoming_report_reporter_account_id FOREIGN KEY(reporter_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_incoming_report_reporter ON incoming_report (reporter_account_id, id)""",
    """CREATE TRIGGER incoming_report_keeps_rows BEFORE DELETE ON "incoming_report" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER incoming_report_keeps_values BEFORE UPDATE ON "incoming_report" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.named IS NULL AND NEW.body IS NULL AND NEW.ref IS NOT DISTINCT FROM OLD.ref AND NEW.source IS NOT DISTINCT FROM OLD.source AND NEW.reporter_account_id IS NOT DISTINCT FROM OLD.reporter_account_id AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.received_at IS NOT DISTINCT FROM OLD.received_at AND NEW.due_at IS NOT DISTINCT FROM OLD.due_at AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER incoming_report_keeps_table BEFORE TRUNCATE ON "incoming_report" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TABLE sorted_report (
    incoming_id UUID NOT NULL,
    report_id UUID,
    sorted_by UUID,
    sorted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sorted_report PRIMARY KEY (id),
    CONSTRAINT uq_sorted_report_incoming_id UNIQUE (incoming_id),
    CONSTRAINT fk_sorted_report_incoming_id FOREIGN KEY(incoming_id) REFERENCES incoming_report (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_sorted_report_report_id UNIQUE (report_id),
    CONSTRAINT fk_sorted_report_report_id FOREIGN KEY(report_id) REFERENCES report (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_sorted_report_sorted_by FOREIGN KEY(sorted_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER sorted_report_keeps_rows BEFORE DELETE ON "sorted_report" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER sorted_report_keeps_values BEFORE UPDATE ON "sorted_report" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER sorted_report_keeps_table BEFORE TRUNCATE ON "sorted_report" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TABLE detection (
    report_id UUID NOT NULL,
    source_key VARCHAR(200) NOT NULL,
    detector VARCHAR(200) NOT NULL,
    accuracy TEXT NOT NULL,
    withheld BOOLEAN NOT NULL,
    signals TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_detection PRIMARY KEY (id),
    CONSTRAINT uq_detection_report_id UNIQUE (report_id),
    CONSTRAINT fk_detection_report_id FOREIGN KEY(report_id) REFERENCES report (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_detection_source_key UNIQUE (source_key)
)""",
    """CREATE TRIGGER detection_keeps_rows BEFORE DELETE ON "detection" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER detection_keeps_values BEFORE UPDATE ON "detection" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.signals IS NULL AND NEW.report_id IS NOT DISTINCT FROM OLD.report_id AND NEW.source_key IS NOT DISTINCT FROM OLD.source_key AND NEW.detector IS NOT DISTINCT FROM OLD.detector AND NEW.accuracy IS NOT DISTINCT FROM OLD.accuracy AND NEW.withheld IS NOT DISTINCT FROM OLD.withheld AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER detection_keeps_table BEFORE TRUNCATE ON "detection" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TABLE trusted_flagger (
    account_id UUID NOT NULL,
    area VARCHAR(200) NOT NULL,
    since_on DATE NOT NULL,
    until_on DATE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_trusted_flagger PRIMARY KEY (id),
    CONSTRAINT ck_trusted_flagger_ends_later CHECK (until_on IS NULL OR until_on >= since_on),
    CONSTRAINT fk_trusted_flagger_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE UNIQUE INDEX uq_trusted_flagger_live ON trusted_flagger (account_id) WHERE until_on IS NULL""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in ("trusted_flagger", "detection", "sorted_report", "incoming_report"):
        op.execute(f"DROP TABLE {table}")
