"""Both sides of a dispute are heard: what we ask the client, what each side shows, and why a dispute was closed."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE dispute_question (
    ref VARCHAR(24) NOT NULL,
    dispute_id CHAR(32) NOT NULL,
    n INTEGER NOT NULL,
    asked_by CHAR(32) NOT NULL,
    language VARCHAR(12) NOT NULL,
    asked_at VARCHAR(27) NOT NULL,
    answer_by VARCHAR(27) NOT NULL,
    question TEXT,
    sha256 VARCHAR(64) NOT NULL,
    ended_at VARCHAR(27),
    end_kind VARCHAR(16),
    answered_by CHAR(32),
    answer TEXT,
    answer_language VARCHAR(12),
    answer_sha256 VARCHAR(64),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_dispute_question PRIMARY KEY (id),
    CONSTRAINT uq_dispute_question_dispute_id_n UNIQUE (dispute_id, n),
    CONSTRAINT ck_dispute_question_end_kind_known CHECK (end_kind IN ('answered', 'lapsed', 'overtaken')),
    CONSTRAINT ck_dispute_question_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CONSTRAINT ck_dispute_question_answer_kept CHECK ((answer_sha256 IS NOT NULL) = (end_kind IS NOT NULL AND end_kind = 'answered')),
    CONSTRAINT uq_dispute_question_ref UNIQUE (ref),
    CONSTRAINT fk_dispute_question_dispute_id FOREIGN KEY(dispute_id) REFERENCES dispute (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_question_asked_by FOREIGN KEY(asked_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_question_answered_by FOREIGN KEY(answered_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE UNIQUE INDEX uq_dispute_question_open ON dispute_question (dispute_id) WHERE ended_at IS NULL""",
    """CREATE TABLE dispute_exhibit (
    dispute_id CHAR(32) NOT NULL,
    exhibit_id CHAR(32) NOT NULL,
    account_id CHAR(32) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_dispute_exhibit PRIMARY KEY (id),
    CONSTRAINT fk_dispute_exhibit_dispute_id FOREIGN KEY(dispute_id) REFERENCES dispute (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_dispute_exhibit_exhibit_id UNIQUE (exhibit_id),
    CONSTRAINT fk_dispute_exhibit_exhibit_id FOREIGN KEY(exhibit_id) REFERENCES exhibit (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_exhibit_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_dispute_exhibit_dispute_id ON dispute_exhibit (dispute_id)""",
    """CREATE TRIGGER dispute_exhibit_keeps_rows BEFORE DELETE ON "dispute_exhibit" BEGIN SELECT RAISE(ABORT, 'rows of dispute_exhibit are kept as they are'); END""",
    """CREATE TRIGGER dispute_exhibit_keeps_values BEFORE UPDATE ON "dispute_exhibit" BEGIN SELECT RAISE(ABORT, 'rows of dispute_exhibit are kept as they are'); END""",
    """CREATE TRIGGER dispute_question_keeps_rows BEFORE DELETE ON "dispute_question" BEGIN SELECT RAISE(ABORT, 'rows of dispute_question are kept as they are'); END""",
    """CREATE TRIGGER dispute_question_keeps_values BEFORE UPDATE ON "dispute_question" WHEN (NOT (NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at AND NEW.ref IS OLD.ref AND NEW.dispute_id IS OLD.dispute_id AND NEW.n IS OLD.n AND NEW.asked_by IS OLD.asked_by AND NEW.language IS OLD.language AND NEW.asked_at IS OLD.asked_at AND NEW.answer_by IS OLD.answer_by AND NEW.sha256 IS OLD.sha256 AND (OLD.ended_at IS NULL OR NEW.ended_at IS OLD.ended_at AND NEW.end_kind IS OLD.end_kind AND NEW.answered_by IS OLD.answered_by AND NEW.answer_language IS OLD.answer_language AND NEW.answer_sha256 IS OLD.answer_sha256) AND (NEW.question IS OLD.question OR NEW.question IS NULL))) BEGIN SELECT RAISE(ABORT, 'rows of dispute_question are kept as they are'); END""",
)

