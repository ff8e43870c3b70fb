"""What a version says that it changes, line by line, whatever the width at which its author broke the lines."""

from __future__ import annotations

import re

_BEGINS = re.compile(r"(?:[-*•] |§ ?\d|[A-Z]\.\d|\d+(?:\.\d+)+ )")


def changes_listed(text: str) -> list[str]:
    """The changes that a version announces, one each: a line that begins with a clause's number, or after an empty line.

    Any other line goes on with the one before it. Not a word is lost; what has no such line is one item.
    """
    found: list[list[str]] = []
    for part in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        for n, line in enumerate(lines):
            if n == 0 or _BEGINS.match(line):
                found.append([line])
            else:
                found[-1].append(line)
    return [" ".join(lines) for lines in found]
