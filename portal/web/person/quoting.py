"""A rule as its reader can read it: quoted in their language where it is published in it, beside the text that binds."""

from __future__ import annotations

from flask import g

from portal.rulebook.queries import CitedClause, same_clause_in
from portal.web.shell.context import lang


def quoted(clause: CitedClause) -> tuple[CitedClause, CitedClause | None]:
    """The rule to show, and the binding text when what is shown is a translation of it."""
    if clause.language == lang().code:
        return clause, None
    found = same_clause_in(g.db, clause, lang().code)
    return (found, clause) if found is not None else (clause, None)


def in_my_language(clause: CitedClause | None) -> CitedClause | None:
    """The rule to name: its heading in the reader's language where there is one."""
    return quoted(clause)[0] if clause is not None else None
