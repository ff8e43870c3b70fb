"""What each account was left with by every movement, money paid in for milestones, the fee of an earning, corrections."""

from itertools import groupby

import sqlalchemy as sa
from alembic import op
from uuid_utils.compat import uuid7

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None
FORGETS = ("movement",)

SQLITE_NEW = (
    """CREATE TABLE movement (
    entry_id CHAR(32) NOT NULL,
    account_id CHAR(32) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    n BIGINT NOT NULL,
    free_minor BIGINT NOT NULL,
    held_minor BIGINT NOT NULL,
    under_way_minor BIGINT NOT NULL,
    paid_minor BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    escrow_minor BIGINT NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_movement PRIMARY KEY (id),
    CONSTRAINT uq_movement_account_id_currency_n UNIQUE (account_id, currency, n),
    CONSTRAINT uq_movement_entry_id_account_id UNIQUE (entry_id, account_id),
    CONSTRAINT ck_movement_never_below_zero CHECK (free_minor >= 0 AND held_minor >= 0 AND under_way_minor >= 0 AND paid_minor >= 0 AND refunded_minor >= 0 AND escrow_minor >= 0),
    CONSTRAINT fk_movement_entry_id FOREIGN KEY(entry_id) REFERENCES entry (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_movement_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_movement_account_id_currency_created_at_n ON movement (account_id, currency, created_at, n)""",
    """CREATE TRIGGER movement_keeps_rows BEFORE DELETE ON "movement" BEGIN SELECT RAISE(ABORT, 'rows of movement are kept as they are'); END""",
    """CREATE TRIGGER movement_keeps_values BEFORE UPDATE ON "movement" BEGIN SELECT RAISE(ABORT, 'rows of movement are kept as they are'); END""",
    """CREATE TABLE funding (
    source_key VARCHAR(200) NOT NULL,
    milestone_id CHAR(32) NOT NULL,
    account_id CHAR(32) NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    funded_at VARCHAR(27) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_funding PRIMARY KEY (id),
    CONSTRAINT ck_funding_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT uq_funding_source_key UNIQUE (source_key),
    CONSTRAINT fk_funding_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_funding_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_funding_milestone_id ON funding (milestone_id)""",
    """CREATE TRIGGER funding_keeps_rows BEFORE DELETE ON "funding" BEGIN SELECT RAISE(ABORT, 'rows of funding are kept as they are'); END""",
    """CREATE TRIGGER funding_keeps_values BEFORE UPDATE ON "funding" BEGIN SELECT RAISE(ABORT, 'rows of funding are kept as they are'); END""",
    """CREATE TABLE adjustment (
    ref VARCHAR(24) NOT NULL,
    account_id CHAR(32) NOT NULL,
    milestone_id CHAR(32) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    proposed_by CHAR(32) NOT NULL,
    proposed_at VARCHAR(27) NOT NULL,
    language VARCHAR(12) NOT NULL,
    reason TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_adjustment PRIMARY KEY (id),
    CONSTRAINT ck_adjustment_kind_known CHECK (kind IN ('added', 'taken')),
    CONSTRAINT ck_adjustment_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT uq_adjustment_id_proposed_by UNIQUE (id, proposed_by),
    CONSTRAINT uq_adjustment_ref UNIQUE (ref),
    CONSTRAINT fk_adjustment_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_adjustment_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_adjustment_proposed_by FOREIGN KEY(proposed_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_adjustment_account_id ON adjustment (account_id)""",
    """CREATE TRIGGER adjustment_keeps_rows BEFORE DELETE ON "adjustment" BEGIN SELECT RAISE(ABORT, 'rows of adjustment are kept as they are'); END""",
    """CREATE TRIGGER adjustment_keeps_values BEFORE UPDATE ON "adjustment" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.reason IS NULL AND NEW.ref IS OLD.ref AND NEW.account_id IS OLD.account_id AND NEW.milestone_id IS OLD.milestone_id AND NEW.kind IS OLD.kind AND NEW.amount_minor IS OLD.amount_minor AND NEW.currency IS OLD.currency AND NEW.proposed_by IS OLD.proposed_by AND NEW.proposed_at IS OLD.proposed_at AND NEW.language IS OLD.language AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of adjustment are kept as they are'); END""",
    """CREATE TABLE adjustment_signature (
    adjustment_id CHAR(32) NOT NULL,
    proposed_by CHAR(32) NOT NULL,
    signed_by CHAR(32) NOT NULL,
    outcome VARCHAR(16) NOT NULL,
    signed_at VARCHAR(27) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_adjustment_signature PRIMARY KEY (id),
    CONSTRAINT ck_adjustment_signature_outcome_known CHECK (outcome IN ('signed', 'returned')),
    CONSTRAINT ck_adjustment_signature_somebody_else CHECK (signed_by <> proposed_by),
    CONSTRAINT fk_adjustment_signature_of FOREIGN KEY(adjustment_id, proposed_by) REFERENCES adjustment (id, proposed_by) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_adjustment_signature_adjustment_id UNIQUE (adjustment_id),
    CONSTRAINT fk_adjustment_signature_signed_by FOREIGN KEY(signed_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER adjustment_signature_keeps_rows BEFORE DELETE ON "adjustment_signature" BEGIN SELECT RAISE(ABORT, 'rows of adjustment_signature are kept as they are'); END""",
    """CREATE TRIGGER adjustment_signature_keeps_values BEFORE UPDATE ON "adjustment_signature" BEGIN SELECT RAISE(ABORT, 'rows of adjustment_signature are kept as they are'); END""",
)

