"""That a hold of ours is to run longer, once: as it was proposed, and how that ended."""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE hold_extension (
    ref VARCHAR(24) NOT NULL,
    hold_id CHAR(32) NOT NULL,
    until VARCHAR(27) NOT NULL,
    proposed_by CHAR(32) NOT NULL,
    proposed_at VARCHAR(27) NOT NULL,
    language VARCHAR(12) NOT NULL,
    reason TEXT,
    sha256 VARCHAR(64) NOT NULL,
    ended_at VARCHAR(27),
    end_kind VARCHAR(16),
    ended_by CHAR(32),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_hold_extension PRIMARY KEY (id),
    CONSTRAINT ck_hold_extension_end_kind_known CHECK (end_kind IN ('signed', 'returned', 'lapsed')),
    CONSTRAINT ck_hold_extension_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CONSTRAINT ck_hold_extension_somebody_else CHECK (end_kind <> 'signed' OR (ended_by IS NOT NULL AND ended_by <> proposed_by)),
    CONSTRAINT uq_hold_extension_ref UNIQUE (ref),
    CONSTRAINT fk_hold_extension_hold_id FOREIGN KEY(hold_id) REFERENCES hold (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_hold_extension_proposed_by FOREIGN KEY(proposed_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_hold_extension_ended_by FOREIGN KEY(ended_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_hold_extension_hold_id ON hold_extension (hold_id)""",
    """CREATE UNIQUE INDEX uq_hold_extension_open ON hold_extension (hold_id) WHERE ended_at IS NULL""",
    """CREATE UNIQUE INDEX uq_hold_extension_signed ON hold_extension (hold_id) WHERE end_kind = 'signed'""",
    """CREATE TRIGGER hold_extension_keeps_rows BEFORE DELETE ON "hold_extension" BEGIN SELECT RAISE(ABORT, 'rows of hold_extension are kept as they are'); END""",
    """CREATE TRIGGER hold_extension_keeps_values BEFORE UPDATE ON "hold_extension" WHEN (NOT (NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at AND NEW.ref IS OLD.ref AND NEW.hold_id IS OLD.hold_id AND NEW.until IS OLD.until AND NEW.proposed_by IS OLD.proposed_by AND NEW.proposed_at IS OLD.proposed_at AND NEW.language IS OLD.language AND NEW.sha256 IS OLD.sha256 AND (OLD.ended_at IS NULL OR NEW.ended_at IS OLD.ended_at AND NEW.end_kind IS OLD.end_kind AND NEW.ended_by IS OLD.ended_by) AND (NEW.reason IS OLD.reason OR NEW.reason IS NULL))) BEGIN SELECT RAISE(ABORT, 'rows of hold_extension are kept as they are'); END""",
)

POSTGRESQL = (
    """CREATE TABLE hold_extension (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    hold_id UUID NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    language VARCHAR(12) NOT NULL,
    reason TEXT,
    sha256 VARCHAR(64) NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_kind VARCHAR(16),
    ended_by UUID,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_hold_extension PRIMARY KEY (id),
    CONSTRAINT ck_hold_extension_end_kind_known CHECK (end_kind IN ('signed', 'returned', 'lapsed')),
    CONSTRAINT ck_hold_extension_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CONSTRAINT ck_hold_extension_somebody_else CHECK (end_kind <> 'signed' OR (ended_by IS NOT NULL AND ended_by <> proposed_by)),
    CONSTRAINT uq_hold_extension_ref UNIQUE (ref),
    CONSTRAINT fk_hold_extension_hold_id FOREIGN KEY(hold_id) REFERENCES hold (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_hold_extension_proposed_by FOREIGN KEY(proposed_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_hold_extension_ended_by FOREIGN KEY(ended_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_hold_extension_hold_id ON hold_extension (hold_id)""",
    """CREATE UNIQUE INDEX uq_hold_extension_open ON hold_extension (hold_id) WHERE ended_at IS NULL""",
    """CREATE UNIQUE INDEX uq_hold_extension_signed ON hold_extension (hold_id) WHERE end_kind = 'signed'""",
    """CREATE TRIGGER hold_extension_keeps_rows BEFORE DELETE ON "hold_extension" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER hold_extension_keeps_values BEFORE UPDATE ON "hold_extension" FOR EACH ROW WHEN (NOT (NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at AND NEW.ref IS NOT DISTINCT FROM OLD.ref AND NEW.hold_id IS NOT DISTINCT FROM OLD.hold_id AND NEW.until IS NOT DISTINCT FROM OLD.until AND NEW.proposed_by IS NOT DISTINCT FROM OLD.proposed_by AND NEW.proposed_at IS NOT DISTINCT FROM OLD.proposed_at AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND (OLD.ended_at IS NULL OR NEW.ended_at IS NOT DISTINCT FROM OLD.ended_at AND NEW.end_kind IS NOT DISTINCT FROM OLD.end_kind AND NEW.ended_by IS NOT DISTINCT FROM OLD.ended_by) AND (NEW.reason IS NOT DISTINCT FROM OLD.reason OR NEW.reason IS NULL))) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER hold_extension_keeps_table BEFORE TRUNCATE ON "hold_extension" EXECUTE FUNCTION portal_refuse()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE hold_extension")
