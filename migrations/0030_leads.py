"""Keyed fingerprints, and leads: a match with an account that was closed, for a reviewer to look at."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE fingerprint (
    account_id CHAR(32) NOT NULL,
    kind VARCHAR(24) NOT NULL,
    source_ref VARCHAR(24) NOT NULL,
    taken_at VARCHAR(27) NOT NULL,
    value TEXT,
    salt TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_fingerprint PRIMARY KEY (id),
    CONSTRAINT ck_fingerprint_kind_known CHECK (kind IN ('identity_number', 'payout_instrument')),
    CONSTRAINT uq_fingerprint_account_id_kind_value UNIQUE (account_id, kind, value),
    CONSTRAINT fk_fingerprint_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_fingerprint_value ON fingerprint (value)""",
    """CREATE TRIGGER fingerprint_keeps_rows BEFORE DELETE ON "fingerprint" BEGIN SELECT RAISE(ABORT, 'rows of fingerprint are kept as they are'); END""",
    """CREATE TRIGGER fingerprint_keeps_values BEFORE UPDATE ON "fingerprint" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.value IS NULL AND NEW.salt IS NULL AND NEW.account_id IS OLD.account_id AND NEW.kind IS OLD.kind AND NEW.source_ref IS OLD.source_ref AND NEW.taken_at IS OLD.taken_at AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of fingerprint are kept as they are'); END""",
    """CREATE TABLE lead (
    ref VARCHAR(24) NOT NULL,
    case_id CHAR(32) NOT NULL,
    account_id CHAR(32) NOT NULL,
    action_id CHAR(32) NOT NULL,
    found_at VARCHAR(27) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_lead PRIMARY KEY (id),
    CONSTRAINT uq_lead_account_id_action_id UNIQUE (account_id, action_id),
    CONSTRAINT uq_lead_ref UNIQUE (ref),
    CONSTRAINT fk_lead_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_lead_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_lead_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_lead_case_id ON lead (case_id)""",
    """CREATE TRIGGER lead_keeps_rows BEFORE DELETE ON "lead" BEGIN SELECT RAISE(ABORT, 'rows of lead are kept as they are'); END""",
    """CREATE TRIGGER lead_keeps_values BEFORE UPDATE ON "lead" BEGIN SELECT RAISE(ABORT, 'rows of lead are kept as they are'); END""",
    """CREATE TABLE lead_answer (
    lead_id CHAR(32) NOT NULL,
    n INTEGER NOT NULL,
    outcome VARCHAR(24) NOT NULL,
    person_id CHAR(32) NOT NULL,
    action_id CHAR(32),
    at VARCHAR(27) NOT NULL,
    language VARCHAR(12) NOT NULL,
    reason TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_lead_answer PRIMARY KEY (id),
    CONSTRAINT uq_lead_answer_lead_id_n UNIQUE (lead_id, n),
    CONSTRAINT ck_lead_answer_outcome_known CHECK (outcome IN ('nothing_follows', 'relied_on')),
    CONSTRAINT ck_lead_answer_relied_on_names_action CHECK ((outcome = 'relied_on') = (action_id IS NOT NULL)),
    CONSTRAINT fk_lead_answer_lead_id FOREIGN KEY(lead_id) REFERENCES lead (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_lead_answer_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_lead_answer_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER lead_answer_keeps_rows BEFORE DELETE ON "lead_answer" BEGIN SELECT RAISE(ABORT, 'rows of lead_answer are kept as they are'); END""",
    """CREATE TRIGGER lead_answer_keeps_values BEFORE UPDATE ON "lead_answer" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.reason IS NULL AND NEW.lead_id IS OLD.lead_id AND NEW.n IS OLD.n AND NEW.outcome IS OLD.outcome AND NEW.person_id IS OLD.person_id AND NEW.action_id IS OLD.action_id AND NEW.at IS OLD.at AND NEW.language IS OLD.language AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of lead_answer are kept as they are'); END""",
    """CREATE TABLE lead_match (
    lead_id CHAR(32) NOT NULL,
    fingerprint_id CHAR(32) NOT NULL,
    earlier_id CHAR(32) NOT NULL,
    at VARCHAR(27) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_lead_match PRIMARY KEY (id),
    CONSTRAINT uq_lead_match_lead_id_fingerprint_id_earlier_id UNIQUE (lead_id, fingerprint_id, earlier_id),
    CONSTRAINT ck_lead_match_two CHECK (fingerprint_id <> earlier_id),
    CONSTRAINT fk_lead_match_lead_id FOREIGN KEY(lead_id) REFERENCES lead (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_lead_match_fingerprint_id FOREIGN KEY(fingerprint_id) REFERENCES fingerprint (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_lead_match_earlier_id FOREIGN KEY(earlier_id) REFERENCES fingerprint (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER lead_match_keeps_rows BEFORE DELETE ON "lead_match" BEGIN SELECT RAISE(ABORT, 'rows of lead_match are kept as they are'); END""",
    """CREATE TRIGGER lead_match_keeps_values BEFORE UPDATE ON "lead_match" BEGIN SELECT RAISE(ABORT, 'rows of lead_match are kept as they are'); END""",
)

