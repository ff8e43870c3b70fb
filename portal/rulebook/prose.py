"""The lines of Markdown that are words to read: those outside code fences and comments."""

import re
from collections.abc import Iterator, Sequence


def prose(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines that can begin a clause, without their ends: those outside code fences and comments."""
    fence, comment = "", False
    for index, line in enumerate(lines):
        bare = line.strip()
        mark = re.match(r"(```+|~~~+)", bare)
        if fence:
            fence = "" if bare.startswith(fence) and not bare.strip(fence[0]) else fence
        elif comment or bare.startswith("<!--"):
            comment = "-->" not in bare
        elif mark:
            fence = mark.group(1) if _closes(lines[index + 1 :], mark.group(1)) else ""
        else:
            yield index, line.rstrip("\n")


def _closes(rest: Sequence[str], fence: str) -> bool:
    return any(line.strip().startswith(fence) and not line.strip().strip(fence[0]) for line in rest)
