"""Requests that a decision waits until an appeal is answered, and our answers."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE pause_request (
    ref VARCHAR(24) NOT NULL,
    case_id CHAR(32) NOT NULL,
    appeal_id CHAR(32) NOT NULL,
    n INTEGER NOT NULL,
    contests_id CHAR(32),
    person_id CHAR(32) NOT NULL,
    asked_at VARCHAR(27) NOT NULL,
    language VARCHAR(12) NOT NULL,
    body TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_pause_request PRIMARY KEY (id),
    CONSTRAINT uq_pause_request_appeal_id_n UNIQUE (appeal_id, n),
    CONSTRAINT uq_pause_request_ref UNIQUE (ref),
    CONSTRAINT fk_pause_request_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_pause_request_appeal_id FOREIGN KEY(appeal_id) REFERENCES appeal (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_pause_request_contests_id UNIQUE (contests_id),
    CONSTRAINT fk_pause_request_contests_id FOREIGN KEY(contests_id) REFERENCES pause_request (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_pause_request_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_pause_request_case_id ON pause_request (case_id)""",
    """CREATE TRIGGER pause_request_keeps_rows BEFORE DELETE ON "pause_request" BEGIN SELECT RAISE(ABORT, 'rows of pause_request are kept as they are'); END""",
    """CREATE TRIGGER pause_request_keeps_values BEFORE UPDATE ON "pause_request" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.body IS NULL AND NEW.ref IS OLD.ref AND NEW.case_id IS OLD.case_id AND NEW.appeal_id IS OLD.appeal_id AND NEW.n IS OLD.n AND NEW.contests_id IS OLD.contests_id AND NEW.person_id IS OLD.person_id AND NEW.asked_at IS OLD.asked_at AND NEW.language IS OLD.language AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of pause_request are kept as they are'); END""",
    """CREATE TABLE pause_answer (
    request_id CHAR(32) NOT NULL,
    outcome VARCHAR(16) NOT NULL,
    answered_by CHAR(32),
    answered_at VARCHAR(27) NOT NULL,
    language VARCHAR(12) NOT NULL,
    reasons TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_pause_answer PRIMARY KEY (id),
    CONSTRAINT ck_pause_answer_outcome_known CHECK (outcome IN ('granted', 'refused', 'lapsed', 'void')),
    CONSTRAINT ck_pause_answer_by_somebody CHECK ((outcome IN ('granted', 'refused')) = (answered_by IS NOT NULL)),
    CONSTRAINT ck_pause_answer_refused_with_reasons CHECK (outcome <> 'refused' OR reasons <> ''),
    CONSTRAINT uq_pause_answer_request_id UNIQUE (request_id),
    CONSTRAINT fk_pause_answer_request_id FOREIGN KEY(request_id) REFERENCES pause_request (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_pause_answer_answered_by FOREIGN KEY(answered_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER pause_answer_keeps_rows BEFORE DELETE ON "pause_answer" BEGIN SELECT RAISE(ABORT, 'rows of pause_answer are kept as they are'); END""",
    """CREATE TRIGGER pause_answer_keeps_values BEFORE UPDATE ON "pause_answer" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.reasons IS NULL AND NEW.request_id IS OLD.request_id AND NEW.outcome IS OLD.outcome AND NEW.answered_by IS OLD.answered_by AND NEW.answered_at IS OLD.answered_at AND NEW.language IS OLD.language AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of pause_answer are kept as they are'); END""",
    """CREATE TRIGGER pause_answer_somebody_else BEFORE INSERT ON pause_answer WHEN NEW.outcome = 'refused' AND (EXISTS (SELECT 1 FROM pause_request q JOIN appeal a ON a.id = q.appeal_id
JOIN signature s ON s.action_id = a.action_id WHERE q.id = NEW.request_id AND s.person_id = NEW.answered_by)
OR EXISTS (SELECT 1 FROM pause_request q JOIN pause_answer o ON o.request_id = q.contests_id
WHERE q.id = NEW.request_id AND o.answered_by = NEW.answered_by))
BEGIN SELECT RAISE(ABORT, 'who had a part can only grant a pause'); END""",
)

