"""Notices, deliveries, attempts."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TABLE notice (
    event_id CHAR(32) NOT NULL,
    kind VARCHAR(64) NOT NULL,
    recipient_id CHAR(32) NOT NULL,
    account_id CHAR(32),
    case_ref VARCHAR(24),
    about_ref VARCHAR(24) NOT NULL,
    target VARCHAR(300) NOT NULL,
    language VARCHAR(12) NOT NULL,
    subject TEXT,
    body TEXT,
    mail_body TEXT,
    sha256 VARCHAR(64) NOT NULL,
    not_before VARCHAR(27) NOT NULL,
    after_id CHAR(32),
    corrects_id CHAR(32),
    erased_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_notice PRIMARY KEY (id),
    CONSTRAINT uq_notice_event_id_kind_recipient_id UNIQUE (event_id, kind, recipient_id),
    CONSTRAINT fk_notice_event_id FOREIGN KEY(event_id) REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_notice_recipient_id FOREIGN KEY(recipient_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_notice_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_notice_after_id FOREIGN KEY(after_id) REFERENCES notice (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_notice_corrects_id FOREIGN KEY(corrects_id) REFERENCES notice (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_notice_about_ref ON notice (about_ref)""",
    """CREATE INDEX ix_notice_after_id ON notice (after_id) WHERE after_id IS NOT NULL""",
    """CREATE INDEX ix_notice_recipient_id ON notice (recipient_id, created_at)""",
    """CREATE TABLE delivery (
    notice_id CHAR(32) NOT NULL,
    channel VARCHAR(16) NOT NULL,
    target VARCHAR(320) NOT NULL,
    message_id VARCHAR(200) NOT NULL,
    next_try_at VARCHAR(27) NOT NULL,
    lease_until VARCHAR(27),
    tries INTEGER NOT NULL,
    result VARCHAR(16) NOT NULL,
    delivered_at VARCHAR(27),
    informs_at VARCHAR(27),
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_delivery PRIMARY KEY (id),
    CONSTRAINT uq_delivery_notice_id_channel UNIQUE (notice_id, channel),
    CONSTRAINT ck_delivery_channel_known CHECK (channel IN ('inbox', 'email')),
    CONSTRAINT ck_delivery_result_known CHECK (result IN ('waiting', 'sent', 'failed', 'bounced')),
    CONSTRAINT ck_delivery_delivered_together CHECK ((delivered_at IS NOT NULL) = (result IN ('sent', 'bounced'))),
    CONSTRAINT fk_delivery_notice_id FOREIGN KEY(notice_id) REFERENCES notice (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_delivery_informs_at ON delivery (informs_at) WHERE informs_at IS NOT NULL""",
    """CREATE INDEX ix_delivery_message_id ON delivery (message_id)""",
    """CREATE INDEX ix_delivery_next ON delivery (next_try_at, id) WHERE result = 'waiting'""",
    """CREATE TABLE informed (
    notice_id CHAR(32) NOT NULL,
    at VARCHAR(27) NOT NULL,
    how VARCHAR(16) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_informed PRIMARY KEY (id),
    CONSTRAINT ck_informed_how_known CHECK (how IN ('confirmed', 'opened', 'five_days')),
    CONSTRAINT uq_informed_notice_id UNIQUE (notice_id),
    CONSTRAINT fk_informed_notice_id FOREIGN KEY(notice_id) REFERENCES notice (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE attempt (
    delivery_id CHAR(32) NOT NULL,
    n INTEGER NOT NULL,
    at VARCHAR(27) NOT NULL,
    result VARCHAR(16) NOT NULL,
    detail VARCHAR(300) NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_attempt PRIMARY KEY (id),
    CONSTRAINT uq_attempt_delivery_id_n UNIQUE (delivery_id, n),
    CONSTRAINT fk_attempt_delivery_id FOREIGN KEY(delivery_id) REFERENCES delivery (id) DEFERRABLE INITIALLY DEFERRED
)""",
)

