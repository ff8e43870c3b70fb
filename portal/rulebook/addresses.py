"""Where the pages of the rulebook are: the one place that knows their addresses."""

from __future__ import annotations

from datetime import date


def version_path(slug: str, effective_on: date) -> str:
    """One version as a book."""
    return f"/rules/{slug}/{effective_on.isoformat()}"


def comparison_path(slug: str, before: date, after: date) -> str:
    """What differs between two versions, clause by clause."""
    return f"/rules/{slug}/compare/{before.isoformat()}..{after.isoformat()}"
