"""A decision about one member is about a member of the account that it is about: the database refuses anything else."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

ELSEWHERE = """NEW.member_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM member m
WHERE m.id = NEW.member_id AND m.account_id = NEW.account_id)"""
WHEN = (("written", "INSERT"), ("kept", "UPDATE OF member_id, account_id"))


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        for name, event in WHEN:
            op.execute(f"""CREATE TRIGGER action_member_{name} BEFORE {event} ON action WHEN {ELSEWHERE}
BEGIN SELECT RAISE(ABORT, 'a decision is about a member of its account'); END""")
        return
    op.execute(f"""CREATE OR REPLACE FUNCTION portal_member_of_account() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {ELSEWHERE} THEN RAISE EXCEPTION 'a decision is about a member of its account'; END IF; RETURN NEW; END $$""")
    for name, event in WHEN:
        op.execute(
            f"CREATE TRIGGER action_member_{name} BEFORE {event} ON action "
            "FOR EACH ROW EXECUTE FUNCTION portal_member_of_account()"
        )


def downgrade() -> None:
    sqlite = op.get_context().dialect.name == "sqlite"
    for name, _event in WHEN:
        op.execute(f"DROP TRIGGER action_member_{name}" + ("" if sqlite else " ON action"))
    if not sqlite:
        op.execute("DROP FUNCTION portal_member_of_account()")
