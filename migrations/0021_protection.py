"""A measure that protects an account is renewed once, with a second signature, and is neither a warning nor an end."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TOO_MUCH = """NEW.status = 'issued' AND OLD.status <> 'issued' AND NEW.nature = 'protective' AND (
NEW.interim OR NEW.measure NOT IN ('restriction', 'suspension') OR NEW.ends_at IS NULL
OR EXISTS (SELECT 1 FROM action a WHERE a.case_id = NEW.case_id AND a.nature = 'protective' AND a.id <> NEW.id
AND a.status IN ('issued', 'withdrawn') AND (NEW.supersedes_id IS NULL OR a.id <> NEW.supersedes_id))
OR (NEW.supersedes_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM signature s
WHERE s.action_id = NEW.id AND s.signed_as = 'cosigner')))"""

SQLITE = (
    f"""CREATE TRIGGER action_protects_briefly BEFORE UPDATE OF status ON action WHEN {TOO_MUCH}
BEGIN SELECT RAISE(ABORT, 'protection is renewed once, by two people'); END""",
)

POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION portal_protects_briefly() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {TOO_MUCH} THEN RAISE EXCEPTION 'protection is renewed once, by two people'; END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER action_protects_briefly BEFORE UPDATE OF status ON action
FOR EACH ROW EXECUTE FUNCTION portal_protects_briefly()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    op.execute("DROP TRIGGER action_protects_briefly" + ("" if on_sqlite else " ON action"))
    if not on_sqlite:
        op.execute("DROP FUNCTION portal_protects_briefly()")