POSTGRESQL_NEW = (
    """CREATE TABLE movement (
    entry_id UUID NOT NULL,
    account_id UUID NOT NULL,
    currency VARCHAR(3) NOT NULL,
    n BIGINT NOT NULL,
    free_minor BIGINT NOT NULL,
    held_minor BIGINT NOT NULL,
    under_way_minor BIGINT NOT NULL,
    paid_minor BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    escrow_minor BIGINT NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_movement PRIMARY KEY (id),
    CONSTRAINT uq_movement_account_id_currency_n UNIQUE (account_id, currency, n),
    CONSTRAINT uq_movement_entry_id_account_id UNIQUE (entry_id, account_id),
    CONSTRAINT ck_movement_never_below_zero CHECK (free_minor >= 0 AND held_minor >= 0 AND under_way_minor >= 0 AND paid_minor >= 0 AND refunded_minor >= 0 AND escrow_minor >= 0),
    CONSTRAINT fk_movement_entry_id FOREIGN KEY(entry_id) REFERENCES entry (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_movement_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_movement_account_id_currency_created_at_n ON movement (account_id, currency, created_at, n)""",
    """CREATE TRIGGER movement_keeps_rows BEFORE DELETE ON "movement" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER movement_keeps_values BEFORE UPDATE ON "movement" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER movement_keeps_table BEFORE TRUNCATE ON "movement" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TABLE funding (
    source_key VARCHAR(200) NOT NULL,
    milestone_id UUID NOT NULL,
    account_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    funded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_funding PRIMARY KEY (id),
    CONSTRAINT ck_funding_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT uq_funding_source_key UNIQUE (source_key),
    CONSTRAINT fk_funding_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_funding_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_funding_milestone_id ON funding (milestone_id)""",
    """CREATE TRIGGER funding_keeps_rows BEFORE DELETE ON "funding" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER funding_keeps_values BEFORE UPDATE ON "funding" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER funding_keeps_table BEFORE TRUNCATE ON "funding" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TABLE adjustment (
    ref VARCHAR(24) COLLATE "C" NOT NULL,
    account_id UUID NOT NULL,
    milestone_id UUID NOT NULL,
    kind VARCHAR(16) NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    language VARCHAR(12) NOT NULL,
    reason TEXT,
    sha256 VARCHAR(64) NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_adjustment PRIMARY KEY (id),
    CONSTRAINT ck_adjustment_kind_known CHECK (kind IN ('added', 'taken')),
    CONSTRAINT ck_adjustment_amount_above_zero CHECK (amount_minor > 0),
    CONSTRAINT uq_adjustment_id_proposed_by UNIQUE (id, proposed_by),
    CONSTRAINT uq_adjustment_ref UNIQUE (ref),
    CONSTRAINT fk_adjustment_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_adjustment_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_adjustment_proposed_by FOREIGN KEY(proposed_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_adjustment_account_id ON adjustment (account_id)""",
    """CREATE TRIGGER adjustment_keeps_rows BEFORE DELETE ON "adjustment" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER adjustment_keeps_values BEFORE UPDATE ON "adjustment" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.reason IS NULL AND NEW.ref IS NOT DISTINCT FROM OLD.ref AND NEW.account_id IS NOT DISTINCT FROM OLD.account_id AND NEW.milestone_id IS NOT DISTINCT FROM OLD.milestone_id AND NEW.kind IS NOT DISTINCT FROM OLD.kind AND NEW.amount_minor IS NOT DISTINCT FROM OLD.amount_minor AND NEW.currency IS NOT DISTINCT FROM OLD.currency AND NEW.proposed_by IS NOT DISTINCT FROM OLD.proposed_by AND NEW.proposed_at IS NOT DISTINCT FROM OLD.proposed_at AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER adjustment_keeps_table BEFORE TRUNCATE ON "adjustment" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TABLE adjustment_signature (
    adjustment_id UUID NOT NULL,
    proposed_by UUID NOT NULL,
    signed_by UUID NOT NULL,
    outcome VARCHAR(16) NOT NULL,
    signed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_adjustment_signature PRIMARY KEY (id),
    CONSTRAINT ck_adjustment_signature_outcome_known CHECK (outcome IN ('signed', 'returned')),
    CONSTRAINT ck_adjustment_signature_somebody_else CHECK (signed_by <> proposed_by),
    CONSTRAINT fk_adjustment_signature_of FOREIGN KEY(adjustment_id, proposed_by) REFERENCES adjustment (id, proposed_by) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_adjustment_signature_adjustment_id UNIQUE (adjustment_id),
    CONSTRAINT fk_adjustment_signature_signed_by FOREIGN KEY(signed_by) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TRIGGER adjustment_signature_keeps_rows BEFORE DELETE ON "adjustment_signature" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER adjustment_signature_keeps_values BEFORE UPDATE ON "adjustment_signature" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER adjustment_signature_keeps_table BEFORE TRUNCATE ON "adjustment_signature" EXECUTE FUNCTION portal_refuse()""",
)


