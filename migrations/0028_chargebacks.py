"""What banks call back: each chargeback with its stages and what was sent about it."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE chargeback (
    ref VARCHAR(24) NOT NULL,
    external_id VARCHAR(200) NOT NULL,
    case_id CHAR(32) NOT NULL,
    contract_id CHAR(32) NOT NULL,
    milestone_id CHAR(32) NOT NULL,
    claim_id CHAR(32),
    amount_minor BIGINT NOT NULL,
    claimed_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    received_at VARCHAR(27) NOT NULL,
    reason VARCHAR(200) NOT NULL,
    ended_at VARCHAR(27),
    end_kind VARCHAR(16),
    taken_minor BIGINT,
    loss_minor BIGINT,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_chargeback PRIMARY KEY (id),
    CONSTRAINT ck_chargeback_end_kind_known CHECK (end_kind IN ('won', 'lost')),
    CONSTRAINT ck_chargeback_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT ck_chargeback_claimed_within_amount CHECK (claimed_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT ck_chargeback_claim_for_what_is_claimed CHECK ((claimed_minor = 0) = (claim_id IS NULL)),
    CONSTRAINT ck_chargeback_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CONSTRAINT ck_chargeback_lost_says_what CHECK ((end_kind IS NOT NULL AND end_kind = 'lost') = (taken_minor IS NOT NULL AND loss_minor IS NOT NULL)),
    CONSTRAINT ck_chargeback_lost_adds_up CHECK (taken_minor >= 0 AND loss_minor >= 0 AND taken_minor + loss_minor = claimed_minor),
    CONSTRAINT uq_chargeback_ref UNIQUE (ref),
    CONSTRAINT uq_chargeback_external_id UNIQUE (external_id),
    CONSTRAINT fk_chargeback_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_chargeback_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_chargeback_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_chargeback_claim_id FOREIGN KEY(claim_id) REFERENCES claim (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_chargeback_case_id ON chargeback (case_id)""",
    """CREATE INDEX ix_chargeback_contract_id ON chargeback (contract_id)""",
    """CREATE INDEX ix_chargeback_milestone_id ON chargeback (milestone_id)""",
    """CREATE UNIQUE INDEX uq_chargeback_open ON chargeback (milestone_id) WHERE ended_at IS NULL""",
    """CREATE TABLE chargeback_stage (
    chargeback_id CHAR(32) NOT NULL,
    stage VARCHAR(16) NOT NULL,
    at VARCHAR(27) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_chargeback_stage PRIMARY KEY (id),
    CONSTRAINT uq_chargeback_stage_chargeback_id_stage UNIQUE (chargeback_id, stage),
    CONSTRAINT ck_chargeback_stage_stage_known CHECK (stage IN ('received', 'contested', 'won', 'lost')),
    CONSTRAINT fk_chargeback_stage_chargeback_id FOREIGN KEY(chargeback_id) REFERENCES chargeback (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE chargeback_dossier (
    chargeback_id CHAR(32) NOT NULL,
    language VARCHAR(12) NOT NULL,
    made_at VARCHAR(27) NOT NULL,
    record TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_chargeback_dossier PRIMARY KEY (id),
    CONSTRAINT uq_chargeback_dossier_chargeback_id UNIQUE (chargeback_id),
    CONSTRAINT fk_chargeback_dossier_chargeback_id FOREIGN KEY(chargeback_id) REFERENCES chargeback (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER chargeback_keeps_rows BEFORE DELETE ON "chargeback" BEGIN SELECT RAISE(ABORT, 'rows of chargeback are kept as they are'); END""",
    """CREATE TRIGGER chargeback_keeps_values BEFORE UPDATE ON "chargeback" WHEN (NOT (NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at AND NEW.ref IS OLD.ref AND NEW.external_id IS OLD.external_id AND NEW.case_id IS OLD.case_id AND NEW.contract_id IS OLD.contract_id AND NEW.milestone_id IS OLD.milestone_id AND NEW.claim_id IS OLD.claim_id AND NEW.amount_minor IS OLD.amount_minor AND NEW.claimed_minor IS OLD.claimed_minor AND NEW.currency IS OLD.currency AND NEW.received_at IS OLD.received_at AND NEW.reason IS OLD.reason AND (OLD.ended_at IS NULL OR NEW.ended_at IS OLD.ended_at AND NEW.end_kind IS OLD.end_kind AND NEW.taken_minor IS OLD.taken_minor AND NEW.loss_minor IS OLD.loss_minor))) BEGIN SELECT RAISE(ABORT, 'rows of chargeback are kept as they are'); END""",
    """CREATE TRIGGER chargeback_dossier_keeps_rows BEFORE DELETE ON "chargeback_dossier" BEGIN SELECT RAISE(ABORT, 'rows of chargeback_dossier are kept as they are'); END""",
    """CREATE TRIGGER chargeback_dossier_keeps_values BEFORE UPDATE ON "chargeback_dossier" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.record IS NULL AND NEW.chargeback_id IS OLD.chargeback_id AND NEW.language IS OLD.language AND NEW.made_at IS OLD.made_at AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of chargeback_dossier are kept as they are'); END""",
    """CREATE TRIGGER chargeback_stage_keeps_rows BEFORE DELETE ON "chargeback_stage" BEGIN SELECT RAISE(ABORT, 'rows of chargeback_stage are kept as they are'); END""",
    """CREATE TRIGGER chargeback_stage_keeps_values BEFORE UPDATE ON "chargeback_stage" BEGIN SELECT RAISE(ABORT, 'rows of chargeback_stage are kept as they are'); END""",
)

