"""Text on its way to paper: what no font can draw is named instead, and what would never break is given places to break."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

INVISIBLE = frozenset({"Cf", "Zs", "Zl", "Zp"})
NEVER_DRAWN = frozenset({"Cc", "Cn", "Co", "Cs"})
SPACE = frozenset(" \n\t")
KEPT_WHOLE = frozenset({"path", "appeal_path", "sha256", "ref", "case"})
"""Addresses, references and digests: what is copied from paper has to be what was meant."""
BREAK = "\u200b"
LONGEST_WORD, LONGEST_UNSPACED, LONGEST_CLUSTER = 80, 240, 40
MOST_WEIGHTLESS = 20
"""So many marks upon one letter, or invisible characters in a row, are drawn; further ones are named. Nobody writes more."""
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_ANYWHERE = "\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(
    rf"[^ \n\t\u200b{_UNSPACED}{_ANYWHERE}]{{{LONGEST_WORD + 1},}}|[{_UNSPACED}]{{{LONGEST_UNSPACED + 1},}}"
)
"""Long runs without a place to break: laying one out takes the square of its length. Chinese or Korean breaks anywhere."""


@dataclass(slots=True)
class Pen:
    """Writes text for paper with the characters that can be drawn there, and counts those that cannot."""

    known: frozenset[str]
    undrawn: int = 0
    _cannot: dict[str, bool] = field(default_factory=dict)

    def write(self, value: Any, name: str = "") -> Any:
        """A value of a record: its texts as they can be drawn, everything else as it is."""
        match value:
            case str() if name in KEPT_WHOLE:
                return value
            case str():
                return breakable(self.text(value))
            case dict():
                return {key: self.write(inner, key) for key, inner in value.items()}
            case list():
                return [self.write(inner, name) for inner in value]
        return value

    def text(self, text: str) -> str:
        """The text with U+XXXX in place of each character without a glyph."""
        used = set(text)
        missing = [char for char in used if self._lacks(char)]
        if missing:
            self.undrawn += sum(text.count(char) for char in missing)
            text = text.translate({ord(char): named(char) for char in missing})
        weightless = re.escape("".join(char for char in used if char not in missing and _weightless(char)))
        if not weightless:
            return text
        return re.sub(rf"(?<=[{weightless}]{{{MOST_WEIGHTLESS}}})[{weightless}]+", self._heap, text)

    def _heap(self, found: re.Match[str]) -> str:
        self.undrawn += len(found.group())
        return "".join(map(named, found.group()))

    def _lacks(self, char: str) -> bool:
        if char not in self._cannot:
            self._cannot[char] = not drawable(char, self.known)
        return self._cannot[char]


def named(char: str) -> str:
    """A character by its number."""
    return f"[U+{ord(char):04X}]"


def _weightless(char: str) -> bool:
    """Whether a character takes no room of its own: marks upon letters, and what is invisible."""
    kind = unicodedata.category(char)
    return kind in ("Cf", "Mn", "Me")


def drawable(char: str, known: frozenset[str]) -> bool:
    """Whether a character is drawn as itself: space and marks of direction need no glyph; what has no meaning has none."""
    kind = unicodedata.category(char)
    if char in SPACE or kind in INVISIBLE or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return True
    return kind not in NEVER_DRAWN and char in known


def breakable(text: str) -> str:
    """The text with invisible places to break inside of what is too long to be a word, never inside of a letter."""
    return _WORD.sub(lambda found: BREAK.join(_pieces(found.group())), text)


def _pieces(run: str) -> list[str]:
    pieces, start = [], 0
    while len(run) - start > LONGEST_WORD:
        end, latest = start + LONGEST_WORD, min(start + LONGEST_WORD + LONGEST_CLUSTER, len(run))
        while end < latest and unicodedata.category(run[end]).startswith("M"):
            end += 1
        pieces.append(run[start:end])
        start = end
    return [*pieces, run[start:]] if start < len(run) else pieces
