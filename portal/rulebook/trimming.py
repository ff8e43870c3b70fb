"""What of a clause's text a page prints itself: its heading, or the number that it begins with, and its indentation."""

import re
from collections.abc import Iterator
from functools import lru_cache

from portal.rulebook.numbering import LONGEST_NAME, bare, label, plain
from portal.rulebook.reading import HEADING, UNDERLINE
from portal.rulebook.units import LONGEST_LINE, find_units

LONGEST_HEADING = 6
BOLD_NUMBERED = re.compile(r"(\*\*|__)\s*(?:(?:Section|Article|Clause)\s+)?§?\s*[A-Z]?\d[\d.\-]*\s[^*_]*\1\s*")
FIRST_ITEM = re.compile(r"(\d{1,3}[.)][ \t]+)(?=\S)")
BULLET = re.compile(r"^[*+-][ \t]+(?=\S)")
TWICE = re.compile(r" \(\d+\)$")
AFTER = re.compile(r"(?:(?<=[①-⒛])[ \t]*|[\\.):：．、）\]ºª°–—\-\s]+|(?=[*_]))")
ENDS_A_SENTENCE = tuple(".,;:!?。；：，、؛؟।")


def without_heading(text: str, number: str = "") -> str:
    """The clause's Markdown below its own heading or list mark, no further in than the page.

    `number`: by which it is cited, which the page prints; a paragraph that begins with it goes on without it.
    """
    lines = _outdented(text.split("\n"))
    first, rest = lines[0], "\n".join(lines[1:])
    if HEADING.fullmatch(first) or BOLD_NUMBERED.fullmatch(first):
        return rest
    if len(lines) > 1 and first.strip() and UNDERLINE.fullmatch(lines[1]):
        return "\n".join(lines[2:])
    heading = _own_lines(lines)
    if heading:
        return "\n".join(lines[heading:])
    item = FIRST_ITEM.match(first)
    if item and not any(FIRST_ITEM.match(line) for line in lines[1:]):
        return _named(_below(first[item.end() :], lines[1:], item.end()), number)
    return _unnumbered(lines, number)


@lru_cache(maxsize=20_000)
def runs_on(text: str, number: str, heading: str) -> bool:
    """Whether a clause has no heading of its own: what it is called in lists are its first words, and its text has them too."""
    below = without_heading(text, number)
    if not number or below.count("\n") != text.count("\n"):
        return False
    first = next((line for line in below.split("\n") if line.strip()), "")
    return plain(bare(first[:LONGEST_LINE])).startswith(heading.rstrip("…"))


def _outdented(lines: list[str]) -> list[str]:
    """The lines as far to the left as the first one allows: an item of an item is no code."""
    indent = len(lines[0]) - len(lines[0].lstrip(" \t"))
    return [re.sub(rf"^[ \t]{{1,{indent}}}", "", line) for line in lines] if indent and lines[0].strip() else lines


def _own_lines(lines: list[str]) -> int:
    """How many lines at the beginning are a heading with a number, like "Article 2 - Fees" or 第三条 总则."""
    units = find_units(lines[:LONGEST_HEADING])
    if not units or units[0].index or not units[0].token or units[0].rank[0] > 1:
        return 0
    name, lines = units[0].name, [line[:LONGEST_LINE] for line in lines[:LONGEST_HEADING]]
    below = next((at for at, line in enumerate(lines[1:], 1) if line.strip()), 0)
    named_below = name and name not in plain(bare(lines[0])) and below and name == plain(bare(lines[below])).rstrip(":")
    return below + 1 if named_below else 1


def _below(first: str, rest: list[str], indent: int) -> str:
    """An item's words with what stands under them, as far in as its mark was wide."""
    return "\n".join([first, *(re.sub(rf"^[ ]{{1,{indent}}}", "", line) for line in rest)])


def _unnumbered(lines: list[str], number: str) -> str:
    """A paragraph or an item without the number in front of it, where it is the one by which the clause is cited."""
    first = BULLET.sub("", lines[0], count=1)
    mark = _mark(first, TWICE.sub("", number)) if number else None
    if mark is None:
        return "\n".join(lines)
    opened, end = mark
    words = opened + first[end:].lstrip("" if opened else " .:\t")
    return _named(_below(words, lines[1:], len(lines[0]) - len(words)), number)


def _mark(first: str, number: str) -> tuple[str, int] | None:
    """Where the number in front of a line ends, as far as it is the end of the one that is cited, and the emphasis in it."""
    for token in () if "\\" in first[: len(number) + 2] else _ends(number):
        for before in ("", "(", "（"):
            after = AFTER.match(first, len(before + token)) if first.startswith(before + token) else None
            if after:
                return "", after.end()
    found = label(plain(bare(first[:LONGEST_LINE])))
    token = found.token if found is not None and found.rest and number.endswith(found.token) else number.rpartition(".")[2]
    written = r"\\?".join(map(re.escape, token))
    before = r"[^*_\n]{0,40}?" if found is not None and token == found.token else "[(（]?"
    mark = re.match(rf"(?P<open>[*_]{{0,3}}){before}{written}{AFTER.pattern}(?P<close>(?P=open)?)", first)
    return ("" if mark["close"] else mark["open"], mark.end()) if mark else None


def _ends(number: str) -> Iterator[str]:
    """A path and its ends, the longest first: A.1.2, 1.2, 2."""
    yield number
    for at, char in enumerate(number):
        if char == ".":
            yield number[at + 1 :]


def _named(text: str, number: str) -> str:
    """A text whose first line is a name and nothing else, like "1. Fees", has it in bold; not one among short items."""
    first, _, rest = text.partition("\n")
    name, heads = first.strip(), bool(rest.strip()) or "." not in number
    alone = bool(number) and heads and len(name) <= LONGEST_NAME and not rest.partition("\n")[0].strip()
    written = name[:1].isupper() and not name.endswith(ENDS_A_SENTENCE) and name == plain(name)
    return f"**{name}**\n{rest}" if alone and written else text
