"""What changed between two published versions, clause by clause, ready to be read: kinds, places, words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from sqlalchemy.orm import Session

from portal.core.keeping import Kept
from portal.rulebook.comparing import Pair, compare
from portal.rulebook.models import PolicyVersion
from portal.rulebook.queries import CitedClause
from portal.rulebook.rendering import clause_plain
from portal.rulebook.shelf import spoken, whole
from portal.rulebook.wording import Span, mark


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one clause; `spans` are its words below the heading, each once, with what is new and what is gone."""

    kind: str
    before: CitedClause | None
    after: CitedClause | None
    changed: bool
    heading: tuple[Span, ...]
    spans: tuple[Span, ...]

    @property
    def key(self) -> str:
        """Its name on the page: that of the clause it is about."""
        about = self.before if self.kind in ("merged", "removed") else self.after
        assert about is not None
        return about.key

    @property
    def number(self) -> str:
        about = self.after if self.after and self.kind != "merged" else self.before
        return about.number if about else ""


@dataclass(frozen=True, slots=True)
class Changes:
    """All that changed, in reading order, and the clauses that are the same."""

    found: tuple[Change, ...]
    same: tuple[CitedClause, ...]


_COMPARED = Kept[tuple[UUID, UUID], Changes](20)


def changes(session: Session, before: PolicyVersion, after: PolicyVersion) -> Changes:
    """What changed from one version to a later one. Versions are frozen, so what was worked out once is kept."""
    return _COMPARED.get((before.id, after.id), lambda: _compared(session, before, after))


def _compared(session: Session, before: PolicyVersion, after: PolicyVersion) -> Changes:
    pairs = compare(whole(session, before.id), whole(session, after.id)).pairs
    found = tuple(_change(pair) for pair in pairs if pair.kind != "same")
    return Changes(found, tuple(cast(CitedClause, pair.after) for pair in pairs if pair.kind == "same"))


def _change(pair: Pair) -> Change:
    before, after = cast("CitedClause | None", pair.before), cast("CitedClause | None", pair.after)
    mine, theirs = before if pair.kind != "split" else None, after if pair.kind != "merged" else None
    heading = mark(mine.heading if mine else "", theirs.heading if theirs else "")
    return Change(pair.kind, before, after, pair.changed, heading, mark(_plain(mine), _plain(theirs)))


def _plain(clause: CitedClause | None) -> str:
    return clause_plain(clause.text, clause.number) if clause else ""


def in_one_language(
    before: Sequence[PolicyVersion], after: Sequence[PolicyVersion], language: str
) -> tuple[PolicyVersion, PolicyVersion]:
    """Of two versions in their languages a pair that can be compared: in the reader's language, else as they bind."""
    ours, theirs = spoken(before, language), spoken(after, language)
    if ours.language == theirs.language:
        return ours, theirs
    return spoken(before, ""), spoken(after, "")


def paragraphs(spans: Sequence[Span]) -> list[list[Span]]:
    """Marked words cut where a paragraph or an item ends, so that each can stand in an element of its own."""
    found: list[list[Span]] = [[]]
    for span in spans:
        for n, part in enumerate(span.text.split("\n")):
            if n and found[-1]:
                found.append([])
            if part:
                found[-1].append(Span(span.kind, part))
    return [part for part in found if any(span.text.strip() for span in part)]