POSTGRESQL = (
    """CREATE TABLE dispute_question (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    dispute_id UUID NOT NULL,
    n INTEGER NOT NULL,
    asked_by UUID NOT NULL,
    language VARCHAR(12) NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answer_by TIMESTAMP WITH TIME ZONE NOT NULL,
    question TEXT,
    sha256 VARCHAR(64) NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_kind VARCHAR(16),
    answered_by UUID,
    answer TEXT,
    answer_language VARCHAR(12),
    answer_sha256 VARCHAR(64),
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_dispute_question PRIMARY KEY (id),
    CONSTRAINT uq_dispute_question_dispute_id_n UNIQUE (dispute_id, n),
    CONSTRAINT ck_dispute_question_end_kind_known CHECK (end_kind IN ('answered', 'lapsed', 'overtaken')),
    CONSTRAINT ck_dispute_question_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CONSTRAINT ck_dispute_question_answer_kept CHECK ((answer_sha256 IS NOT NULL) = (end_kind IS NOT NULL AND end_kind = 'answered')),
    CONSTRAINT uq_dispute_question_ref UNIQUE (ref),
    CONSTRAINT fk_dispute_question_dispute_id FOREIGN KEY(dispute_id) REFERENCES dispute (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_question_asked_by FOREIGN KEY(asked_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_question_answered_by FOREIGN KEY(answered_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE UNIQUE INDEX uq_dispute_question_open ON dispute_question (dispute_id) WHERE ended_at IS NULL""",
    """CREATE TABLE dispute_exhibit (
    dispute_id UUID NOT NULL,
    exhibit_id UUID NOT NULL,
    account_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_dispute_exhibit PRIMARY KEY (id),
    CONSTRAINT fk_dispute_exhibit_dispute_id FOREIGN KEY(dispute_id) REFERENCES dispute (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_dispute_exhibit_exhibit_id UNIQUE (exhibit_id),
    CONSTRAINT fk_dispute_exhibit_exhibit_id FOREIGN KEY(exhibit_id) REFERENCES exhibit (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_exhibit_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_dispute_exhibit_dispute_id ON dispute_exhibit (dispute_id)""",
    """CREATE TRIGGER dispute_exhibit_keeps_rows BEFORE DELETE ON "dispute_exhibit" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER dispute_exhibit_keeps_values BEFORE UPDATE ON "dispute_exhibit" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER dispute_exhibit_keeps_table BEFORE TRUNCATE ON "dispute_exhibit" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER dispute_question_keeps_rows BEFORE DELETE ON "dispute_question" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER dispute_question_keeps_values BEFORE UPDATE ON "dispute_question" FOR EACH ROW WHEN (NOT (NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at AND NEW.ref IS NOT DISTINCT FROM OLD.ref AND NEW.dispute_id IS NOT DISTINCT FROM OLD.dispute_id AND NEW.n IS NOT DISTINCT FROM OLD.n AND NEW.asked_by IS NOT DISTINCT FROM OLD.asked_by AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.asked_at IS NOT DISTINCT FROM OLD.asked_at AND NEW.answer_by IS NOT DISTINCT FROM OLD.answer_by AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND (OLD.ended_at IS NULL OR NEW.ended_at IS NOT DISTINCT FROM OLD.ended_at AND NEW.end_kind IS NOT DISTINCT FROM OLD.end_kind AND NEW.answered_by IS NOT DISTINCT FROM OLD.answered_by AND NEW.answer_language IS NOT DISTINCT FROM OLD.answer_language AND NEW.answer_sha256 IS NOT DISTINCT FROM OLD.answer_sha256) AND (NEW.question IS NOT DISTINCT FROM OLD.question OR NEW.question IS NULL))) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER dispute_question_keeps_table BEFORE TRUNCATE ON "dispute_question" EXECUTE FUNCTION portal_refuse()""",
)

