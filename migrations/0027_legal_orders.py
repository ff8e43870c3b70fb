"""Laws and orders that oblige us, and orders that forbid us to tell of it for a time."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

UNCITED = """NEW.status IN ('proposed', 'issued') AND NEW.nature <> 'legal'
AND NOT EXISTS (SELECT 1 FROM citation WHERE citation.action_id = NEW.id AND citation.revision = NEW.revision)"""
UNNAMED = """NEW.status IN ('proposed', 'issued') AND (
NOT EXISTS (SELECT 1 FROM citation WHERE citation.action_id = NEW.id AND citation.revision = NEW.revision)
OR (NEW.nature = 'legal' AND NOT EXISTS (SELECT 1 FROM action_order o
WHERE o.action_id = NEW.id AND o.revision = NEW.revision)))"""
ONE_SIGNED = """NEW.status = 'issued' AND OLD.status <> 'issued' AND NEW.nature = 'legal' AND (
NEW.interim OR NEW.measure NOT IN ('restriction', 'suspension') OR NEW.ends_at IS NULL
OR NOT EXISTS (SELECT 1 FROM signature s WHERE s.action_id = NEW.id AND s.signed_as = 'cosigner'))"""
NO_ORDER = """NOT EXISTS (SELECT 1 FROM action a JOIN action_order o ON o.action_id = a.id AND o.revision = a.revision
JOIN signature s ON s.action_id = a.id AND s.signed_as = 'cosigner' WHERE a.id = NEW.action_id AND a.nature = 'legal')"""


def cited(rule: str) -> tuple[str, str]:
    """The trigger that lets no action leave draft uncited: on SQLite the trigger itself, on PostgreSQL its function."""
    return (
        f"""CREATE TRIGGER action_cited BEFORE UPDATE OF status ON action WHEN {rule}
