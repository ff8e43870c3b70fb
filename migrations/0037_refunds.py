"""What goes back to clients, and whether the marketplace has sent it. What went into the books before has no row here."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

TABLE = """CREATE TABLE refund (
    ref {text} NOT NULL,
    book_id {key} NOT NULL,
    account_id {key} NOT NULL,
    contract_id {key} NOT NULL,
    milestone_id {key},
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    state VARCHAR(16) NOT NULL,
    changed_at {instant} NOT NULL,
    version INTEGER NOT NULL,
    id {key} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_refund PRIMARY KEY (id),
    CONSTRAINT ck_refund_state_known CHECK (state IN ('due', 'sent', 'failed')),
    CONSTRAINT ck_refund_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT uq_refund_ref UNIQUE (ref),
    CONSTRAINT uq_refund_book_id UNIQUE (book_id),
    CONSTRAINT fk_refund_book_id FOREIGN KEY(book_id) REFERENCES book (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_refund_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_refund_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_refund_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) DEFERRABLE INITIALLY DEFERRED
)"""
TYPES = {
    "sqlite": {"text": "VARCHAR(24)", "key": "CHAR(32)", "instant": "VARCHAR(27)"},
    "postgresql": {"text": 'VARCHAR(24) COLLATE "C"', "key": "UUID", "instant": "TIMESTAMP WITH TIME ZONE"},
}


def upgrade() -> None:
    op.execute(TABLE.format(**TYPES[op.get_context().dialect.name]))


def downgrade() -> None:
    op.execute("DROP TABLE refund")
