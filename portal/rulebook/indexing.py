"""The words of every clause version as the search looks for them: worked out before the act that writes them.

They are derived from the frozen text and can be made anew; where they are not what they must be, only that is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.core.access import Permission
from portal.core.keeping import Kept
from portal.core.text import canonical, sha256
from portal.core.words import search_text
from portal.core.work import Work
from portal.log.operations import add
from portal.rulebook.files import version_files
from portal.rulebook.models import ClauseSearch, ClauseVersion, PolicyVersion
from portal.rulebook.rendering import clause_words

PORTION = 200
_WORDS = Kept[str, str](16_000_000, weigh=len)
"""So that what was worked out before an act is at hand in it."""
Words = tuple[str, str]
"""The key of a clause version, and its words."""


def words_of(number: str, heading: str, title: str, text: str) -> str:
    """What a clause is found by: its number, its heading (else the title of the version) and its text."""
    source = sha256(canonical([number, heading or title, text]))
    return _WORDS.get(source, lambda: search_text(f"{number} {heading or title}\n{clause_words(text)}"))


def read_ahead(folder: Path, frozen: Collection[str]) -> None:
    """Reads a folder and works out the words of what is not frozen yet (by hash), so that publishing need not in its act.

    Errors: as `version_files`.
    """
    for file in version_files(folder):
        for clause in file.text.clauses if file.sha256 not in frozen else ():
            words_of(clause.number, clause.heading, file.text.title, clause.text)


def add_words(work: Work, version: PolicyVersion, clauses: Iterable[ClauseVersion]) -> None:
    """Adds the words of a version's clauses to the index."""
    for one in clauses:
        words = words_of(one.number, one.heading, version.title, one.text)
        add(work, ClauseSearch(clause_version_id=one.id, search_text=words))


_CLAUSES = (
    sa.select(
        ClauseVersion.id, ClauseVersion.number, ClauseVersion.heading, PolicyVersion.title, ClauseVersion.text,
        ClauseSearch.search_text,
    )
    .join(PolicyVersion, ClauseVersion.version_id == PolicyVersion.id)
    .outerjoin(ClauseSearch, ClauseSearch.clause_version_id == ClauseVersion.id)
    .where(ClauseVersion.id > sa.bindparam("after", type_=sa.Uuid())).order_by(ClauseVersion.id).limit(PORTION)
)


def stale_words(session: Session) -> Iterator[list[Words]]:
    """What the index lacks or has otherwise than it must be, in portions: after an upgrade, or when somebody changed it."""
    last = UUID(int=0)
    while rows := session.execute(_CLAUSES, {"after": last}).all():
        right = ((row.id, row.search_text, words_of(row.number, row.heading, row.title, row.text)) for row in rows)
        if portion := [(str(key), words) for key, known, words in right if known != words]:
            yield portion
        last = rows[-1].id


def put_words(work: Work, *, words: Sequence[Words]) -> dict[str, Any]:
    """Writes a portion of what `stale_words` found."""
    work.require(Permission.PUBLISH)
    right = {UUID(key): text for key, text in words}
    rows = work.db.scalars(sa.select(ClauseSearch).where(ClauseSearch.clause_version_id.in_(right)))
    known = {row.clause_version_id: row for row in rows}
    for key, text in right.items():
        if key in known:
            known[key].search_text = text
        else:
            add(work, ClauseSearch(clause_version_id=key, search_text=text))
    return {"changed": len(right)}
