"""The words of a text as they are searched, and where each stands: made here once, so that every database finds the same.

Scripts that write no spaces between words are taken two signs at a time. A number stays one word with its points ("4.2", "B.3"),
and loses what only groups its digits ("10,000", "10.000").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from portal.core.text import fold

LONGEST_WORD = 60
MOST_BYTES = 600_000
"""What one text may add to an index: PostgreSQL takes at most a megabyte of words for a row."""
SHORTEST_BEGINNING = 3
MOST_WORDS = 12


def _marks() -> str:
    """Signs that belong to the letter before them: vowels of Hindi, points of Hebrew, accents."""
    return "".join(chr(n) for n in range(0x0300, 0xFE30) if unicodedata.category(chr(n)).startswith("M"))


UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Japanese and Chinese
)
LETTER, MARK = f"[^\\W_{UNSPACED}]", f"[{_marks()}]"
CITED = r"(?<![\w.])(?=[\w.]*\d)[A-Za-z0-9]{1,3}(?:\.[A-Za-z0-9]{1,3})+(?!\w)"
"""A number as a rule is cited by it: B.3, 1.2.a."""
PIECE = re.compile(
    f"(?P<number>\\d+(?:[.,]\\d+)+(?!\\.?\\w)|{CITED})|(?P<run>[{UNSPACED}]+)|{LETTER}(?:{LETTER}|{MARK})*"
)
RUN = re.compile(f"[{UNSPACED}]")
PLAIN = re.compile(f"[^\\W_](?:[^\\W_]|{MARK})*")
GROUPED = (re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?"), re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?"))
"""As English and as Spanish write a large number."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is compared, and its place in the text as it was written."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """One word of a query; `beginning`: words that begin so are meant too."""

    text: str
    beginning: bool

    def fits(self, word: str) -> bool:
        return word.startswith(self.text) if self.beginning else word == self.text


def words(text: str) -> Iterator[Word]:
    """Every word of the text, in its order."""
    for piece in PIECE.finditer(text):
        start, end = piece.span()
        if piece["run"]:
            yield from _pairs(piece["run"], start)
            continue
        for part in _number(piece["number"]) if piece["number"] else _plain(piece[0]):
            yield Word(part[:LONGEST_WORD], start, end)


def _plain(piece: str) -> list[str]:
    """The word as it is compared; a sign like ½ is two."""
    return [piece.lower()] if piece.isascii() else PLAIN.findall(fold(piece))


def _pairs(run: str, start: int) -> Iterator[Word]:
    """`abc` as ab, bc and, so that its end is found alone, c."""
    for at in range(len(run)):
        pair = "".join(PLAIN.findall(fold(run[at : at + 2])))
        if pair:
            yield Word(pair, start + at, start + min(at + 2, len(run)))


def _number(number: str) -> list[str]:
    plain = fold(number)
    for pattern, groups, point in zip(GROUPED, ",.", ".,", strict=True):
        if pattern.fullmatch(plain):
            return [plain.replace(groups, "").replace(point, ".")]
    return [part for part in plain.split(",") if part]


def search_text(text: str) -> str:
    """The words of a text, each once, with spaces between them: all that an index is made of."""
    known: dict[str, None] = {}
    size = 0
    for word in words(text):
        if word.text not in known:
            size += len(word.text.encode()) + 1
            if size > MOST_BYTES:
                break
            known[word.text] = None
    return " ".join(known)


def wanted(query: str) -> tuple[Wanted, ...]:
    """What somebody looks for: every word must be there, and words that begin so are meant too.

    A number means itself. A plural's s is left out, so that "milestones" finds "milestone"; words of one or two letters
    say little and are left out where there are others.
    """
    found = dict.fromkeys(_wanted(word.text, bool(RUN.match(query, word.start))) for word in words(query))
    telling = [one for one in found if one.beginning or _is_number(one.text)]
    return tuple(telling or found)[:MOST_WORDS]


def _is_number(word: str) -> bool:
    return word[0].isdigit() or "." in word


def _wanted(word: str, unspaced: bool) -> Wanted:
    if unspaced or _is_number(word):
        return Wanted(word, unspaced)
    bare = word[:-1] if len(word) > SHORTEST_BEGINNING and word.endswith("s") else word
    return Wanted(bare, len(bare) >= SHORTEST_BEGINNING)
