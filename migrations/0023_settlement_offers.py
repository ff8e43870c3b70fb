"""What the sides of a dispute offer each other to settle it: facts that stay, and one end."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE settlement_offer (
    ref VARCHAR(24) NOT NULL,
    dispute_id CHAR(32) NOT NULL,
    by_account_id CHAR(32) NOT NULL,
    by_person_id CHAR(32) NOT NULL,
    refund_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    language VARCHAR(12) NOT NULL,
    offered_at VARCHAR(27) NOT NULL,
    answer_by VARCHAR(27) NOT NULL,
    words TEXT,
    sha256 VARCHAR(64) NOT NULL,
    ended_at VARCHAR(27),
    end_kind VARCHAR(16),
    ended_by CHAR(32),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_settlement_offer PRIMARY KEY (id),
    CONSTRAINT ck_settlement_offer_end_kind_known CHECK (end_kind IN ('accepted', 'declined', 'taken_back', 'lapsed', 'overtaken')),
    CONSTRAINT ck_settlement_offer_refund_not_negative CHECK (refund_minor >= 0),
    CONSTRAINT ck_settlement_offer_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CONSTRAINT ck_settlement_offer_accepted_by_somebody CHECK (end_kind <> 'accepted' OR ended_by IS NOT NULL),
    CONSTRAINT uq_settlement_offer_ref UNIQUE (ref),
    CONSTRAINT fk_settlement_offer_dispute_id FOREIGN KEY(dispute_id) REFERENCES dispute (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_settlement_offer_by_account_id FOREIGN KEY(by_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_settlement_offer_by_person_id FOREIGN KEY(by_person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_settlement_offer_ended_by FOREIGN KEY(ended_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_settlement_offer_dispute_id ON settlement_offer (dispute_id)""",
    """CREATE UNIQUE INDEX uq_settlement_offer_accepted ON settlement_offer (dispute_id) WHERE end_kind = 'accepted'""",
    """CREATE UNIQUE INDEX uq_settlement_offer_open ON settlement_offer (dispute_id, by_account_id) WHERE ended_at IS NULL""",
    """CREATE TRIGGER settlement_offer_keeps_rows BEFORE DELETE ON "settlement_offer" BEGIN SELECT RAISE(ABORT, 'rows of settlement_offer are kept as they are'); END""",
    """CREATE TRIGGER settlement_offer_keeps_values BEFORE UPDATE ON "settlement_offer" WHEN (NOT (NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at AND NEW.ref IS OLD.ref AND NEW.dispute_id IS OLD.dispute_id AND NEW.by_account_id IS OLD.by_account_id AND NEW.by_person_id IS OLD.by_person_id AND NEW.refund_minor IS OLD.refund_minor AND NEW.currency IS OLD.currency AND NEW.language IS OLD.language AND NEW.offered_at IS OLD.offered_at AND NEW.answer_by IS OLD.answer_by AND NEW.sha256 IS OLD.sha256 AND (OLD.ended_at IS NULL OR NEW.ended_at IS OLD.ended_at AND NEW.end_kind IS OLD.end_kind AND NEW.ended_by IS OLD.ended_by) AND (NEW.words IS OLD.words OR NEW.words IS NULL))) BEGIN SELECT RAISE(ABORT, 'rows of settlement_offer are kept as they are'); END""",
)

POSTGRESQL = (
    """CREATE TABLE settlement_offer (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    dispute_id UUID NOT NULL,
    by_account_id UUID NOT NULL,
    by_person_id UUID NOT NULL,
    refund_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    language VARCHAR(12) NOT NULL,
    offered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answer_by TIMESTAMP WITH TIME ZONE NOT NULL,
    words TEXT,
    sha256 VARCHAR(64) NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_kind VARCHAR(16),
    ended_by UUID,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_settlement_offer PRIMARY KEY (id),
    CONSTRAINT ck_settlement_offer_end_kind_known CHECK (end_kind IN ('accepted', 'declined', 'taken_back', 'lapsed', 'overtaken')),
    CONSTRAINT ck_settlement_offer_refund_not_negative CHECK (refund_minor >= 0),
    CONSTRAINT ck_settlement_offer_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CONSTRAINT ck_settlement_offer_accepted_by_somebody CHECK (end_kind <> 'accepted' OR ended_by IS NOT NULL),
    CONSTRAINT uq_settlement_offer_ref UNIQUE (ref),
    CONSTRAINT fk_settlement_offer_dispute_id FOREIGN KEY(dispute_id) REFERENCES dispute (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_settlement_offer_by_account_id FOREIGN KEY(by_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_settlement_offer_by_person_id FOREIGN KEY(by_person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_settlement_offer_ended_by FOREIGN KEY(ended_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_settlement_offer_dispute_id ON settlement_offer (dispute_id)""",
    """CREATE UNIQUE INDEX uq_settlement_offer_accepted ON settlement_offer (dispute_id) WHERE end_kind = 'accepted'""",
    """CREATE UNIQUE INDEX uq_settlement_offer_open ON settlement_offer (dispute_id, by_account_id) WHERE ended_at IS NULL""",
    """CREATE TRIGGER settlement_offer_keeps_rows BEFORE DELETE ON "settlement_offer" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER settlement_offer_keeps_values BEFORE UPDATE ON "settlement_offer" FOR EACH ROW WHEN (NOT (NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at AND NEW.ref IS NOT DISTINCT FROM OLD.ref AND NEW.dispute_id IS NOT DISTINCT FROM OLD.dispute_id AND NEW.by_account_id IS NOT DISTINCT FROM OLD.by_account_id AND NEW.by_person_id IS NOT DISTINCT FROM OLD.by_person_id AND NEW.refund_minor IS NOT DISTINCT FROM OLD.refund_minor AND NEW.currency IS NOT DISTINCT FROM OLD.currency AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.offered_at IS NOT DISTINCT FROM OLD.offered_at AND NEW.answer_by IS NOT DISTINCT FROM OLD.answer_by AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND (OLD.ended_at IS NULL OR NEW.ended_at IS NOT DISTINCT FROM OLD.ended_at AND NEW.end_kind IS NOT DISTINCT FROM OLD.end_kind AND NEW.ended_by IS NOT DISTINCT FROM OLD.ended_by) AND (NEW.words IS NOT DISTINCT FROM OLD.words OR NEW.words IS NULL))) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER settlement_offer_keeps_table BEFORE TRUNCATE ON "settlement_offer" EXECUTE FUNCTION portal_refuse()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE settlement_offer")