POSTGRESQL = (
    """CREATE TABLE pause_request (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    case_id UUID NOT NULL,
    appeal_id UUID NOT NULL,
    n INTEGER NOT NULL,
    contests_id UUID,
    person_id UUID NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    language VARCHAR(12) NOT NULL,
    body TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_pause_request PRIMARY KEY (id),
    CONSTRAINT uq_pause_request_appeal_id_n UNIQUE (appeal_id, n),
    CONSTRAINT uq_pause_request_ref UNIQUE (ref),
    CONSTRAINT fk_pause_request_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_pause_request_appeal_id FOREIGN KEY(appeal_id) REFERENCES appeal (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_pause_request_contests_id UNIQUE (contests_id),
    CONSTRAINT fk_pause_request_contests_id FOREIGN KEY(contests_id) REFERENCES pause_request (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_pause_request_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_pause_request_case_id ON pause_request (case_id)""",
    """CREATE TRIGGER pause_request_keeps_rows BEFORE DELETE ON "pause_request" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER pause_request_keeps_values BEFORE UPDATE ON "pause_request" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.body IS NULL AND NEW.ref IS NOT DISTINCT FROM OLD.ref AND NEW.case_id IS NOT DISTINCT FROM OLD.case_id AND NEW.appeal_id IS NOT DISTINCT FROM OLD.appeal_id AND NEW.n IS NOT DISTINCT FROM OLD.n AND NEW.contests_id IS NOT DISTINCT FROM OLD.contests_id AND NEW.person_id IS NOT DISTINCT FROM OLD.person_id AND NEW.asked_at IS NOT DISTINCT FROM OLD.asked_at AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER pause_request_keeps_table BEFORE TRUNCATE ON "pause_request" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TABLE pause_answer (
    request_id UUID NOT NULL,
    outcome VARCHAR(16) NOT NULL,
    answered_by UUID,
    answered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    language VARCHAR(12) NOT NULL,
    reasons TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_pause_answer PRIMARY KEY (id),
    CONSTRAINT ck_pause_answer_outcome_known CHECK (outcome IN ('granted', 'refused', 'lapsed', 'void')),
    CONSTRAINT ck_pause_answer_by_somebody CHECK ((outcome IN ('granted', 'refused')) = (answered_by IS NOT NULL)),
    CONSTRAINT ck_pause_answer_refused_with_reasons CHECK (outcome <> 'refused' OR reasons <> ''),
    CONSTRAINT uq_pause_answer_request_id UNIQUE (request_id),
    CONSTRAINT fk_pause_answer_request_id FOREIGN KEY(request_id) REFERENCES pause_request (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_pause_answer_answered_by FOREIGN KEY(answered_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER pause_answer_keeps_rows BEFORE DELETE ON "pause_answer" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER pause_answer_keeps_values BEFORE UPDATE ON "pause_answer" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.reasons IS NULL AND NEW.request_id IS NOT DISTINCT FROM OLD.request_id AND NEW.outcome IS NOT DISTINCT FROM OLD.outcome AND NEW.answered_by IS NOT DISTINCT FROM OLD.answered_by AND NEW.answered_at IS NOT DISTINCT FROM OLD.answered_at AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER pause_answer_keeps_table BEFORE TRUNCATE ON "pause_answer" EXECUTE FUNCTION portal_refuse()""",
    """CREATE OR REPLACE FUNCTION portal_pause_somebody_else() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF NEW.outcome = 'refused' AND (EXISTS (SELECT 1 FROM pause_request q JOIN appeal a ON a.id = q.appeal_id
JOIN signature s ON s.action_id = a.action_id WHERE q.id = NEW.request_id AND s.person_id = NEW.answered_by)
OR EXISTS (SELECT 1 FROM pause_request q JOIN pause_answer o ON o.request_id = q.contests_id
WHERE q.id = NEW.request_id AND o.answered_by = NEW.answered_by)) THEN RAISE EXCEPTION 'who had a part can only grant a pause'; END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER pause_answer_somebody_else BEFORE INSERT ON pause_answer FOR EACH ROW EXECUTE FUNCTION portal_pause_somebody_else()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in ("pause_answer", "pause_request"):
        op.execute(f"DROP TABLE {table}")
    if op.get_context().dialect.name != "sqlite":
        op.execute("DROP FUNCTION portal_pause_somebody_else()")
