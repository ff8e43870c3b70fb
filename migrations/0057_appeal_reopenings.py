"""A decided appeal is opened once more on new evidence; who found nothing new in it decides it only by overturning in full."""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

COLUMNS = (
    "id", "created_at", "appeal_id", "n", "decision_id", "message_id", "person_id", "opened_at", "language", "sha256",
)
ENDED = ("ended_at", "end_kind", "ended_by", "reason")
TURNED_DOWN = """
OR EXISTS (SELECT 1 FROM appeal_reopening o WHERE o.appeal_id = NEW.appeal_id AND o.end_kind = 'refused'
AND o.ended_by = NEW.decided_by)"""
KEPT = "rows of appeal_reopening are kept as they are"


def table(key: str, instant: str) -> str:
    """That an appeal was opened once more, and what became of it."""
    return f"""CREATE TABLE appeal_reopening (
    appeal_id {key} NOT NULL,
    n INTEGER NOT NULL,
    decision_id {key} NOT NULL,
    message_id {key} NOT NULL,
    person_id {key} NOT NULL,
    opened_at {instant} NOT NULL,
    language VARCHAR(12) NOT NULL,
    why TEXT,
    sha256 VARCHAR(64) NOT NULL,
    ended_at {instant},
    end_kind VARCHAR(16),
    ended_by {key},
    reason TEXT,
    id {key} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_appeal_reopening PRIMARY KEY (id),
    CONSTRAINT uq_appeal_reopening_appeal_id_n UNIQUE (appeal_id, n),
    CONSTRAINT ck_appeal_reopening_end_kind_known CHECK (end_kind IN ('answered', 'refused', 'withdrawn')),
    CONSTRAINT ck_appeal_reopening_ended_together CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CONSTRAINT ck_appeal_reopening_ended_by_somebody CHECK (ended_at IS NULL OR ended_by IS NOT NULL),
    CONSTRAINT ck_appeal_reopening_refused_with_reason CHECK ((end_kind IS NOT NULL AND end_kind = 'refused') = (reason IS NOT NULL)),
    CONSTRAINT fk_appeal_reopening_appeal_id FOREIGN KEY(appeal_id) REFERENCES appeal (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_reopening_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_appeal_reopening_message_id UNIQUE (message_id),
    CONSTRAINT fk_appeal_reopening_message_id FOREIGN KEY(message_id) REFERENCES appeal_message (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_reopening_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_reopening_ended_by FOREIGN KEY(ended_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)"""


def kept(same: str) -> str:
    """What may change of a row: its end is written once, and what is new in words can be erased."""
    facts = " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in COLUMNS)
    ended = " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in ENDED)
    return f"(NOT ({facts} AND (OLD.ended_at IS NULL OR {ended}) AND (NEW.why {same} OLD.why OR NEW.why IS NULL)))"


def somebody_else(more: str = "") -> str:
    """What who had a part before may not do."""
    return f"""NEW.outcome <> 'reversed' AND (EXISTS (SELECT 1 FROM signature s
JOIN appeal a ON a.action_id = s.action_id WHERE a.id = NEW.appeal_id AND s.person_id = NEW.decided_by)
OR EXISTS (SELECT 1 FROM appeal r JOIN appeal a ON a.action_id = r.action_id
WHERE a.id = NEW.appeal_id AND r.refused_by = NEW.decided_by)
OR EXISTS (SELECT 1 FROM case_closing c JOIN appeal a ON a.case_id = c.case_id
WHERE a.id = NEW.appeal_id AND a.kind = 'inaction' AND c.closed_by = NEW.decided_by)
OR EXISTS (SELECT 1 FROM decision d WHERE d.appeal_id = NEW.appeal_id AND d.decided_by = NEW.decided_by){more})"""


def on_sqlite(who: str) -> tuple[str, ...]:
    return (
        "DROP TRIGGER decision_somebody_else",
        f"""CREATE TRIGGER decision_somebody_else BEFORE INSERT ON decision WHEN {who}
BEGIN SELECT RAISE(ABORT, 'who had a part can only overturn in full'); END""",
    )


def on_postgresql(who: str) -> tuple[str, ...]:
    return (
        f"""CREATE OR REPLACE FUNCTION portal_somebody_else() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {who} THEN RAISE EXCEPTION 'who had a part can only overturn in full'; END IF; RETURN NEW; END $$""",
    )


INDEXES = (
    "CREATE INDEX fx_appeal_reopening_decision_id ON appeal_reopening (decision_id)",
    "CREATE UNIQUE INDEX uq_appeal_reopening_answered ON appeal_reopening (appeal_id) WHERE end_kind = 'answered'",
    "CREATE UNIQUE INDEX uq_appeal_reopening_open ON appeal_reopening (appeal_id) WHERE ended_at IS NULL",
)
SQLITE = (
    table("CHAR(32)", "VARCHAR(27)"), *INDEXES,
    f"""CREATE TRIGGER appeal_reopening_keeps_rows BEFORE DELETE ON "appeal_reopening" BEGIN SELECT RAISE(ABORT, '{KEPT}'); END""",
    f"""CREATE TRIGGER appeal_reopening_keeps_values BEFORE UPDATE ON "appeal_reopening" WHEN {kept("IS")} """
    f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END",
    *on_sqlite(somebody_else(TURNED_DOWN)),
)
POSTGRESQL = (
    table("UUID", "TIMESTAMP WITH TIME ZONE"), *INDEXES,
    """CREATE TRIGGER appeal_reopening_keeps_rows BEFORE DELETE ON "appeal_reopening" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    f"""CREATE TRIGGER appeal_reopening_keeps_values BEFORE UPDATE ON "appeal_reopening" FOR EACH ROW """
    f"WHEN {kept('IS NOT DISTINCT FROM')} EXECUTE FUNCTION portal_refuse()",
    """CREATE TRIGGER appeal_reopening_keeps_table BEFORE TRUNCATE ON "appeal_reopening" EXECUTE FUNCTION portal_refuse()""",
    *on_postgresql(somebody_else(TURNED_DOWN)),
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    sqlite = op.get_context().dialect.name == "sqlite"
    for statement in on_sqlite(somebody_else()) if sqlite else on_postgresql(somebody_else()):
        op.execute(statement)
    op.execute("DROP TABLE appeal_reopening")