POSTGRESQL = (
    """CREATE TABLE fingerprint (
    account_id UUID NOT NULL,
    kind VARCHAR(24) NOT NULL,
    source_ref VARCHAR(24) NOT NULL,
    taken_at TIMESTAMP WITH TIME ZONE NOT NULL,
    value TEXT,
    salt TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_fingerprint PRIMARY KEY (id),
    CONSTRAINT ck_fingerprint_kind_known CHECK (kind IN ('identity_number', 'payout_instrument')),
    CONSTRAINT uq_fingerprint_account_id_kind_value UNIQUE (account_id, kind, value),
    CONSTRAINT fk_fingerprint_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_fingerprint_value ON fingerprint (value)""",
    """CREATE TRIGGER fingerprint_keeps_rows BEFORE DELETE ON "fingerprint" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER fingerprint_keeps_values BEFORE UPDATE ON "fingerprint" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.value IS NULL AND NEW.salt IS NULL AND NEW.account_id IS NOT DISTINCT FROM OLD.account_id AND NEW.kind IS NOT DISTINCT FROM OLD.kind AND NEW.source_ref IS NOT DISTINCT FROM OLD.source_ref AND NEW.taken_at IS NOT DISTINCT FROM OLD.taken_at AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER fingerprint_keeps_table BEFORE TRUNCATE ON "fingerprint" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TABLE lead (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    case_id UUID NOT NULL,
    account_id UUID NOT NULL,
    action_id UUID NOT NULL,
    found_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_lead PRIMARY KEY (id),
    CONSTRAINT uq_lead_account_id_action_id UNIQUE (account_id, action_id),
    CONSTRAINT uq_lead_ref UNIQUE (ref),
    CONSTRAINT fk_lead_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_lead_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_lead_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_lead_case_id ON lead (case_id)""",
    """CREATE TRIGGER lead_keeps_rows BEFORE DELETE ON "lead" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER lead_keeps_values BEFORE UPDATE ON "lead" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER lead_keeps_table BEFORE TRUNCATE ON "lead" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TABLE lead_answer (
    lead_id UUID NOT NULL,
    n INTEGER NOT NULL,
    outcome VARCHAR(24) NOT NULL,
    person_id UUID NOT NULL,
    action_id UUID,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    language VARCHAR(12) NOT NULL,
    reason TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_lead_answer PRIMARY KEY (id),
    CONSTRAINT uq_lead_answer_lead_id_n UNIQUE (lead_id, n),
    CONSTRAINT ck_lead_answer_outcome_known CHECK (outcome IN ('nothing_follows', 'relied_on')),
    CONSTRAINT ck_lead_answer_relied_on_names_action CHECK ((outcome = 'relied_on') = (action_id IS NOT NULL)),
    CONSTRAINT fk_lead_answer_lead_id FOREIGN KEY(lead_id) REFERENCES lead (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_lead_answer_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_lead_answer_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER lead_answer_keeps_rows BEFORE DELETE ON "lead_answer" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER lead_answer_keeps_values BEFORE UPDATE ON "lead_answer" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.reason IS NULL AND NEW.lead_id IS NOT DISTINCT FROM OLD.lead_id AND NEW.n IS NOT DISTINCT FROM OLD.n AND NEW.outcome IS NOT DISTINCT FROM OLD.outcome AND NEW.person_id IS NOT DISTINCT FROM OLD.person_id AND NEW.action_id IS NOT DISTINCT FROM OLD.action_id AND NEW.at IS NOT DISTINCT FROM OLD.at AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER lead_answer_keeps_table BEFORE TRUNCATE ON "lead_answer" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TABLE lead_match (
    lead_id UUID NOT NULL,
    fingerprint_id UUID NOT NULL,
    earlier_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_lead_match PRIMARY KEY (id),
    CONSTRAINT uq_lead_match_lead_id_fingerprint_id_earlier_id UNIQUE (lead_id, fingerprint_id, earlier_id),
    CONSTRAINT ck_lead_match_two CHECK (fingerprint_id <> earlier_id),
    CONSTRAINT fk_lead_match_lead_id FOREIGN KEY(lead_id) REFERENCES lead (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_lead_match_fingerprint_id FOREIGN KEY(fingerprint_id) REFERENCES fingerprint (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_lead_match_earlier_id FOREIGN KEY(earlier_id) REFERENCES fingerprint (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER lead_match_keeps_rows BEFORE DELETE ON "lead_match" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER lead_match_keeps_values BEFORE UPDATE ON "lead_match" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER lead_match_keeps_table BEFORE TRUNCATE ON "lead_match" EXECUTE FUNCTION portal_refuse()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE lead_answer")
    op.execute("DROP TABLE lead_match")
    op.execute("DROP TABLE lead")
    op.execute("DROP TABLE fingerprint")