POSTGRESQL = (
    """CREATE TABLE chargeback (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    external_id VARCHAR(200) NOT NULL,
    case_id UUID NOT NULL,
    contract_id UUID NOT NULL,
    milestone_id UUID NOT NULL,
    claim_id UUID,
    amount_minor BIGINT NOT NULL,
    claimed_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason VARCHAR(200) NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_kind VARCHAR(16),
    taken_minor BIGINT,
    loss_minor BIGINT,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_chargeback PRIMARY KEY (id),
    CONSTRAINT ck_chargeback_end_kind_known CHECK (end_kind IN ('won', 'lost')),
    CONSTRAINT ck_chargeback_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT ck_chargeback_claimed_within_amount CHECK (claimed_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT ck_chargeback_claim_for_what_is_claimed CHECK ((claimed_minor = 0) = (claim_id IS NULL)),
    CONSTRAINT ck_chargeback_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CONSTRAINT ck_chargeback_lost_says_what CHECK ((end_kind IS NOT NULL AND end_kind = 'lost') = (taken_minor IS NOT NULL AND loss_minor IS NOT NULL)),
    CONSTRAINT ck_chargeback_lost_adds_up CHECK (taken_minor >= 0 AND loss_minor >= 0 AND taken_minor + loss_minor = claimed_minor),
    CONSTRAINT uq_chargeback_ref UNIQUE (ref),
    CONSTRAINT uq_chargeback_external_id UNIQUE (external_id),
    CONSTRAINT fk_chargeback_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_chargeback_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_chargeback_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_chargeback_claim_id FOREIGN KEY(claim_id) REFERENCES claim (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_chargeback_case_id ON chargeback (case_id)""",
    """CREATE INDEX ix_chargeback_contract_id ON chargeback (contract_id)""",
    """CREATE INDEX ix_chargeback_milestone_id ON chargeback (milestone_id)""",
    """CREATE UNIQUE INDEX uq_chargeback_open ON chargeback (milestone_id) WHERE ended_at IS NULL""",
    """CREATE TABLE chargeback_stage (
    chargeback_id UUID NOT NULL,
    stage VARCHAR(16) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_chargeback_stage PRIMARY KEY (id),
    CONSTRAINT uq_chargeback_stage_chargeback_id_stage UNIQUE (chargeback_id, stage),
    CONSTRAINT ck_chargeback_stage_stage_known CHECK (stage IN ('received', 'contested', 'won', 'lost')),
    CONSTRAINT fk_chargeback_stage_chargeback_id FOREIGN KEY(chargeback_id) REFERENCES chargeback (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE chargeback_dossier (
    chargeback_id UUID NOT NULL,
    language VARCHAR(12) NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    record TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_chargeback_dossier PRIMARY KEY (id),
    CONSTRAINT uq_chargeback_dossier_chargeback_id UNIQUE (chargeback_id),
    CONSTRAINT fk_chargeback_dossier_chargeback_id FOREIGN KEY(chargeback_id) REFERENCES chargeback (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER chargeback_keeps_rows BEFORE DELETE ON "chargeback" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER chargeback_keeps_values BEFORE UPDATE ON "chargeback" FOR EACH ROW WHEN (NOT (NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at AND NEW.ref IS NOT DISTINCT FROM OLD.ref AND NEW.external_id IS NOT DISTINCT FROM OLD.external_id AND NEW.case_id IS NOT DISTINCT FROM OLD.case_id AND NEW.contract_id IS NOT DISTINCT FROM OLD.contract_id AND NEW.milestone_id IS NOT DISTINCT FROM OLD.milestone_id AND NEW.claim_id IS NOT DISTINCT FROM OLD.claim_id AND NEW.amount_minor IS NOT DISTINCT FROM OLD.amount_minor AND NEW.claimed_minor IS NOT DISTINCT FROM OLD.claimed_minor AND NEW.currency IS NOT DISTINCT FROM OLD.currency AND NEW.received_at IS NOT DISTINCT FROM OLD.received_at AND NEW.reason IS NOT DISTINCT FROM OLD.reason AND (OLD.ended_at IS NULL OR NEW.ended_at IS NOT DISTINCT FROM OLD.ended_at AND NEW.end_kind IS NOT DISTINCT FROM OLD.end_kind AND NEW.taken_minor IS NOT DISTINCT FROM OLD.taken_minor AND NEW.loss_minor IS NOT DISTINCT FROM OLD.loss_minor))) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER chargeback_keeps_table BEFORE TRUNCATE ON "chargeback" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER chargeback_dossier_keeps_rows BEFORE DELETE ON "chargeback_dossier" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER chargeback_dossier_keeps_values BEFORE UPDATE ON "chargeback_dossier" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.record IS NULL AND NEW.chargeback_id IS NOT DISTINCT FROM OLD.chargeback_id AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.made_at IS NOT DISTINCT FROM OLD.made_at AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER chargeback_dossier_keeps_table BEFORE TRUNCATE ON "chargeback_dossier" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER chargeback_stage_keeps_rows BEFORE DELETE ON "chargeback_stage" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER chargeback_stage_keeps_values BEFORE UPDATE ON "chargeback_stage" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER chargeback_stage_keeps_table BEFORE TRUNCATE ON "chargeback_stage" EXECUTE FUNCTION portal_refuse()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE chargeback_dossier")
    op.execute("DROP TABLE chargeback_stage")
    op.execute("DROP TABLE chargeback")
