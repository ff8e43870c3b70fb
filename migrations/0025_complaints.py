"""A complaint that nothing was done, and an appeal against what is withheld alone: kinds of appeals; closed cases open again."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

COLUMNS = """ref, case_id, action_id, account_id, person_id, state, filed_at, answer_by, late, waiting_until, outcome, decided_at,
withdrawn_at, refused_because, refused_by, version, id, created_at"""
ABOUT_ONE_THING = "(kind = 'inaction') = (closing_id IS NOT NULL) AND (kind = 'inaction') = (action_id IS NULL)"
NEW_CHECKS = f"""CONSTRAINT ck_appeal_kind_known CHECK (kind IN ('action', 'inaction', 'withheld')),
    CONSTRAINT ck_appeal_about_one_thing CHECK ({ABOUT_ONE_THING}),
    CONSTRAINT fk_appeal_closing_id FOREIGN KEY(closing_id) REFERENCES case_closing (id) DEFERRABLE INITIALLY DEFERRED,
    """


def appeal_table(needed: str, columns: str, checks: str) -> str:
    """The table of appeals on SQLite, which cannot change a column: it is made anew, with what it had."""
    return f"""CREATE TABLE appeal_anew (
    ref VARCHAR(24) NOT NULL,
    case_id CHAR(32) NOT NULL,
    {columns}action_id CHAR(32){needed},
    account_id CHAR(32) NOT NULL,
    person_id CHAR(32) NOT NULL,
    state VARCHAR(16) NOT NULL,
    filed_at VARCHAR(27),
    answer_by VARCHAR(27),
    late BOOLEAN NOT NULL,
    waiting_until VARCHAR(27),
    outcome VARCHAR(24),
    decided_at VARCHAR(27),
    withdrawn_at VARCHAR(27),
    refused_because TEXT,
    refused_by CHAR(32),
    version INTEGER NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_appeal PRIMARY KEY (id),
    CONSTRAINT ck_appeal_state_known CHECK (state IN ('draft', 'filed', 'in_review', 'waiting', 'decided', 'withdrawn', 'inadmissible')),
    CONSTRAINT ck_appeal_outcome_known CHECK (outcome IN ('upheld', 'partially_reversed', 'reversed')),
    CONSTRAINT ck_appeal_filed_together CHECK (state = 'draft' OR (filed_at IS NOT NULL AND answer_by IS NOT NULL)),
    CONSTRAINT ck_appeal_decided_with_outcome CHECK ((state = 'decided') = (outcome IS NOT NULL)),
    CONSTRAINT ck_appeal_decided_together CHECK ((outcome IS NULL) = (decided_at IS NULL)),
    CONSTRAINT ck_appeal_refused_with_reason CHECK ((state = 'inadmissible') = (refused_because IS NOT NULL)),
    CONSTRAINT ck_appeal_refused_by_somebody CHECK ((refused_because IS NULL) = (refused_by IS NULL)),
    {checks}CONSTRAINT uq_appeal_ref UNIQUE (ref),
    CONSTRAINT fk_appeal_case_id FOREIGN KEY(case_id) REFERENCES "case" (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_action_id FOREIGN KEY(action_id) REFERENCES action (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_person_id FOREIGN KEY(person_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_appeal_refused_by FOREIGN KEY(refused_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)"""


REOPENING = {
    "sqlite": ("CHAR(32)", "VARCHAR(27)", "VARCHAR(24)"),
    "postgresql": ("UUID", "TIMESTAMP WITH TIME ZONE", 'VARCHAR(24) COLLATE "C"'),
}


def reopening_table(key: str, instant: str, ref: str) -> str:
    """That a closed case was opened again."""
    return f"""CREATE TABLE case_reopening (
    closing_id {key} NOT NULL,
    reopened_by {key} NOT NULL,
    because_ref {ref} NOT NULL,
    reopened_at {instant} NOT NULL,
    id {key} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_case_reopening PRIMARY KEY (id),
    CONSTRAINT uq_case_reopening_closing_id UNIQUE (closing_id),
    CONSTRAINT fk_case_reopening_closing_id FOREIGN KEY(closing_id) REFERENCES case_closing (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_case_reopening_reopened_by FOREIGN KEY(reopened_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)"""


OF_COMPLAINTS = """
OR EXISTS (SELECT 1 FROM case_closing c JOIN appeal a ON a.case_id = c.case_id
WHERE a.id = NEW.appeal_id AND a.kind = 'inaction' AND c.closed_by = NEW.decided_by)"""


def somebody_else(more: str = "") -> str:
    """What who had a part before may not do."""
    return f"""NEW.outcome <> 'reversed' AND (EXISTS (SELECT 1 FROM signature s
JOIN appeal a ON a.action_id = s.action_id WHERE a.id = NEW.appeal_id AND s.person_id = NEW.decided_by)
OR EXISTS (SELECT 1 FROM appeal r JOIN appeal a ON a.action_id = r.action_id
WHERE a.id = NEW.appeal_id AND r.refused_by = NEW.decided_by){more}
OR EXISTS (SELECT 1 FROM decision d WHERE d.appeal_id = NEW.appeal_id AND d.decided_by = NEW.decided_by))"""


STILL_THERE = """EXISTS (SELECT 1 FROM action a WHERE a.id = NEW.action_id AND a.reversed_at IS NULL)
OR EXISTS (SELECT 1 FROM action a JOIN event e ON e.subject_ref = a.ref JOIN hold h ON h.cause_event_id = e.id
WHERE a.id = NEW.action_id AND e.kind = 'action.issued' AND h.ended_at IS NULL)
OR EXISTS (SELECT 1 FROM action a JOIN restriction r ON r.action_id = a.id
WHERE a.id = NEW.action_id AND coalesce(r.ends_at, r.review_at) > a.reversed_at AND NOT EXISTS (
SELECT 1 FROM restriction_change c WHERE c.restriction_id = r.id AND c.kind IN ('reversed', 'lifted')
AND c.at <= a.reversed_at))"""
NOT_UNDONE_BEFORE = f"NEW.outcome = 'reversed' AND (\n{STILL_THERE})"
NOT_UNDONE = f"""NEW.outcome = 'reversed' AND (NEW.kind = 'inaction'
AND NOT EXISTS (SELECT 1 FROM case_reopening r WHERE r.closing_id = NEW.closing_id)
OR NEW.kind = 'action' AND ({STILL_THERE}))"""
KEPT = "rows of case_reopening are kept as they are"
LIVE = "CREATE UNIQUE INDEX uq_appeal_live ON appeal ({}) WHERE state <> 'inadmissible'"
COMPLAINT = """CREATE UNIQUE INDEX uq_appeal_complaint ON appeal (case_id, account_id)
WHERE kind = 'inaction' AND state <> 'inadmissible'"""


def sqlite_triggers(who: str, undone: str) -> tuple[str, ...]:
    return (
        f"""CREATE TRIGGER decision_somebody_else BEFORE INSERT ON decision WHEN {who}
BEGIN SELECT RAISE(ABORT, 'who had a part can only overturn in full'); END""",
        f"""CREATE TRIGGER appeal_overturned_undone BEFORE UPDATE OF outcome ON appeal WHEN {undone}
BEGIN SELECT RAISE(ABORT, 'overturned means undone'); END""",
    )


def postgresql_functions(who: str, undone: str) -> tuple[str, ...]:
    return (
        f"""CREATE OR REPLACE FUNCTION portal_somebody_else() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {who} THEN RAISE EXCEPTION 'who had a part can only overturn in full'; END IF; RETURN NEW; END $$""",
        f"""CREATE OR REPLACE FUNCTION portal_overturned_undone() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {undone} THEN RAISE EXCEPTION 'overturned means undone'; END IF; RETURN NEW; END $$""",
    )


NO_TRIGGERS = ("DROP TRIGGER decision_somebody_else", "DROP TRIGGER appeal_overturned_undone")
INDEXES = ("CREATE INDEX ix_appeal_account_id ON appeal (account_id)", "CREATE INDEX ix_appeal_case_id ON appeal (case_id)")
ANEW = ("DROP TABLE appeal", "ALTER TABLE appeal_anew RENAME TO appeal", *INDEXES)

SQLITE = (
    reopening_table(*REOPENING["sqlite"]),
    f"""CREATE TRIGGER case_reopening_keeps_rows BEFORE DELETE ON "case_reopening" BEGIN SELECT RAISE(ABORT, '{KEPT}'); END""",
    f"""CREATE TRIGGER case_reopening_keeps_values BEFORE UPDATE ON "case_reopening" BEGIN SELECT RAISE(ABORT, '{KEPT}'); END""",
    *NO_TRIGGERS,
    appeal_table("", "kind VARCHAR(16) NOT NULL,\n    closing_id CHAR(32),\n    ", NEW_CHECKS),
    f"INSERT INTO appeal_anew (kind, {COLUMNS}) SELECT 'action', {COLUMNS} FROM appeal",
    *ANEW, LIVE.format("action_id, account_id, kind"), COMPLAINT, *sqlite_triggers(somebody_else(OF_COMPLAINTS), NOT_UNDONE),
)

POSTGRESQL = (
    reopening_table(*REOPENING["postgresql"]),
    """CREATE TRIGGER case_reopening_keeps_rows BEFORE DELETE ON "case_reopening" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER case_reopening_keeps_values BEFORE UPDATE ON "case_reopening" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER case_reopening_keeps_table BEFORE TRUNCATE ON "case_reopening" EXECUTE FUNCTION portal_refuse()""",
    "ALTER TABLE appeal ADD COLUMN kind VARCHAR(16) NOT NULL DEFAULT 'action'",
    "ALTER TABLE appeal ALTER COLUMN kind DROP DEFAULT",
    "ALTER TABLE appeal ADD COLUMN closing_id UUID",
    "ALTER TABLE appeal ALTER COLUMN action_id DROP NOT NULL",
    "ALTER TABLE appeal ADD CONSTRAINT ck_appeal_kind_known CHECK (kind IN ('action', 'inaction', 'withheld'))",
    f"ALTER TABLE appeal ADD CONSTRAINT ck_appeal_about_one_thing CHECK ({ABOUT_ONE_THING})",
    "ALTER TABLE appeal ADD CONSTRAINT fk_appeal_closing_id FOREIGN KEY(closing_id) REFERENCES case_closing (id) "
    "DEFERRABLE INITIALLY DEFERRED",
    "DROP INDEX uq_appeal_live", LIVE.format("action_id, account_id, kind"), COMPLAINT,
    *postgresql_functions(somebody_else(OF_COMPLAINTS), NOT_UNDONE),
)

SQLITE_BACK = (
    *NO_TRIGGERS, appeal_table(" NOT NULL", "", ""),
    f"INSERT INTO appeal_anew ({COLUMNS}) SELECT {COLUMNS} FROM appeal WHERE kind = 'action'",
    *ANEW, LIVE.format("action_id, account_id"), *sqlite_triggers(somebody_else(), NOT_UNDONE_BEFORE), "DROP TABLE case_reopening",
)

POSTGRESQL_BACK = (
    "DROP INDEX uq_appeal_complaint", "DROP INDEX uq_appeal_live",
    "DELETE FROM appeal WHERE kind <> 'action'",
    "ALTER TABLE appeal DROP COLUMN kind CASCADE", "ALTER TABLE appeal DROP COLUMN closing_id CASCADE",
    "ALTER TABLE appeal ALTER COLUMN action_id SET NOT NULL", LIVE.format("action_id, account_id"),
    *postgresql_functions(somebody_else(), NOT_UNDONE_BEFORE), "DROP TABLE case_reopening",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for statement in SQLITE_BACK if op.get_context().dialect.name == "sqlite" else POSTGRESQL_BACK:
        op.execute(statement)
