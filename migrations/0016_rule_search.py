"""The words of each clause as they are searched, and the index of each database. `flask init` fills it."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
FORGETS = ("clause_search", *(f"clause_words{part}" for part in ("", "_config", "_content", "_data", "_docsize", "_idx")))

SQLITE = (
    """CREATE TABLE clause_search (
    clause_version_id CHAR(32) NOT NULL,
    search_text TEXT NOT NULL,
    id CHAR(32) NOT NULL,
    created_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_clause_search PRIMARY KEY (id),
    CONSTRAINT uq_clause_search_clause_version_id UNIQUE (clause_version_id),
    CONSTRAINT fk_clause_search_clause_version_id FOREIGN KEY(clause_version_id) REFERENCES clause_version (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE VIRTUAL TABLE clause_words USING fts5(row_id UNINDEXED, words, tokenize="ascii tokenchars '.'", detail=none)""",
    """CREATE TRIGGER clause_search_indexed AFTER INSERT ON clause_search BEGIN
INSERT INTO clause_words (row_id, words) VALUES (NEW.id, NEW.search_text); END""",
    """CREATE TRIGGER clause_search_indexed_anew AFTER UPDATE ON clause_search BEGIN
UPDATE clause_words SET row_id = NEW.id, words = NEW.search_text WHERE row_id = OLD.id; END""",
    """CREATE TRIGGER clause_search_forgotten AFTER DELETE ON clause_search BEGIN
DELETE FROM clause_words WHERE row_id = OLD.id; END""",
)

POSTGRESQL = (
    """CREATE TABLE clause_search (
    clause_version_id UUID NOT NULL,
    search_text TEXT NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_clause_search PRIMARY KEY (id),
    CONSTRAINT uq_clause_search_clause_version_id UNIQUE (clause_version_id),
    CONSTRAINT fk_clause_search_clause_version_id FOREIGN KEY(clause_version_id) REFERENCES clause_version (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE INDEX ix_clause_search_words ON clause_search USING gin (array_to_tsvector(string_to_array(search_text, ' ')))""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TABLE clause_words")
    op.execute("DROP TABLE clause_search")
