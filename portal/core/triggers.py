"""The triggers that keep frozen rows frozen and balances true, as SQL text for each engine, derived from the models."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.database import Base

PG_REFUSE = """CREATE OR REPLACE FUNCTION portal_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows of % are kept as they are', TG_TABLE_NAME; END $$"""

PG_MOVE = """CREATE OR REPLACE FUNCTION portal_move_balance() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
UPDATE book SET balance_minor = balance_minor - NEW.amount_minor WHERE id = NEW.debit_id AND owner_id IS NOT NULL;
UPDATE book SET balance_minor = balance_minor + NEW.amount_minor WHERE id = NEW.credit_id AND owner_id IS NOT NULL;
RETURN NULL; END $$"""

SQLITE_MOVE = """CREATE TRIGGER transfer_moves_balance AFTER INSERT ON transfer BEGIN
UPDATE book SET balance_minor = balance_minor - NEW.amount_minor WHERE id = NEW.debit_id AND owner_id IS NOT NULL;
UPDATE book SET balance_minor = balance_minor + NEW.amount_minor WHERE id = NEW.credit_id AND owner_id IS NOT NULL;
END"""

HOLD_RULE = """NEW.amount_minor > coalesce((SELECT amount_minor FROM claim WHERE id = NEW.claim_id),
(SELECT amount_minor FROM legal_order WHERE id = NEW.order_id), -1)"""
PG_HOLD = f"""CREATE OR REPLACE FUNCTION portal_hold_within_claim() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {HOLD_RULE} THEN RAISE EXCEPTION 'a hold is at most its claim'; END IF; RETURN NEW; END $$"""
SQLITE_HOLD = f"""CREATE TRIGGER hold_within_claim BEFORE INSERT ON hold WHEN {HOLD_RULE}
BEGIN SELECT RAISE(ABORT, 'a hold is at most its claim'); END"""

LIMIT_RULE = """NEW.amount_minor > 0 AND EXISTS (SELECT 1 FROM claim mine
JOIN claim c ON c.milestone_id = mine.milestone_id AND c.claimant = mine.claimant JOIN hold h ON h.claim_id = c.id
WHERE mine.id = NEW.claim_id AND mine.claimant = 'counterpart' AND h.amount_minor > 0 AND h.expires_at < NEW.expires_at
AND NOT EXISTS (SELECT 1 FROM chargeback k WHERE k.milestone_id = mine.milestone_id AND k.end_kind = 'lost'
AND k.ended_at >= h.created_at)
AND NOT EXISTS (SELECT 1 FROM dispute d JOIN earning e ON e.milestone_id = d.milestone_id AND e.id > d.id
WHERE d.milestone_id = mine.milestone_id AND d.state <> 'closed' AND e.id > c.id AND e.id < mine.id
AND (d.state = 'settled' OR EXISTS (SELECT 1 FROM dispute_decision x WHERE x.dispute_id = d.id AND x.n > 0)))
AND NOT (h.expires_at <= NEW.created_at AND EXISTS (SELECT 1 FROM earning e WHERE e.milestone_id = mine.milestone_id
AND e.id > c.id AND e.id < mine.id)))"""
PG_LIMIT = f"""CREATE OR REPLACE FUNCTION portal_hold_shares_limit() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {LIMIT_RULE} THEN RAISE EXCEPTION 'holds on one milestone share one limit'; END IF; RETURN NEW; END $$"""
SQLITE_LIMIT = f"""CREATE TRIGGER hold_shares_limit BEFORE INSERT ON hold WHEN {LIMIT_RULE}
BEGIN SELECT RAISE(ABORT, 'holds on one milestone share one limit'); END"""

CLAIM_RULE = """NEW.claimant = 'counterpart' AND EXISTS (SELECT 1 FROM claim c
WHERE c.milestone_id = NEW.milestone_id AND c.claimant = 'counterpart' AND c.ended_at IS NULL)"""
PG_CLAIM = f"""CREATE OR REPLACE FUNCTION portal_claim_alone() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {CLAIM_RULE} THEN RAISE EXCEPTION 'a counterpart claims a milestone once at a time'; END IF; RETURN NEW; END $$"""
SQLITE_CLAIM = f"""CREATE TRIGGER claim_alone BEFORE INSERT ON claim WHEN {CLAIM_RULE}
BEGIN SELECT RAISE(ABORT, 'a counterpart claims a milestone once at a time'); END"""

