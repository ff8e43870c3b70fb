"""Full-text search of the rules: the words of every clause version, and what is found, what is in force first.

Each database only says which clauses have the words (`core/words.py` made them); what comes first and what is marked is
decided here, so that both say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.core.words import Wanted, wanted, words
from portal.rulebook.addresses import clause_path
from portal.rulebook.excerpts import Piece, excerpt, marked
from portal.rulebook.models import Clause, ClauseSearch, ClauseVersion, Policy, PolicyKind, PolicyVersion
from portal.rulebook.rendering import clause_words

MOST_HITS = 1_000
"""Clause versions that one search looks through; what is in force comes first, so what is left out is old."""
SHOWN = 40
CITING = re.compile(
    r"\s*(?:§+|(?:rule|section|clause|article|regla|norma|secci[oó]n|cl[aá]usula|art[ií]culo)\b)\s*(?=(?:§\s*)?[\w.]*\d)",
    re.IGNORECASE,
)
"""What people write before the number of a rule."""


@dataclass(frozen=True, slots=True)
class Place:
    """A clause in one version and language."""

    id: UUID
    slug: str
    terms: bool
    key: str
    ordinal: int
    number: str
    heading: str
    title: str
    effective_on: date
    language: str
    binding: bool

    @property
    def path(self) -> str:
        """Its own page, in its language."""
        return f"{clause_path(self.slug, self.effective_on, self.key)}?in={self.language}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A clause that was found: the best place for this reader, what of it to show, and the other places with the words."""

    place: Place
    in_force: bool
    heading: tuple[Piece, ...]
    excerpt: tuple[Piece, ...]
    elsewhere: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: `every` says whether all words stand there, else some do; `count` of clauses, not all shown."""

    hits: tuple[Hit, ...]
    count: int
    every: bool = True


_PLACES = (
    sa.select(
        ClauseVersion.id, Policy.slug, (Policy.kind == PolicyKind.TERMS).label("terms"), Clause.key, ClauseVersion.ordinal,
        ClauseVersion.number, ClauseVersion.heading, PolicyVersion.title, PolicyVersion.effective_on,
        PolicyVersion.language, PolicyVersion.binding,
    )
    .join(ClauseSearch, ClauseSearch.clause_version_id == ClauseVersion.id)
    .join(Clause, ClauseVersion.clause_id == Clause.id)
    .join(PolicyVersion, ClauseVersion.version_id == PolicyVersion.id)
    .join(Policy, PolicyVersion.policy_id == Policy.id)
    .order_by(
        sa.case((PolicyVersion.effective_on <= sa.bindparam("day", type_=sa.Date()), 0), else_=1),
        PolicyVersion.effective_on.desc(), Policy.slug, PolicyVersion.language, ClauseVersion.ordinal,
    )
    .limit(MOST_HITS)
)
_MATCHING = {
    "sqlite": _PLACES.where(sa.text(
        "clause_search.id IN (SELECT row_id FROM clause_words WHERE clause_words MATCH :words)")),
    "postgresql": _PLACES.where(sa.text(
        "array_to_tsvector(string_to_array(clause_search.search_text, ' ')) @@ CAST(:words AS tsquery)")),
}


def matching(session: Session, looked_for: Sequence[Wanted], day: date, *, every: bool = True) -> list[Place]:
    """The clause versions that have all of these words (or any of them), what is in force that day before what is not yet."""
    dialect = session.get_bind().dialect.name
    if dialect == "sqlite":
        parts, joint = [f'"{one.text}"{" *" * one.beginning}' for one in looked_for], " AND " if every else " OR "
    else:
        parts, joint = [f"'{one.text}'{':*' * one.beginning}" for one in looked_for], " & " if every else " | "
    return [Place(*row) for row in session.execute(_MATCHING[dialect], {"words": joint.join(parts), "day": day})]


def search(session: Session, query: str, day: date, language: str) -> Found:
    """What somebody who reads that language finds: each clause once, in the version that matters most to them."""
    looked_for = wanted(query[citing.end() :] if (citing := CITING.match(query)) else query)
    if not looked_for:
        return Found((), 0)
    places, every = matching(session, looked_for, day), True
    if not places and len(looked_for) > 1:
        places, every = matching(session, looked_for, day, every=False), False
    current = {slug: max(days) for slug, days in _days(session, day).items()}
    groups = {_best(group, current, language): group for group in _by_clause(places)}
    fits = {} if every else _fitting(session, [best.id for best in groups], looked_for)
    ranked = sorted(groups, key=lambda best: (-fits.get(best.id, 0), *_rank(best, current, looked_for)))
    shown = [(best, groups[best]) for best in ranked[:SHOWN]]
    texts = _texts(session, [best.id for best, _ in shown])
    hits = [
        Hit(best, best.effective_on == current.get(best.slug), marked(best.heading or best.title, looked_for),
            excerpt(clause_words(texts[best.id]), looked_for), _elsewhere(best, group))
        for best, group in shown
    ]
    return Found(tuple(hits), len(groups), every)


def _by_clause(places: Iterable[Place]) -> list[list[Place]]:
    def clause(place: Place) -> tuple[str, str]:
        return place.slug, place.key

    return [list(group) for _, group in groupby(sorted(places, key=clause), clause)]


def _best(group: Sequence[Place], current: dict[str, date], language: str) -> Place:
    """In force before older before coming; the reader's language before the binding one before others."""
    today = current.get(group[0].slug, date.min)

    def preference(place: Place) -> tuple[int, int, int, str]:
        age = 0 if place.effective_on == today else 1 if place.effective_on < today else 2
        spoken = 0 if place.language == language else 1 if place.binding else 2
        return age, spoken, -place.effective_on.toordinal(), place.language

    return min(group, key=preference)


def _rank(place: Place, current: dict[str, date], looked_for: Sequence[Wanted]) -> tuple[Any, ...]:
    """What is in force; the clause of that number; where the heading says it; the terms before the promises; in order."""
    heading = [word.text for word in words(f"{place.number} {place.heading}")]
    missing = sum(not any(one.fits(word) for word in heading) for one in looked_for)
    number = not any(one.text == place.number.casefold() for one in looked_for)
    return place.effective_on != current.get(place.slug), number, missing, not place.terms, place.slug, place.ordinal, place.key


def _elsewhere(best: Place, group: Sequence[Place]) -> tuple[Place, ...]:
    others = [place for place in group if place.id != best.id]
    return tuple(sorted(others, key=lambda place: (-place.effective_on.toordinal(), not place.binding, place.language)))


def _days(session: Session, day: date) -> dict[str, list[date]]:
    """The days on which versions of each policy came into force until that day."""
    query = sa.select(Policy.slug, PolicyVersion.effective_on).join(PolicyVersion, PolicyVersion.policy_id == Policy.id)
    found: dict[str, list[date]] = {}
    for slug, since in session.execute(query.where(PolicyVersion.binding, PolicyVersion.effective_on <= day)):
        found.setdefault(slug, []).append(since)
    return found


def _texts(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    query = sa.select(ClauseVersion.id, ClauseVersion.text).where(ClauseVersion.id.in_(ids))
    return {key: text for key, text in session.execute(query)}


def _fitting(session: Session, ids: Sequence[UUID], looked_for: Sequence[Wanted]) -> dict[UUID, int]:
    """How many of the words each clause version has."""
    query = sa.select(ClauseSearch.clause_version_id, ClauseSearch.search_text).where(ClauseSearch.clause_version_id.in_(ids))
    return {
        key: sum(any(one.fits(word) for word in text.split(" ")) for one in looked_for)
        for key, text in session.execute(query)
    }