COLUMNS = (
    "ref, case_id, claim_id, contract_id, milestone_id, opened_by_account_id, contract_term_id, amount_minor, currency, "
    "opened_at, asks_for, language, agreed, happened, sha256, state, answer_by, answered_at, answer, answer_language, "
    "answer_sha256, outcome, refund_minor, decided_at, ended_at, version, id, created_at"
)
DISPUTE_NEW = """CREATE TABLE dispute_new (
    ref VARCHAR(24) NOT NULL,
    case_id CHAR(32) NOT NULL,
    claim_id CHAR(32) NOT NULL,
    contract_id CHAR(32) NOT NULL,
    milestone_id CHAR(32) NOT NULL,
    opened_by_account_id CHAR(32) NOT NULL,
    contract_term_id CHAR(32) NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    opened_at VARCHAR(27) NOT NULL,
    asks_for VARCHAR(16) NOT NULL,
    language VARCHAR(12) NOT NULL,
    agreed TEXT,
    happened TEXT,
    sha256 VARCHAR(64) NOT NULL,
    state VARCHAR(16) NOT NULL,
    answer_by VARCHAR(27) NOT NULL,
    answered_at VARCHAR(27),
    answer TEXT,
    answer_language VARCHAR(12),
    answer_sha256 VARCHAR(64),
    outcome VARCHAR(16),
    refund_minor BIGINT,
    decided_at VARCHAR(27),
    ended_at VARCHAR(27),
    closed_because VARCHAR(16),
    version INTEGER NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_dispute PRIMARY KEY (id),
    CONSTRAINT ck_dispute_state_known CHECK (state IN ('opened', 'answered', 'unanswered', 'decided', 'settled', 'withdrawn', 'closed')),
    CONSTRAINT ck_dispute_outcome_known CHECK (outcome IN ('release', 'refund', 'split')),
    CONSTRAINT ck_dispute_asks_for_known CHECK (asks_for IN ('refund', 'partial', 'redo')),
    CONSTRAINT ck_dispute_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT ck_dispute_answered_together CHECK (state <> 'answered' OR answered_at IS NOT NULL),
    CONSTRAINT ck_dispute_answer_kept CHECK ((answered_at IS NULL) = (answer_sha256 IS NULL)),
    CONSTRAINT ck_dispute_decided_together CHECK ((decided_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT ck_dispute_decided_says_what CHECK (state <> 'decided' OR decided_at IS NOT NULL),
    CONSTRAINT ck_dispute_ended_together CHECK (state NOT IN ('settled', 'withdrawn', 'closed') OR ended_at IS NOT NULL),
    CONSTRAINT ck_dispute_closed_says_why CHECK ((state = 'closed') = (closed_because IS NOT NULL)),
    CONSTRAINT ck_dispute_closed_because_known CHECK (closed_because IN ('client_silent', 'charged_back')),
    CONSTRAINT uq_dispute_ref UNIQUE (ref),
    CONSTRAINT fk_dispute_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_claim_id FOREIGN KEY(claim_id) REFERENCES claim (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_opened_by_account_id FOREIGN KEY(opened_by_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_dispute_contract_term_id FOREIGN KEY(contract_term_id) REFERENCES contract_term (id) DEFERRABLE INITIALLY DEFERRED
)"""
INDEXES = (
    "CREATE INDEX ix_dispute_case_id ON dispute (case_id)",
    "CREATE INDEX ix_dispute_contract_id ON dispute (contract_id)",
    "CREATE INDEX ix_dispute_milestone_id ON dispute (milestone_id)",
    "CREATE UNIQUE INDEX uq_dispute_open ON dispute (milestone_id) WHERE ended_at IS NULL",
)
WISHES, STATES = "'refund', 'partial'", "'opened', 'answered', 'unanswered', 'decided', 'settled', 'withdrawn'"
ENDED = "state NOT IN ('settled', 'withdrawn'{}) OR ended_at IS NOT NULL"


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        _rebuild(DISPUTE_NEW)
    else:
        op.execute("ALTER TABLE dispute ADD COLUMN closed_because VARCHAR(16)")
        _checks(f"{WISHES}, 'redo'", f"{STATES}, 'closed'", ENDED.format(", 'closed'"))
        op.execute("ALTER TABLE dispute ADD CONSTRAINT ck_dispute_closed_says_why "
                   "CHECK ((state = 'closed') = (closed_because IS NOT NULL))")
        op.execute("ALTER TABLE dispute ADD CONSTRAINT ck_dispute_closed_because_known "
                   "CHECK (closed_because IN ('client_silent', 'charged_back'))")
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def _checks(wishes: str, states: str, ended: str) -> None:
    for name, rule in (("asks_for_known", f"asks_for IN ({wishes})"), ("state_known", f"state IN ({states})"),
                       ("ended_together", ended)):
        op.execute(f"ALTER TABLE dispute DROP CONSTRAINT ck_dispute_{name}")
        op.execute(f"ALTER TABLE dispute ADD CONSTRAINT ck_dispute_{name} CHECK ({rule})")


def _rebuild(made: str) -> None:
    """SQLite cannot change a CHECK: the table is made anew with every row; other tables refer to it by its name."""
    op.execute(made)
    op.execute(f"INSERT INTO dispute_new ({COLUMNS}) SELECT {COLUMNS} FROM dispute")
    op.execute("DROP TABLE dispute")
    op.execute("ALTER TABLE dispute_new RENAME TO dispute")
    for statement in INDEXES:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE dispute_exhibit")
    op.execute("DROP TABLE dispute_question")
    if op.get_context().dialect.name == "sqlite":
        before = DISPUTE_NEW.replace(", 'redo'", "").replace(", 'closed'", "")
        _rebuild("\n".join(line for line in before.splitlines() if "closed_" not in line))
        return
    op.execute("ALTER TABLE dispute DROP CONSTRAINT ck_dispute_closed_because_known")
    op.execute("ALTER TABLE dispute DROP CONSTRAINT ck_dispute_closed_says_why")
    _checks(WISHES, STATES, ENDED.format(""))
    op.execute("ALTER TABLE dispute DROP COLUMN closed_because")