COSIGN_RULE = """NEW.signed_as = 'cosigner' AND EXISTS (SELECT 1 FROM signature s WHERE s.action_id = NEW.action_id
AND s.person_id = NEW.person_id) OR NEW.signed_as <> 'cosigner' AND EXISTS (SELECT 1 FROM signature s
WHERE s.action_id = NEW.action_id AND s.person_id = NEW.person_id AND s.signed_as = 'cosigner')"""
PG_COSIGN = f"""CREATE OR REPLACE FUNCTION portal_second_person() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {COSIGN_RULE} THEN RAISE EXCEPTION 'a co-signer is somebody else'; END IF; RETURN NEW; END $$"""
SQLITE_COSIGN = f"""CREATE TRIGGER signature_second_person BEFORE INSERT ON signature WHEN {COSIGN_RULE}
BEGIN SELECT RAISE(ABORT, 'a co-signer is somebody else'); END"""

CITED_RULE = """NEW.status IN ('proposed', 'issued') AND (
NOT EXISTS (SELECT 1 FROM citation WHERE citation.action_id = NEW.id AND citation.revision = NEW.revision)
OR (NEW.nature = 'legal' AND NOT EXISTS (SELECT 1 FROM action_order o
WHERE o.action_id = NEW.id AND o.revision = NEW.revision)))"""
PG_CITED = f"""CREATE OR REPLACE FUNCTION portal_action_cited() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {CITED_RULE} THEN RAISE EXCEPTION 'no action without a citation'; END IF; RETURN NEW; END $$"""
SQLITE_CITED = f"""CREATE TRIGGER action_cited BEFORE UPDATE OF status ON action WHEN {CITED_RULE}
BEGIN SELECT RAISE(ABORT, 'no action without a citation'); END"""

KEEPS_ONE_RULE = """NOT EXISTS (SELECT 1 FROM citation mine JOIN action a ON a.id = mine.action_id
JOIN citation c ON c.action_id = mine.action_id AND c.revision = mine.revision AND c.id <> mine.id
WHERE mine.id = NEW.citation_id AND mine.revision = a.revision AND a.issued_at IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM citation_reversal r WHERE r.citation_id = c.id))"""
PG_KEEPS_ONE = f"""CREATE OR REPLACE FUNCTION portal_action_keeps_a_rule() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {KEEPS_ONE_RULE} THEN RAISE EXCEPTION 'a decision rests on one rule at least'; END IF; RETURN NEW; END $$"""
SQLITE_KEEPS_ONE = f"""CREATE TRIGGER citation_reversal_leaves_one BEFORE INSERT ON citation_reversal WHEN {KEEPS_ONE_RULE}
BEGIN SELECT RAISE(ABORT, 'a decision rests on one rule at least'); END"""

MEMBER_RULE = """NEW.member_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM member m
WHERE m.id = NEW.member_id AND m.account_id = NEW.account_id)"""
PG_MEMBER = f"""CREATE OR REPLACE FUNCTION portal_member_of_account() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {MEMBER_RULE} THEN RAISE EXCEPTION 'a decision is about a member of its account'; END IF; RETURN NEW; END $$"""
SQLITE_MEMBER = tuple(
    f"""CREATE TRIGGER action_member_{name} BEFORE {event} ON action WHEN {MEMBER_RULE}
BEGIN SELECT RAISE(ABORT, 'a decision is about a member of its account'); END"""
    for name, event in (("written", "INSERT"), ("kept", "UPDATE OF member_id, account_id"))
)

PROTECTS_RULE = """NEW.status = 'issued' AND OLD.status <> 'issued' AND NEW.nature = 'protective' AND (
NEW.interim OR NEW.measure NOT IN ('restriction', 'suspension') OR NEW.ends_at IS NULL
OR EXISTS (SELECT 1 FROM action a WHERE a.case_id = NEW.case_id AND a.nature = 'protective' AND a.id <> NEW.id
AND a.status IN ('issued', 'withdrawn') AND (NEW.supersedes_id IS NULL OR a.id <> NEW.supersedes_id))
OR (NEW.supersedes_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM signature s
WHERE s.action_id = NEW.id AND s.signed_as = 'cosigner')))"""
PG_PROTECTS = f"""CREATE OR REPLACE FUNCTION portal_protects_briefly() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {PROTECTS_RULE} THEN RAISE EXCEPTION 'protection is renewed once, by two people'; END IF; RETURN NEW; END $$"""
SQLITE_PROTECTS = f"""CREATE TRIGGER action_protects_briefly BEFORE UPDATE OF status ON action WHEN {PROTECTS_RULE}
BEGIN SELECT RAISE(ABORT, 'protection is renewed once, by two people'); END"""

