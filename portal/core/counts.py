"""Numbers that others read: none of them points at one person."""

from __future__ import annotations

FEWEST = 5
"""A number above zero and below this is told as "fewer than 5": no count shall point at one person."""


def told(number: int) -> int | None:
    """What of a number is told: itself, or None where it is so small that it might point at one person."""
    return None if 0 < number < FEWEST else number