BOOK = """CREATE TABLE book_new (
    kind VARCHAR(64) NOT NULL,
    owner_id CHAR(32),
    earning_id CHAR(32),
    contract_id CHAR(32),
    hold_id CHAR(32),
    payout_id CHAR(32),
{column}    currency VARCHAR(3) NOT NULL,
    balance_minor BIGINT,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_book PRIMARY KEY (id),
    CONSTRAINT uq_book_id_currency UNIQUE (id, currency),
    CONSTRAINT ck_book_balance_not_negative CHECK (balance_minor >= 0),
    CONSTRAINT ck_book_house_has_no_running_balance CHECK ((owner_id IS NULL) = (balance_minor IS NULL)),
    CONSTRAINT fk_book_owner_id FOREIGN KEY(owner_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_book_earning_id FOREIGN KEY(earning_id) REFERENCES earning (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_book_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_book_hold_id FOREIGN KEY(hold_id) REFERENCES hold (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_book_payout_id FOREIGN KEY(payout_id) REFERENCES payout (id) DEFERRABLE INITIALLY DEFERRED{key}
)"""
INDEXES = (
    """CREATE INDEX ix_book_earning_id ON book (earning_id)""",
    """CREATE INDEX ix_book_owner_id ON book (owner_id) WHERE balance_minor > 0""",
    """CREATE INDEX ix_book_refund_owner ON book (owner_id) WHERE kind = 'refund'""",
    """CREATE UNIQUE INDEX uq_book_earning ON book (earning_id) WHERE kind = 'earning'""",
    """CREATE UNIQUE INDEX uq_book_escrow ON book (milestone_id) WHERE kind = 'escrow'""",
    """CREATE UNIQUE INDEX uq_book_held ON book (hold_id, earning_id) WHERE kind = 'held'""",
    """CREATE UNIQUE INDEX uq_book_house ON book (kind, currency) WHERE owner_id IS NULL""",
    """CREATE UNIQUE INDEX uq_book_payout ON book (payout_id) WHERE kind = 'payout'""",
    """CREATE UNIQUE INDEX uq_book_refund ON book (hold_id) WHERE kind = 'refund'""",
)
COLUMN = "    milestone_id CHAR(32),\n"
KEY = """,
    CONSTRAINT fk_book_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) DEFERRABLE INITIALLY DEFERRED"""
