"""Requests to come back after a termination, what is said in them, their files, and our decisions."""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE reinstatement (
    ref VARCHAR(24) NOT NULL,
    case_id CHAR(32) NOT NULL,
    action_id CHAR(32) NOT NULL,
    account_id CHAR(32) NOT NULL,
    person_id CHAR(32) NOT NULL,
    n INTEGER NOT NULL,
    state VARCHAR(24) NOT NULL,
    filed_at VARCHAR(27),
    answer_by VARCHAR(27),
    waiting_until VARCHAR(27),
    ended_at VARCHAR(27),
    next_on DATE,
    version INTEGER NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_reinstatement PRIMARY KEY (id),
    CONSTRAINT ck_reinstatement_state_known CHECK (state IN ('draft', 'filed', 'in_review', 'waiting', 'granted', 'granted_with_conditions', 'declined', 'withdrawn', 'lapsed', 'over')),
    CONSTRAINT ck_reinstatement_filed_together CHECK (state = 'draft' OR (filed_at IS NOT NULL AND answer_by IS NOT NULL)),
    CONSTRAINT ck_reinstatement_ended_together CHECK ((ended_at IS NULL) = (state IN ('draft', 'filed', 'in_review', 'waiting'))),
    CONSTRAINT ck_reinstatement_declined_says_when_again CHECK ((state = 'declined') = (next_on IS NOT NULL)),
    CONSTRAINT ck_reinstatement_waiting_until_a_day CHECK ((state = 'waiting') = (waiting_until IS NOT NULL)),
    CONSTRAINT uq_reinstatement_action_id_n UNIQUE (action_id, n),
    CONSTRAINT uq_reinstatement_ref UNIQUE (ref),
    CONSTRAINT fk_reinstatement_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_reinstatement_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_reinstatement_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_reinstatement_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_reinstatement_account_id ON reinstatement (account_id, id)""",
    """CREATE INDEX ix_reinstatement_case_id ON reinstatement (case_id)""",
    """CREATE UNIQUE INDEX uq_reinstatement_open ON reinstatement (action_id) WHERE ended_at IS NULL""",
    """CREATE TABLE reinstatement_message (
    request_id CHAR(32) NOT NULL,
    n INTEGER NOT NULL,
    kind VARCHAR(16) NOT NULL,
    person_id CHAR(32) NOT NULL,
    said_at VARCHAR(27) NOT NULL,
    language VARCHAR(12) NOT NULL,
    happened TEXT,
    body TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_reinstatement_message PRIMARY KEY (id),
    CONSTRAINT uq_reinstatement_message_request_id_n UNIQUE (request_id, n),
    CONSTRAINT ck_reinstatement_message_kind_known CHECK (kind IN ('filed', 'added', 'asked')),
    CONSTRAINT fk_reinstatement_message_request_id FOREIGN KEY(request_id) REFERENCES reinstatement (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_reinstatement_message_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER reinstatement_message_keeps_rows BEFORE DELETE ON "reinstatement_message" BEGIN SELECT RAISE(ABORT, 'rows of reinstatement_message are kept as they are'); END""",
    """CREATE TRIGGER reinstatement_message_keeps_values BEFORE UPDATE ON "reinstatement_message" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.happened IS NULL AND NEW.body IS NULL AND NEW.request_id IS OLD.request_id AND NEW.n IS OLD.n AND NEW.kind IS OLD.kind AND NEW.person_id IS OLD.person_id AND NEW.said_at IS OLD.said_at AND NEW.language IS OLD.language AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of reinstatement_message are kept as they are'); END""",
    """CREATE TABLE reinstatement_file (
    request_id CHAR(32) NOT NULL,
    document_id CHAR(32) NOT NULL,
    exhibit_id CHAR(32),
    description TEXT NOT NULL,
    removed_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_reinstatement_file PRIMARY KEY (id),
    CONSTRAINT ck_reinstatement_file_exhibits_stay CHECK (removed_at IS NULL OR exhibit_id IS NULL),
    CONSTRAINT fk_reinstatement_file_request_id FOREIGN KEY(request_id) REFERENCES reinstatement (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_reinstatement_file_document_id UNIQUE (document_id),
    CONSTRAINT fk_reinstatement_file_document_id FOREIGN KEY(document_id) REFERENCES document (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_reinstatement_file_exhibit_id UNIQUE (exhibit_id),
    CONSTRAINT fk_reinstatement_file_exhibit_id FOREIGN KEY(exhibit_id) REFERENCES exhibit (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_reinstatement_file_request_id ON reinstatement_file (request_id, id)""",
    """CREATE TABLE reinstatement_decision (
    request_id CHAR(32) NOT NULL,
    decided_by CHAR(32) NOT NULL,
    outcome VARCHAR(24) NOT NULL,
    language VARCHAR(12) NOT NULL,
    record TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_reinstatement_decision PRIMARY KEY (id),
    CONSTRAINT ck_reinstatement_decision_outcome_known CHECK (outcome IN ('granted', 'granted_with_conditions', 'declined')),
    CONSTRAINT uq_reinstatement_decision_request_id UNIQUE (request_id),
    CONSTRAINT fk_reinstatement_decision_request_id FOREIGN KEY(request_id) REFERENCES reinstatement (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_reinstatement_decision_decided_by FOREIGN KEY(decided_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER reinstatement_decision_keeps_rows BEFORE DELETE ON "reinstatement_decision" BEGIN SELECT RAISE(ABORT, 'rows of reinstatement_decision are kept as they are'); END""",
    """CREATE TRIGGER reinstatement_decision_keeps_values BEFORE UPDATE ON "reinstatement_decision" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.record IS NULL AND NEW.request_id IS OLD.request_id AND NEW.decided_by IS OLD.decided_by AND NEW.outcome IS OLD.outcome AND NEW.language IS OLD.language AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of reinstatement_decision are kept as they are'); END""",
    """CREATE TRIGGER reinstatement_decision_somebody_else BEFORE INSERT ON reinstatement_decision
WHEN NEW.outcome <> 'granted' AND (EXISTS (SELECT 1 FROM reinstatement q
JOIN signature s ON s.action_id = q.action_id WHERE q.id = NEW.request_id AND s.person_id = NEW.decided_by)
OR EXISTS (SELECT 1 FROM reinstatement q JOIN reinstatement o ON o.action_id = q.action_id
JOIN reinstatement_decision d ON d.request_id = o.id WHERE q.id = NEW.request_id AND d.decided_by = NEW.decided_by))
BEGIN SELECT RAISE(ABORT, 'who had a part can only let somebody come back'); END""",
)

POSTGRESQL = (
    """CREATE TABLE reinstatement (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    case_id UUID NOT NULL,
    action_id UUID NOT NULL,
    account_id UUID NOT NULL,
    person_id UUID NOT NULL,
    n INTEGER NOT NULL,
    state VARCHAR(24) NOT NULL,
    filed_at TIMESTAMP WITH TIME ZONE,
    answer_by TIMESTAMP WITH TIME ZONE,
    waiting_until TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    next_on DATE,
    version INTEGER NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_reinstatement PRIMARY KEY (id),
    CONSTRAINT ck_reinstatement_state_known CHECK (state IN ('draft', 'filed', 'in_review', 'waiting', 'granted', 'granted_with_conditions', 'declined', 'withdrawn', 'lapsed', 'over')),
    CONSTRAINT ck_reinstatement_filed_together CHECK (state = 'draft' OR (filed_at IS NOT NULL AND answer_by IS NOT NULL)),
    CONSTRAINT ck_reinstatement_ended_together CHECK ((ended_at IS NULL) = (state IN ('draft', 'filed', 'in_review', 'waiting'))),
    CONSTRAINT ck_reinstatement_declined_says_when_again CHECK ((state = 'declined') = (next_on IS NOT NULL)),
    CONSTRAINT ck_reinstatement_waiting_until_a_day CHECK ((state = 'waiting') = (waiting_until IS NOT NULL)),
    CONSTRAINT uq_reinstatement_action_id_n UNIQUE (action_id, n),
    CONSTRAINT uq_reinstatement_ref UNIQUE (ref),
    CONSTRAINT fk_reinstatement_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_reinstatement_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_reinstatement_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_reinstatement_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_reinstatement_account_id ON reinstatement (account_id, id)""",
    """CREATE INDEX ix_reinstatement_case_id ON reinstatement (case_id)""",
    """CREATE UNIQUE INDEX uq_reinstatement_open ON reinstatement (action_id) WHERE ended_at IS NULL""",
    """CREATE TABLE reinstatement_message (
    request_id UUID NOT NULL,
    n INTEGER NOT NULL,
    kind VARCHAR(16) NOT NULL,
    person_id UUID NOT NULL,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    language VARCHAR(12) NOT NULL,
    happened TEXT,
    body TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_reinstatement_message PRIMARY KEY (id),
    CONSTRAINT uq_reinstatement_message_request_id_n UNIQUE (request_id, n),
    CONSTRAINT ck_reinstatement_message_kind_known CHECK (kind IN ('filed', 'added', 'asked')),
    CONSTRAINT fk_reinstatement_message_request_id FOREIGN KEY(request_id) REFERENCES reinstatement (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_reinstatement_message_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER reinstatement_message_keeps_rows BEFORE DELETE ON "reinstatement_message" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER reinstatement_message_keeps_values BEFORE UPDATE ON "reinstatement_message" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.happened IS NULL AND NEW.body IS NULL AND NEW.request_id IS NOT DISTINCT FROM OLD.request_id AND NEW.n IS NOT DISTINCT FROM OLD.n AND NEW.kind IS NOT DISTINCT FROM OLD.kind AND NEW.person_id IS NOT DISTINCT FROM OLD.person_id AND NEW.said_at IS NOT DISTINCT FROM OLD.said_at AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER reinstatement_message_keeps_table BEFORE TRUNCATE ON "reinstatement_message" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TABLE reinstatement_file (
    request_id UUID NOT NULL,
    document_id UUID NOT NULL,
    exhibit_id UUID,
    description TEXT NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_reinstatement_file PRIMARY KEY (id),
    CONSTRAINT ck_reinstatement_file_exhibits_stay CHECK (removed_at IS NULL OR exhibit_id IS NULL),
    CONSTRAINT fk_reinstatement_file_request_id FOREIGN KEY(request_id) REFERENCES reinstatement (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_reinstatement_file_document_id UNIQUE (document_id),
    CONSTRAINT fk_reinstatement_file_document_id FOREIGN KEY(document_id) REFERENCES document (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_reinstatement_file_exhibit_id UNIQUE (exhibit_id),
    CONSTRAINT fk_reinstatement_file_exhibit_id FOREIGN KEY(exhibit_id) REFERENCES exhibit (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_reinstatement_file_request_id ON reinstatement_file (request_id, id)""",
    """CREATE TABLE reinstatement_decision (
    request_id UUID NOT NULL,
    decided_by UUID NOT NULL,
    outcome VARCHAR(24) NOT NULL,
    language VARCHAR(12) NOT NULL,
    record TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_reinstatement_decision PRIMARY KEY (id),
    CONSTRAINT ck_reinstatement_decision_outcome_known CHECK (outcome IN ('granted', 'granted_with_conditions', 'declined')),
    CONSTRAINT uq_reinstatement_decision_request_id UNIQUE (request_id),
    CONSTRAINT fk_reinstatement_decision_request_id FOREIGN KEY(request_id) REFERENCES reinstatement (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_reinstatement_decision_decided_by FOREIGN KEY(decided_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER reinstatement_decision_keeps_rows BEFORE DELETE ON "reinstatement_decision" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER reinstatement_decision_keeps_values BEFORE UPDATE ON "reinstatement_decision" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.record IS NULL AND NEW.request_id IS NOT DISTINCT FROM OLD.request_id AND NEW.decided_by IS NOT DISTINCT FROM OLD.decided_by AND NEW.outcome IS NOT DISTINCT FROM OLD.outcome AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER reinstatement_decision_keeps_table BEFORE TRUNCATE ON "reinstatement_decision" EXECUTE FUNCTION portal_refuse()""",
    """CREATE OR REPLACE FUNCTION portal_reinstatement_somebody_else() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF NEW.outcome <> 'granted' AND (EXISTS (SELECT 1 FROM reinstatement q
JOIN signature s ON s.action_id = q.action_id WHERE q.id = NEW.request_id AND s.person_id = NEW.decided_by)
OR EXISTS (SELECT 1 FROM reinstatement q JOIN reinstatement o ON o.action_id = q.action_id
JOIN reinstatement_decision d ON d.request_id = o.id WHERE q.id = NEW.request_id AND d.decided_by = NEW.decided_by)) THEN RAISE EXCEPTION 'who had a part can only let somebody come back';
END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER reinstatement_decision_somebody_else BEFORE INSERT ON reinstatement_decision FOR EACH ROW EXECUTE FUNCTION portal_reinstatement_somebody_else()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in ("reinstatement_decision", "reinstatement_file", "reinstatement_message", "reinstatement"):
        op.execute(f"DROP TABLE {table}")
    if op.get_context().dialect.name != "sqlite":
        op.execute("DROP FUNCTION portal_reinstatement_somebody_else()")
