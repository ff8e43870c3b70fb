"""Lines of what the marketplace reports in a file: which fields a line has to have, and which it may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Fact = Mapping[str, Any]
Fields = tuple[frozenset[str], frozenset[str]]
"""The fields that a line must have, and those that it may have besides."""


def names_in(fact: Fact, fields: Fields) -> list[str]:
    """The fields of a line but for its type, in order. Errors: ValueError naming what it lacks, or what nobody reads."""
    needed, allowed = fields
    names = set(fact) - {"type"}
    if missing := sorted(needed - names):
        raise ValueError(f"It lacks: {', '.join(missing)}.")
    if unknown := sorted(names - needed - allowed):
        raise ValueError(f"It has fields that nobody reads: {', '.join(unknown)[:200]}.")
    return sorted(names)