LAW_RULE = """NEW.status = 'issued' AND OLD.status <> 'issued' AND NEW.nature = 'legal' AND (
NEW.interim OR NEW.measure NOT IN ('restriction', 'suspension') OR NEW.ends_at IS NULL
OR NOT EXISTS (SELECT 1 FROM signature s WHERE s.action_id = NEW.id AND s.signed_as = 'cosigner'))"""
PG_LAW = f"""CREATE OR REPLACE FUNCTION portal_law_signed_twice() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {LAW_RULE} THEN RAISE EXCEPTION 'two people sign what a law asks for'; END IF; RETURN NEW; END $$"""
SQLITE_LAW = f"""CREATE TRIGGER action_law_signed_twice BEFORE UPDATE OF status ON action WHEN {LAW_RULE}
BEGIN SELECT RAISE(ABORT, 'two people sign what a law asks for'); END"""

SILENCE_RULE = """NOT EXISTS (SELECT 1 FROM action a JOIN action_order o ON o.action_id = a.id AND o.revision = a.revision
JOIN signature s ON s.action_id = a.id AND s.signed_as = 'cosigner' WHERE a.id = NEW.action_id AND a.nature = 'legal')"""
PG_SILENCE = f"""CREATE OR REPLACE FUNCTION portal_silent_by_law() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {SILENCE_RULE} THEN RAISE EXCEPTION 'only an order forbids us to tell'; END IF; RETURN NEW; END $$"""
SQLITE_SILENCE = f"""CREATE TRIGGER silence_by_law BEFORE INSERT ON silence WHEN {SILENCE_RULE}
BEGIN SELECT RAISE(ABORT, 'only an order forbids us to tell'); END"""

WITHDRAWN_RULE = """(NEW.status = 'withdrawn' AND (NEW.withdrawn_at IS NULL OR NEW.measure NOT IN ('termination', 'restriction')
OR NEW.withdrawn_at >= NEW.effective_at)) OR (NEW.status <> 'withdrawn' AND NEW.withdrawn_at IS NOT NULL)
OR (OLD.status = 'withdrawn' AND (NEW.status <> 'withdrawn' OR NEW.withdrawn_at <> OLD.withdrawn_at))"""
PG_WITHDRAWN = f"""CREATE OR REPLACE FUNCTION portal_withdrawn_before_effect() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {WITHDRAWN_RULE} THEN RAISE EXCEPTION 'an action is taken back before it takes effect'; END IF; RETURN NEW; END $$"""
SQLITE_WITHDRAWN = f"""CREATE TRIGGER action_withdrawn_before_effect BEFORE UPDATE OF status, withdrawn_at ON action
WHEN {WITHDRAWN_RULE}
BEGIN SELECT RAISE(ABORT, 'an action is taken back before it takes effect'); END"""

SOMEBODY_ELSE_RULE = """NEW.outcome <> 'reversed' AND (EXISTS (SELECT 1 FROM signature s
JOIN appeal a ON a.action_id = s.action_id WHERE a.id = NEW.appeal_id AND s.person_id = NEW.decided_by)
OR EXISTS (SELECT 1 FROM appeal r JOIN appeal a ON a.action_id = r.action_id
WHERE a.id = NEW.appeal_id AND r.refused_by = NEW.decided_by)
OR EXISTS (SELECT 1 FROM case_closing c JOIN appeal a ON a.case_id = c.case_id
WHERE a.id = NEW.appeal_id AND a.kind = 'inaction' AND c.closed_by = NEW.decided_by)
OR EXISTS (SELECT 1 FROM decision d WHERE d.appeal_id = NEW.appeal_id AND d.decided_by = NEW.decided_by)
OR EXISTS (SELECT 1 FROM appeal_reopening o WHERE o.appeal_id = NEW.appeal_id AND o.end_kind = 'refused'
AND o.ended_by = NEW.decided_by))"""
PG_SOMEBODY_ELSE = f"""CREATE OR REPLACE FUNCTION portal_somebody_else() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {SOMEBODY_ELSE_RULE} THEN RAISE EXCEPTION 'who had a part can only overturn in full'; END IF; RETURN NEW; END $$"""
SQLITE_SOMEBODY_ELSE = f"""CREATE TRIGGER decision_somebody_else BEFORE INSERT ON decision WHEN {SOMEBODY_ELSE_RULE}
BEGIN SELECT RAISE(ABORT, 'who had a part can only overturn in full'); END"""