BEGIN SELECT RAISE(ABORT, 'no action without a citation'); END""",
        f"""CREATE OR REPLACE FUNCTION portal_action_cited() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {rule} THEN RAISE EXCEPTION 'no action without a citation'; END IF; RETURN NEW; END $$""",
    )


SQLITE = (
    """CREATE TABLE legal_order (
    ref VARCHAR(24) NOT NULL,
    case_id CHAR(32) NOT NULL,
    account_id CHAR(32) NOT NULL,
    authority VARCHAR(200) NOT NULL,
    reference VARCHAR(200) NOT NULL,
    dated_on DATE NOT NULL,
    provision VARCHAR(200) NOT NULL,
    territory VARCHAR(200) NOT NULL,
    ends_on DATE,
    amount_minor BIGINT,
    currency VARCHAR(3),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_legal_order PRIMARY KEY (id),
    CONSTRAINT ck_legal_order_amount_together CHECK ((amount_minor IS NULL) = (currency IS NULL)),
    CONSTRAINT ck_legal_order_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT uq_legal_order_ref UNIQUE (ref),
    CONSTRAINT fk_legal_order_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_legal_order_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_legal_order_case_id ON legal_order (case_id)""",
    """CREATE TABLE action_order (
    action_id CHAR(32) NOT NULL,
    revision INTEGER NOT NULL,
    order_id CHAR(32) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_action_order PRIMARY KEY (id),
    CONSTRAINT uq_action_order_action_id_revision UNIQUE (action_id, revision),
    CONSTRAINT fk_action_order_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_action_order_order_id FOREIGN KEY(order_id) REFERENCES legal_order (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE silence (
    action_id CHAR(32) NOT NULL,
    provision VARCHAR(200) NOT NULL,
    ended_at VARCHAR(27),
    end_kind VARCHAR(16),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_silence PRIMARY KEY (id),
    CONSTRAINT ck_silence_end_kind_known CHECK (end_kind IN ('ended', 'not_reviewed')),
    CONSTRAINT ck_silence_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CONSTRAINT uq_silence_action_id UNIQUE (action_id),
    CONSTRAINT fk_silence_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER action_order_keeps_rows BEFORE DELETE ON "action_order" BEGIN SELECT RAISE(ABORT, 'rows of action_order are kept as they are'); END""",
    """CREATE TRIGGER action_order_keeps_values BEFORE UPDATE ON "action_order" BEGIN SELECT RAISE(ABORT, 'rows of action_order are kept as they are'); END""",
    """CREATE TRIGGER legal_order_keeps_rows BEFORE DELETE ON "legal_order" BEGIN SELECT RAISE(ABORT, 'rows of legal_order are kept as they are'); END""",
    """CREATE TRIGGER legal_order_keeps_values BEFORE UPDATE ON "legal_order" BEGIN SELECT RAISE(ABORT, 'rows of legal_order are kept as they are'); END""",
    "DROP TRIGGER action_cited", cited(UNNAMED)[0],
    f"""CREATE TRIGGER action_law_signed_twice BEFORE UPDATE OF status ON action WHEN {ONE_SIGNED}
BEGIN SELECT RAISE(ABORT, 'two people sign what a law asks for'); END""",
    f"""CREATE TRIGGER silence_by_law BEFORE INSERT ON silence WHEN {NO_ORDER}
BEGIN SELECT RAISE(ABORT, 'only an order forbids us to tell'); END""",
)

POSTGRESQL = (
    """CREATE TABLE legal_order (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    case_id UUID NOT NULL,
    account_id UUID NOT NULL,
    authority VARCHAR(200) NOT NULL,
    reference VARCHAR(200) NOT NULL,
    dated_on DATE NOT NULL,
    provision VARCHAR(200) NOT NULL,
    territory VARCHAR(200) NOT NULL,
    ends_on DATE,
    amount_minor BIGINT,
    currency VARCHAR(3),
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_legal_order PRIMARY KEY (id),
    CONSTRAINT ck_legal_order_amount_together CHECK ((amount_minor IS NULL) = (currency IS NULL)),
    CONSTRAINT ck_legal_order_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT uq_legal_order_ref UNIQUE (ref),
    CONSTRAINT fk_legal_order_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_legal_order_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_legal_order_case_id ON legal_order (case_id)""",
    """CREATE TABLE action_order (
    action_id UUID NOT NULL,
    revision INTEGER NOT NULL,
    order_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_action_order PRIMARY KEY (id),
    CONSTRAINT uq_action_order_action_id_revision UNIQUE (action_id, revision),
    CONSTRAINT fk_action_order_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_action_order_order_id FOREIGN KEY(order_id) REFERENCES legal_order (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE silence (
    action_id UUID NOT NULL,
    provision VARCHAR(200) NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_kind VARCHAR(16),
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_silence PRIMARY KEY (id),
    CONSTRAINT ck_silence_end_kind_known CHECK (end_kind IN ('ended', 'not_reviewed')),
    CONSTRAINT ck_silence_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CONSTRAINT uq_silence_action_id UNIQUE (action_id),
    CONSTRAINT fk_silence_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER action_order_keeps_rows BEFORE DELETE ON "action_order" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER action_order_keeps_values BEFORE UPDATE ON "action_order" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER action_order_keeps_table BEFORE TRUNCATE ON "action_order" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER legal_order_keeps_rows BEFORE DELETE ON "legal_order" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER legal_order_keeps_values BEFORE UPDATE ON "legal_order" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER legal_order_keeps_table BEFORE TRUNCATE ON "legal_order" EXECUTE FUNCTION portal_refuse()""",
    cited(UNNAMED)[1],
    f"""CREATE OR REPLACE FUNCTION portal_law_signed_twice() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {ONE_SIGNED} THEN RAISE EXCEPTION 'two people sign what a law asks for'; END IF; RETURN NEW; END $$""",
    f"""CREATE OR REPLACE FUNCTION portal_silent_by_law() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {NO_ORDER} THEN RAISE EXCEPTION 'only an order forbids us to tell'; END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER action_law_signed_twice BEFORE UPDATE OF status ON action
FOR EACH ROW EXECUTE FUNCTION portal_law_signed_twice()""",
    """CREATE TRIGGER silence_by_law BEFORE INSERT ON silence FOR EACH ROW EXECUTE FUNCTION portal_silent_by_law()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    op.execute("DROP TRIGGER action_law_signed_twice" + ("" if on_sqlite else " ON action"))
    if on_sqlite:
        op.execute("DROP TRIGGER action_cited")
    op.execute(cited(UNCITED)[0 if on_sqlite else 1])
    for table in ("silence", "action_order", "legal_order"):
        op.execute(f'DROP TABLE "{table}"')
    if not on_sqlite:
        op.execute("DROP FUNCTION portal_law_signed_twice()")
        op.execute("DROP FUNCTION portal_silent_by_law()")