KEPT = "kind, owner_id, earning_id, contract_id, hold_id, payout_id, currency, balance_minor, id, created_at"
NEW_INDEXES = (
    "CREATE INDEX ix_book_refund_owner ON book (owner_id) WHERE kind = 'refund'",
    "CREATE UNIQUE INDEX uq_book_escrow ON book (milestone_id) WHERE kind = 'escrow'",
)
MOVE = """CREATE TRIGGER transfer_moves_balance AFTER INSERT ON transfer BEGIN
UPDATE book SET balance_minor = balance_minor - NEW.amount_minor WHERE id = NEW.debit_id AND owner_id IS NOT NULL;
UPDATE book SET balance_minor = balance_minor + NEW.amount_minor WHERE id = NEW.credit_id AND owner_id IS NOT NULL;
END"""
PARTS = {"earning": "free", "held": "held", "payout": "under_way", "refund": "refunded", "escrow": "escrow"}
TOTALS = ("free", "held", "under_way", "paid", "refunded", "escrow")


def rebuilt(column: str, key: str, indexes: tuple) -> tuple:
    """SQLite: the table of books anew in place of the old one, with the trigger that keeps its balances."""
    return (
        "DROP TRIGGER transfer_moves_balance", BOOK.format(column=column, key=key),
        f"INSERT INTO book_new ({KEPT}) SELECT {KEPT} FROM book", "DROP TABLE book", "ALTER TABLE book_new RENAME TO book",
        *indexes, MOVE,
    )


def upgrade() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    for statement in SQLITE_NEW if on_sqlite else POSTGRESQL_NEW:
        op.execute(statement)
    op.execute("ALTER TABLE earning ADD COLUMN fee_minor BIGINT DEFAULT '0' NOT NULL")
    op.create_index("ix_earning_account_id_clears_at", "earning", ["account_id", "clears_at"])
    for statement in rebuilt(COLUMN, KEY, INDEXES) if on_sqlite else (
        "ALTER TABLE book ADD COLUMN milestone_id UUID",
        "ALTER TABLE book ADD CONSTRAINT fk_book_milestone_id FOREIGN KEY(milestone_id) REFERENCES milestone (id) "
        "DEFERRABLE INITIALLY DEFERRED", *NEW_INDEXES,
    ):
        op.execute(statement)
    count_what_was()
    if not on_sqlite:
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
        op.execute("SET CONSTRAINTS ALL DEFERRED")


def count_what_was() -> None:
    """A movement for each entry so far and each account that it touched, in the order of the entries."""
    connection, totals = op.get_bind(), {}
    rows = connection.execute(sa.text(
        "SELECT e.id, e.created_at, t.currency, t.amount_minor, s.kind, s.owner_id, g.kind, g.owner_id FROM entry e "
        "JOIN transfer t ON t.entry_id = e.id JOIN book s ON s.id = t.debit_id JOIN book g ON g.id = t.credit_id ORDER BY e.id"
    ))
    for (entry, at, currency), moved in groupby(rows.all(), key=lambda row: row[:3]):
        touched = {}
        for *_, amount, source, payer, goal, payee in moved:
            if payer is not None:
                touched.setdefault(payer, []).append((PARTS[source], -amount))
            if payee is not None:
                touched.setdefault(payee, []).append((PARTS[goal], amount))
            elif payer is not None and goal == "paid":
                touched[payer].append(("paid", amount))
        for account in sorted(touched, key=str):
            now = totals.setdefault((account, currency), dict.fromkeys(("n", *TOTALS), 0))
            now["n"] += 1
            for part, amount in touched[account]:
                now[part] += amount
            key = uuid7()
            connection.execute(
                sa.text(
                    "INSERT INTO movement (id, created_at, entry_id, account_id, currency, n, "
                    + ", ".join(f"{part}_minor" for part in TOTALS) + ") VALUES (:id, :at, :entry, :account, :currency, :n, "
                    + ", ".join(f":{part}" for part in TOTALS) + ")"
                ),
                {"id": key.hex if isinstance(entry, str) else key, "at": at, "entry": entry, "account": account,
                 "currency": currency, **now},
            )


def downgrade() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    for table in ("adjustment_signature", "adjustment", "funding", "movement"):
        op.execute(f"DROP TABLE {table}")
    if on_sqlite:
        before = tuple(one for one in INDEXES if one not in NEW_INDEXES)
        for statement in rebuilt("", "", before):
            op.execute(statement)
    else:
        for index in ("ix_book_refund_owner", "uq_book_escrow"):
            op.execute(f"DROP INDEX {index}")
        op.execute("ALTER TABLE book DROP COLUMN milestone_id")
    op.drop_index("ix_earning_account_id_clears_at", "earning")
    op.execute("ALTER TABLE earning DROP COLUMN fee_minor")
