"""What came first, and was never decided in full, waits in the queue: also what came before there was a line for that."""

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

WAITS = """INSERT INTO work_item (id, created_at, case_id, kind, subject_ref, stage, waiting_on, due_at, stake_minor, stake_currency,
language, safety, flagged, clause_id, version)
SELECT e.id, a.issued_at, a.case_id, 'interim', a.ref, 'new', 'staff', coalesce(a.ends_at, a.issued_at), 0, 'USD', 'en',
c.safety OR EXISTS (SELECT 1 FROM work_item s WHERE s.case_id = a.case_id AND s.safety), false,
(SELECT v.clause_id FROM citation t JOIN clause_version v ON v.id = t.clause_version_id WHERE t.action_id = a.id
AND t.revision = a.revision ORDER BY t.id LIMIT 1), 1
FROM action a JOIN "case" c ON c.id = a.case_id JOIN event e ON e.kind = 'action.issued' AND e.subject_ref = a.ref
WHERE a.interim AND a.nature = 'conduct' AND a.status = 'issued' AND a.reversed_at IS NULL AND c.closed_at IS NULL
AND NOT EXISTS (SELECT 1 FROM action f WHERE f.case_id = a.case_id AND f.nature = 'conduct' AND NOT f.interim
AND f.issued_at >= a.issued_at)
AND NOT EXISTS (SELECT 1 FROM work_item w WHERE w.case_id = a.case_id AND w.closed_at IS NULL
AND w.kind IN ('interim', 'question', 'report', 'action', 'cosignature'))
AND NOT EXISTS (SELECT 1 FROM clock k WHERE k.case_id = a.case_id AND k.kind = 'question' AND k.ended_at IS NULL)"""


def upgrade() -> None:
    op.execute(WAITS)


def downgrade() -> None:
    """It waits also for the program before."""