PAUSE_RULE = """NEW.outcome = 'refused' AND (EXISTS (SELECT 1 FROM pause_request q JOIN appeal a ON a.id = q.appeal_id
JOIN signature s ON s.action_id = a.action_id WHERE q.id = NEW.request_id AND s.person_id = NEW.answered_by)
OR EXISTS (SELECT 1 FROM pause_request q JOIN pause_answer o ON o.request_id = q.contests_id
WHERE q.id = NEW.request_id AND o.answered_by = NEW.answered_by))"""
PG_PAUSE = f"""CREATE OR REPLACE FUNCTION portal_pause_somebody_else() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {PAUSE_RULE} THEN RAISE EXCEPTION 'who had a part can only grant a pause'; END IF; RETURN NEW; END $$"""
SQLITE_PAUSE = f"""CREATE TRIGGER pause_answer_somebody_else BEFORE INSERT ON pause_answer WHEN {PAUSE_RULE}
BEGIN SELECT RAISE(ABORT, 'who had a part can only grant a pause'); END"""

REINSTATEMENT_RULE = """NEW.outcome <> 'granted' AND EXISTS (WITH RECURSIVE reached(id) AS (
SELECT q.action_id FROM reinstatement q WHERE q.id = NEW.request_id
UNION SELECT b.id FROM reached r JOIN action a ON a.id = r.id JOIN action b ON b.id = a.supersedes_id WHERE NOT b.interim)
SELECT 1 FROM reached r WHERE EXISTS (SELECT 1 FROM signature s WHERE s.action_id = r.id AND s.person_id = NEW.decided_by)
OR EXISTS (SELECT 1 FROM reinstatement o JOIN reinstatement_decision d ON d.request_id = o.id
WHERE o.action_id = r.id AND d.decided_by = NEW.decided_by))"""
PG_REINSTATEMENT = f"""CREATE OR REPLACE FUNCTION portal_reinstatement_somebody_else() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {REINSTATEMENT_RULE} THEN RAISE EXCEPTION 'who had a part can only let somebody come back';
END IF; RETURN NEW; END $$"""
SQLITE_REINSTATEMENT = f"""CREATE TRIGGER reinstatement_decision_somebody_else BEFORE INSERT ON reinstatement_decision
WHEN {REINSTATEMENT_RULE}
BEGIN SELECT RAISE(ABORT, 'who had a part can only let somebody come back'); END"""

CONTEST_RULE = """NEW.outcome = 'rejected' AND EXISTS (SELECT 1 FROM verification_contest c
JOIN verification_review r ON r.submission_id = c.contested_id
WHERE c.submission_id = NEW.submission_id AND r.decided_by_id = NEW.decided_by_id)"""
PG_CONTEST = f"""CREATE OR REPLACE FUNCTION portal_contest_somebody_else() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {CONTEST_RULE} THEN RAISE EXCEPTION 'who turned it down can only accept it'; END IF; RETURN NEW; END $$"""
SQLITE_CONTEST = f"""CREATE TRIGGER verification_review_somebody_else BEFORE INSERT ON verification_review WHEN {CONTEST_RULE}
BEGIN SELECT RAISE(ABORT, 'who turned it down can only accept it'); END"""

STAYS_RULE = "OLD.reversed_at IS NOT NULL AND (NEW.reversed_at IS NULL OR NEW.reversed_at <> OLD.reversed_at)"
PG_STAYS = f"""CREATE OR REPLACE FUNCTION portal_stays_reversed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {STAYS_RULE} THEN RAISE EXCEPTION 'what was overturned stays so'; END IF; RETURN NEW; END $$"""
SQLITE_STAYS = f"""CREATE TRIGGER action_stays_reversed BEFORE UPDATE OF reversed_at ON action WHEN {STAYS_RULE}
BEGIN SELECT RAISE(ABORT, 'what was overturned stays so'); END"""

