"""A choice of how a contract goes on can become impossible, and after it both sides can agree once more; messages that are
answered are found by their day, to be erased; and people who cannot sign in ask for a link.

SQLite knows no statement that changes a constraint. The table is watched by triggers, so its text is changed in place, as
SQLite's own documentation describes for such changes, and read again.
"""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

TWO = "end_kind IN ('agreed', 'taken_back')"
THREE = "end_kind IN ('agreed', 'taken_back', 'impossible')"
ONCE = "CREATE UNIQUE INDEX uq_contract_choice_agreed ON contract_choice (contract_id, by_account_id) WHERE end_kind = 'agreed'"
FINISH = (
    "CREATE UNIQUE INDEX uq_contract_choice_finish ON contract_choice (contract_id, by_account_id) "
    "WHERE end_kind = 'agreed' AND way = 'finish'"
)
KEPT = "CREATE INDEX ix_outgoing_kept ON outgoing (ended_at, id) WHERE sealed IS NOT NULL AND ended_at IS NOT NULL"
REQUESTS = {
    "sqlite": """CREATE TABLE link_request (
    email_norm VARCHAR(320) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_link_request PRIMARY KEY (id)
)""",
    "postgresql": """CREATE TABLE link_request (
    email_norm VARCHAR(320) NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_link_request PRIMARY KEY (id)
)""",
}
GONE = "DROP INDEX uq_contract_choice_agreed"


def known(before: str, after: str) -> tuple[str, ...]:
    """How a choice can end, in another wording."""
    if op.get_context().dialect.name != "sqlite":
        return (
            "ALTER TABLE contract_choice DROP CONSTRAINT ck_contract_choice_end_kind_known",
            f"ALTER TABLE contract_choice ADD CONSTRAINT ck_contract_choice_end_kind_known CHECK ({after})",
        )
    quoted = [text.replace("'", "''") for text in (before, after)]
    return (
        "PRAGMA writable_schema=ON",
        f"UPDATE sqlite_master SET sql = replace(sql, '{quoted[0]}', '{quoted[1]}') "
        "WHERE type = 'table' AND name = 'contract_choice'",
        "PRAGMA writable_schema=RESET",
    )


def upgrade() -> None:
    for statement in (*known(TWO, THREE), GONE, f"{ONCE} AND way <> 'finish'", FINISH, KEPT,
                      REQUESTS[op.get_context().dialect.name]):
        op.execute(statement)


def downgrade() -> None:
    """Choices that became impossible, and a second agreement, cannot be kept by the version before."""
    for statement in ("DROP TABLE link_request", "DROP INDEX ix_outgoing_kept", "DROP INDEX uq_contract_choice_finish", GONE, ONCE, *known(THREE, TWO)):
        op.execute(statement)
