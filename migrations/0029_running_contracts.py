"""How the two sides of a running contract chose to go on."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE contract_choice (
    ref VARCHAR(24) NOT NULL,
    contract_id CHAR(32) NOT NULL,
    by_account_id CHAR(32) NOT NULL,
    by_person_id CHAR(32) NOT NULL,
    way VARCHAR(16) NOT NULL,
    release_minor BIGINT,
    currency VARCHAR(3) NOT NULL,
    language VARCHAR(12) NOT NULL,
    chosen_at VARCHAR(27) NOT NULL,
    words TEXT,
    sha256 VARCHAR(64) NOT NULL,
    ended_at VARCHAR(27),
    end_kind VARCHAR(16),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_contract_choice PRIMARY KEY (id),
    CONSTRAINT ck_contract_choice_way_known CHECK (way IN ('finish', 'hand_over', 'settle')),
    CONSTRAINT ck_contract_choice_end_kind_known CHECK (end_kind IN ('agreed', 'taken_back')),
    CONSTRAINT ck_contract_choice_release_not_negative CHECK (release_minor >= 0),
    CONSTRAINT ck_contract_choice_settling_says_how_much CHECK ((way = 'settle') = (release_minor IS NOT NULL)),
    CONSTRAINT ck_contract_choice_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CONSTRAINT uq_contract_choice_ref UNIQUE (ref),
    CONSTRAINT fk_contract_choice_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_contract_choice_by_account_id FOREIGN KEY(by_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_contract_choice_by_person_id FOREIGN KEY(by_person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE UNIQUE INDEX uq_contract_choice_agreed ON contract_choice (contract_id, by_account_id) WHERE end_kind = 'agreed'""",
    """CREATE UNIQUE INDEX uq_contract_choice_open ON contract_choice (contract_id, by_account_id) WHERE ended_at IS NULL""",
    """CREATE TRIGGER contract_choice_keeps_rows BEFORE DELETE ON "contract_choice" BEGIN SELECT RAISE(ABORT, 'rows of contract_choice are kept as they are'); END""",
    """CREATE TRIGGER contract_choice_keeps_values BEFORE UPDATE ON "contract_choice" WHEN (NOT (NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at AND NEW.ref IS OLD.ref AND NEW.contract_id IS OLD.contract_id AND NEW.by_account_id IS OLD.by_account_id AND NEW.by_person_id IS OLD.by_person_id AND NEW.way IS OLD.way AND NEW.release_minor IS OLD.release_minor AND NEW.currency IS OLD.currency AND NEW.language IS OLD.language AND NEW.chosen_at IS OLD.chosen_at AND NEW.sha256 IS OLD.sha256 AND (OLD.ended_at IS NULL OR NEW.ended_at IS OLD.ended_at AND NEW.end_kind IS OLD.end_kind) AND (NEW.words IS OLD.words OR NEW.words IS NULL))) BEGIN SELECT RAISE(ABORT, 'rows of contract_choice are kept as they are'); END""",
)

POSTGRESQL = (
    """CREATE TABLE contract_choice (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    contract_id UUID NOT NULL,
    by_account_id UUID NOT NULL,
    by_person_id UUID NOT NULL,
    way VARCHAR(16) NOT NULL,
    release_minor BIGINT,
    currency VARCHAR(3) NOT NULL,
    language VARCHAR(12) NOT NULL,
    chosen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    words TEXT,
    sha256 VARCHAR(64) NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_kind VARCHAR(16),
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_contract_choice PRIMARY KEY (id),
    CONSTRAINT ck_contract_choice_way_known CHECK (way IN ('finish', 'hand_over', 'settle')),
    CONSTRAINT ck_contract_choice_end_kind_known CHECK (end_kind IN ('agreed', 'taken_back')),
    CONSTRAINT ck_contract_choice_release_not_negative CHECK (release_minor >= 0),
    CONSTRAINT ck_contract_choice_settling_says_how_much CHECK ((way = 'settle') = (release_minor IS NOT NULL)),
    CONSTRAINT ck_contract_choice_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CONSTRAINT uq_contract_choice_ref UNIQUE (ref),
    CONSTRAINT fk_contract_choice_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_contract_choice_by_account_id FOREIGN KEY(by_account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_contract_choice_by_person_id FOREIGN KEY(by_person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE UNIQUE INDEX uq_contract_choice_agreed ON contract_choice (contract_id, by_account_id) WHERE end_kind = 'agreed'""",
    """CREATE UNIQUE INDEX uq_contract_choice_open ON contract_choice (contract_id, by_account_id) WHERE ended_at IS NULL""",
    """CREATE TRIGGER contract_choice_keeps_rows BEFORE DELETE ON "contract_choice" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER contract_choice_keeps_values BEFORE UPDATE ON "contract_choice" FOR EACH ROW WHEN (NOT (NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at AND NEW.ref IS NOT DISTINCT FROM OLD.ref AND NEW.contract_id IS NOT DISTINCT FROM OLD.contract_id AND NEW.by_account_id IS NOT DISTINCT FROM OLD.by_account_id AND NEW.by_person_id IS NOT DISTINCT FROM OLD.by_person_id AND NEW.way IS NOT DISTINCT FROM OLD.way AND NEW.release_minor IS NOT DISTINCT FROM OLD.release_minor AND NEW.currency IS NOT DISTINCT FROM OLD.currency AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.chosen_at IS NOT DISTINCT FROM OLD.chosen_at AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND (OLD.ended_at IS NULL OR NEW.ended_at IS NOT DISTINCT FROM OLD.ended_at AND NEW.end_kind IS NOT DISTINCT FROM OLD.end_kind) AND (NEW.words IS NOT DISTINCT FROM OLD.words OR NEW.words IS NULL))) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER contract_choice_keeps_table BEFORE TRUNCATE ON "contract_choice" EXECUTE FUNCTION portal_refuse()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE contract_choice")