NOT_UNDONE_RULE = """NEW.outcome = 'reversed' AND (NEW.kind = 'inaction'
AND NOT EXISTS (SELECT 1 FROM case_reopening r WHERE r.closing_id = NEW.closing_id)
OR NEW.kind = 'action' AND (EXISTS (SELECT 1 FROM action a WHERE a.id = NEW.action_id AND a.reversed_at IS NULL)
OR EXISTS (SELECT 1 FROM action a JOIN event e ON e.subject_ref = a.ref JOIN hold h ON h.cause_event_id = e.id
WHERE a.id = NEW.action_id AND e.kind = 'action.issued' AND h.ended_at IS NULL)
OR EXISTS (SELECT 1 FROM action a JOIN restriction r ON r.action_id = a.id
WHERE a.id = NEW.action_id AND coalesce(r.ends_at, r.review_at) > a.reversed_at AND NOT EXISTS (
SELECT 1 FROM restriction_change c WHERE c.restriction_id = r.id AND c.kind IN ('reversed', 'lifted')
AND c.at <= a.reversed_at))))"""
PG_NOT_UNDONE = f"""CREATE OR REPLACE FUNCTION portal_overturned_undone() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {NOT_UNDONE_RULE} THEN RAISE EXCEPTION 'overturned means undone'; END IF; RETURN NEW; END $$"""
SQLITE_NOT_UNDONE = f"""CREATE TRIGGER appeal_overturned_undone BEFORE UPDATE OF outcome ON appeal WHEN {NOT_UNDONE_RULE}
BEGIN SELECT RAISE(ABORT, 'overturned means undone'); END"""


def trigger_sql(dialect: str) -> list[str]:
    """Every statement that makes functions and triggers of that engine, in order."""
    classes = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    functions = [PG_REFUSE, PG_MOVE, PG_HOLD, PG_LIMIT, PG_CLAIM, PG_COSIGN, PG_CITED, PG_WITHDRAWN,
                 PG_PROTECTS, PG_LAW, PG_SILENCE, PG_KEEPS_ONE, PG_MEMBER]
    statements = functions if dialect == "postgresql" else []
    for name, model in sorted(classes.items()):
        if model.__row_class__ != "mutable":
            statements += _frozen(Base.metadata.tables[name], model, dialect)
    on_sqlite = [SQLITE_MOVE, SQLITE_HOLD, SQLITE_LIMIT, SQLITE_CLAIM, SQLITE_COSIGN, SQLITE_CITED, SQLITE_WITHDRAWN,
                 SQLITE_PROTECTS, SQLITE_LAW, SQLITE_SILENCE, SQLITE_KEEPS_ONE, *SQLITE_MEMBER]
    ours = on_sqlite if dialect == "sqlite" else _pg_triggers()
    return [*statements, *ours, *_of_decisions(dialect)]


def _of_decisions(dialect: str) -> list[str]:
    """Who had a part decides only by overturning in full, and what is overturned is undone and stays so."""
    if "decision" not in Base.metadata.tables:
        return []
    if dialect == "sqlite":
        return [SQLITE_SOMEBODY_ELSE, SQLITE_PAUSE, SQLITE_REINSTATEMENT, SQLITE_CONTEST, SQLITE_STAYS, SQLITE_NOT_UNDONE]
    return [
        PG_SOMEBODY_ELSE, PG_PAUSE, PG_REINSTATEMENT, PG_CONTEST, PG_STAYS, PG_NOT_UNDONE,
        "CREATE TRIGGER verification_review_somebody_else BEFORE INSERT ON verification_review "
        "FOR EACH ROW EXECUTE FUNCTION portal_contest_somebody_else()",
        "CREATE TRIGGER pause_answer_somebody_else BEFORE INSERT ON pause_answer "
        "FOR EACH ROW EXECUTE FUNCTION portal_pause_somebody_else()",
        "CREATE TRIGGER reinstatement_decision_somebody_else BEFORE INSERT ON reinstatement_decision "
        "FOR EACH ROW EXECUTE FUNCTION portal_reinstatement_somebody_else()",
        "CREATE TRIGGER decision_somebody_else BEFORE INSERT ON decision "
        "FOR EACH ROW EXECUTE FUNCTION portal_somebody_else()",
        "CREATE TRIGGER action_stays_reversed BEFORE UPDATE OF reversed_at ON action "
        "FOR EACH ROW EXECUTE FUNCTION portal_stays_reversed()",
        "CREATE TRIGGER appeal_overturned_undone BEFORE UPDATE OF outcome ON appeal "
        "FOR EACH ROW EXECUTE FUNCTION portal_overturned_undone()",
    ]