POSTGRESQL = (
    """CREATE TABLE notice (
    event_id UUID NOT NULL,
    kind VARCHAR(64) NOT NULL,
    recipient_id UUID NOT NULL,
    account_id UUID,
    case_ref VARCHAR(24),
    about_ref VARCHAR(24) NOT NULL,
    target VARCHAR(300) NOT NULL,
    language VARCHAR(12) NOT NULL,
    subject TEXT,
    body TEXT,
    mail_body TEXT,
    sha256 VARCHAR(64) NOT NULL,
    not_before TIMESTAMP WITH TIME ZONE NOT NULL,
    after_id UUID,
    corrects_id UUID,
    erased_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_notice PRIMARY KEY (id),
    CONSTRAINT uq_notice_event_id_kind_recipient_id UNIQUE (event_id, kind, recipient_id),
    CONSTRAINT fk_notice_event_id FOREIGN KEY(event_id) REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_notice_recipient_id FOREIGN KEY(recipient_id) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_notice_account_id FOREIGN KEY(account_id) REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_notice_after_id FOREIGN KEY(after_id) REFERENCES notice (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_notice_corrects_id FOREIGN KEY(corrects_id) REFERENCES notice (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_notice_about_ref ON notice (about_ref)""",
    """CREATE INDEX ix_notice_after_id ON notice (after_id) WHERE after_id IS NOT NULL""",
    """CREATE INDEX ix_notice_recipient_id ON notice (recipient_id, created_at)""",
    """CREATE TABLE delivery (
    notice_id UUID NOT NULL,
    channel VARCHAR(16) NOT NULL,
    target VARCHAR(320) NOT NULL,
    message_id VARCHAR(200) NOT NULL,
    next_try_at TIMESTAMP WITH TIME ZONE NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    tries INTEGER NOT NULL,
    result VARCHAR(16) NOT NULL,
    delivered_at TIMESTAMP WITH TIME ZONE,
    informs_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_delivery PRIMARY KEY (id),
    CONSTRAINT uq_delivery_notice_id_channel UNIQUE (notice_id, channel),
    CONSTRAINT ck_delivery_channel_known CHECK (channel IN ('inbox', 'email')),
    CONSTRAINT ck_delivery_result_known CHECK (result IN ('waiting', 'sent', 'failed', 'bounced')),
    CONSTRAINT ck_delivery_delivered_together CHECK ((delivered_at IS NOT NULL) = (result IN ('sent', 'bounced'))),
    CONSTRAINT fk_delivery_notice_id FOREIGN KEY(notice_id) REFERENCES notice (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_delivery_informs_at ON delivery (informs_at) WHERE informs_at IS NOT NULL""",
    """CREATE INDEX ix_delivery_message_id ON delivery (message_id)""",
    """CREATE INDEX ix_delivery_next ON delivery (next_try_at, id) WHERE result = 'waiting'""",
    """CREATE TABLE informed (
    notice_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    how VARCHAR(16) NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_informed PRIMARY KEY (id),
    CONSTRAINT ck_informed_how_known CHECK (how IN ('confirmed', 'opened', 'five_days')),
    CONSTRAINT uq_informed_notice_id UNIQUE (notice_id),
    CONSTRAINT fk_informed_notice_id FOREIGN KEY(notice_id) REFERENCES notice (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE attempt (
    delivery_id UUID NOT NULL,
    n INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    result VARCHAR(16) NOT NULL,
    detail VARCHAR(300) NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_attempt PRIMARY KEY (id),
    CONSTRAINT uq_attempt_delivery_id_n UNIQUE (delivery_id, n),
    CONSTRAINT fk_attempt_delivery_id FOREIGN KEY(delivery_id) REFERENCES delivery (id) DEFERRABLE INITIALLY DEFERRED
)""",
)

TABLES = ("attempt", "informed", "delivery", "notice",)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f'DROP TABLE "{table}"')
