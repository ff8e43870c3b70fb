"""Where the pages of the rulebook are: the one place that knows their addresses."""

from __future__ import annotations

from datetime import date


def version_path(slug: str, effective_on: date) -> str:
    """One version as a book."""
    return f"/rules/{slug}/{effective_on.isoformat()}"


def comparison_path(slug: str, before: date, after: date) -> str:
    """What differs between two versions, clause by clause."""
    return f"/rules/{slug}/compare/{before.isoformat()}..{after.isoformat()}"


def clause_path(slug: str, effective_on: date, key: str) -> str:
    """One clause of a version on a page of its own."""
    return f"{version_path(slug, effective_on)}/{key}"


def version_name(slug: str, effective_on: date, language: str) -> str:
    """What the record calls a version in one language: the subject of the events about it."""
    return f"{slug}/{effective_on.isoformat()}.{language}"
