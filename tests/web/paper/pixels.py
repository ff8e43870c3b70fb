"""Looking at letters as pixels: whether each character that stands in a PDF's text is drawn as itself, or as a box."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
from PIL import Image

SCALE, GRID, WHITE = 5, 16, 255
"""Dots for a point of paper, and the grid on which shapes are compared."""
BOXED, TWIN = 40, 5
"""Mean differences of grey: boxes that lie otherwise between the dots differ by up to 33, letters from boxes by 49 and more,
the most similar letters of our alphabets (two of Thai) by 7."""
UNASSIGNED = "\u0378"
"""A code point that no font has: whatever is drawn for it is a box."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One character of a page: which one it is, where its middle is, and its ink on a small grid with its shape."""

    char: str
    x: float
    y: float
    ink: bytes
    shape: tuple[int, int]

    def like(self, other: Seen, within: int) -> bool:
        """Whether both are drawn the same, to the eye: the same size, and hardly a difference of grey."""
        near = all(abs(a - b) <= 2 for a, b in zip(self.shape, other.shape, strict=True))
        return near and sum(abs(a - b) for a, b in zip(self.ink, other.ink, strict=True)) <= within * GRID * GRID


def characters(content: bytes) -> Iterator[Seen]:
    """Every character of a PDF that should leave ink, in the order of its text."""
    with pypdfium2.PdfDocument(content) as pdf:
        for page in pdf:
            picture = page.render(scale=SCALE, grayscale=True).to_pil()
            text, height = page.get_textpage(), page.get_height()
            for place in range(text.count_chars()):
                char = chr(pypdfium2.raw.FPDFText_GetUnicode(text, place))
                if char == UNASSIGNED or unicodedata.category(char)[0] not in "CZ":
                    yield _seen(char, picture, text.get_charbox(place), height)


def _seen(char: str, picture: Image.Image, box: tuple[float, float, float, float], height: float) -> Seen:
    left, bottom, right, top = box
    corners = (int(left * SCALE), int((height - top) * SCALE), int(right * SCALE) + 1, int((height - bottom) * SCALE) + 1)
    glyph = picture.crop(corners)
    grey = glyph.resize((GRID, GRID), Image.Resampling.BOX).tobytes()
    return Seen(char, (left + right) / 2, (top + bottom) / 2, grey, glyph.size)


def boxes(content: bytes, box: Seen) -> set[str]:
    """The characters that are drawn as that box."""
    return {seen.char for seen in characters(content) if seen.char != box.char and seen.like(box, BOXED)}


def twins(content: bytes, alphabet: str) -> set[str]:
    """Characters of an alphabet of clearly different letters that look like another one of it, or leave no ink at all."""
    shown: dict[str, list[Seen]] = defaultdict(list)
    for seen in characters(content):
        if seen.char in alphabet:
            shown[seen.char].append(seen)
    missing = set(alphabet) - shown.keys()
    blank = {char for char, listed in shown.items() if not any(min(seen.ink) < WHITE for seen in listed)}
    same = {
        one for one, listed in shown.items() for other, others in shown.items()
        if one != other and listed[0].like(others[0], TWIN)
    }
    return missing | blank | same