def _pg_triggers() -> list[str]:
    return [
        "CREATE TRIGGER transfer_moves_balance AFTER INSERT ON transfer FOR EACH ROW EXECUTE FUNCTION portal_move_balance()",
        "CREATE TRIGGER hold_within_claim BEFORE INSERT ON hold FOR EACH ROW EXECUTE FUNCTION portal_hold_within_claim()",
        "CREATE TRIGGER hold_shares_limit BEFORE INSERT ON hold FOR EACH ROW EXECUTE FUNCTION portal_hold_shares_limit()",
        "CREATE TRIGGER claim_alone BEFORE INSERT ON claim FOR EACH ROW EXECUTE FUNCTION portal_claim_alone()",
        "CREATE TRIGGER signature_second_person BEFORE INSERT ON signature "
        "FOR EACH ROW EXECUTE FUNCTION portal_second_person()",
        "CREATE TRIGGER action_cited BEFORE UPDATE OF status ON action FOR EACH ROW EXECUTE FUNCTION portal_action_cited()",
        "CREATE TRIGGER action_withdrawn_before_effect BEFORE UPDATE OF status, withdrawn_at ON action "
        "FOR EACH ROW EXECUTE FUNCTION portal_withdrawn_before_effect()",
        "CREATE TRIGGER action_protects_briefly BEFORE UPDATE OF status ON action "
        "FOR EACH ROW EXECUTE FUNCTION portal_protects_briefly()",
        "CREATE TRIGGER action_law_signed_twice BEFORE UPDATE OF status ON action "
        "FOR EACH ROW EXECUTE FUNCTION portal_law_signed_twice()",
        "CREATE TRIGGER silence_by_law BEFORE INSERT ON silence FOR EACH ROW EXECUTE FUNCTION portal_silent_by_law()",
        "CREATE TRIGGER citation_reversal_leaves_one BEFORE INSERT ON citation_reversal "
        "FOR EACH ROW EXECUTE FUNCTION portal_action_keeps_a_rule()",
        "CREATE TRIGGER action_member_written BEFORE INSERT ON action "
        "FOR EACH ROW EXECUTE FUNCTION portal_member_of_account()",
        "CREATE TRIGGER action_member_kept BEFORE UPDATE OF member_id, account_id ON action "
        "FOR EACH ROW EXECUTE FUNCTION portal_member_of_account()",
    ]


def _frozen(table: sa.Table, model: type[Base], dialect: str) -> list[str]:
    name, refused = table.name, f"'rows of {table.name} are kept as they are'"
    change = _ending if model.__row_class__ == "ending" else _erasure
    allowed = change(table, model, "IS" if dialect == "sqlite" else "IS NOT DISTINCT FROM")
    when = f" WHEN (NOT ({allowed}))" if allowed else ""
    if dialect == "sqlite":
        body = f"BEGIN SELECT RAISE(ABORT, {refused}); END"
        return [
            f'CREATE TRIGGER {name}_keeps_rows BEFORE DELETE ON "{name}" {body}',
            f'CREATE TRIGGER {name}_keeps_values BEFORE UPDATE ON "{name}"{when} {body}',
        ]
    return [
        f'CREATE TRIGGER {name}_keeps_rows BEFORE DELETE ON "{name}" FOR EACH ROW EXECUTE FUNCTION portal_refuse()',
        f'CREATE TRIGGER {name}_keeps_values BEFORE UPDATE ON "{name}" FOR EACH ROW{when} EXECUTE FUNCTION portal_refuse()',
        f'CREATE TRIGGER {name}_keeps_table BEFORE TRUNCATE ON "{name}" EXECUTE FUNCTION portal_refuse()',
    ]


def _erasure(table: sa.Table, model: type[Base], same: str) -> str:
    """The one change a frozen row allows: what can be erased becomes NULL, together with its instant."""
    if not model.__erasable__:
        return ""
    kept = [c.name for c in table.columns if c.name not in (*model.__erasable__, "erased_at")]
    parts = ["OLD.erased_at IS NULL", "NEW.erased_at IS NOT NULL"]
    parts += [f"NEW.{column} IS NULL" for column in model.__erasable__]
    parts += [f"NEW.{column} {same} OLD.{column}" for column in kept]
    return " AND ".join(parts)


def _ending(_table: sa.Table, model: type[Base], same: str) -> str:
    """What a row that ends once allows: its facts stay, its end is written once, and what can be erased becomes NULL."""
    facts = ("id", "created_at", *model.__facets__["row"])
    ended = " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in model.__facets__["ended"])
    parts = [f"NEW.{column} {same} OLD.{column}" for column in facts]
    parts += [f"(OLD.ended_at IS NULL OR {ended})"]
    parts += [f"(NEW.{column} {same} OLD.{column} OR NEW.{column} IS NULL)" for column in model.__erasable__]
    return " AND ".join(parts)
