"""What of a text is shown for a search: a piece of it with the words marked. Pure; offsets are those of the text itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.core.words import RUN, Wanted, words

WIDTH, BEFORE, SLACK = 240, 70, 24
MOST_MARKS = 200


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, and whether it is what was looked for."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A place that is marked, and which of the wanted words stand in it."""

    start: int
    end: int
    fits: frozenset[int]


def marks(text: str, wanted: Sequence[Wanted]) -> list[Mark]:
    """Where the wanted words stand; what overlaps is one mark."""
    found: list[Mark] = []
    for word in words(text):
        fits = frozenset(n for n, one in enumerate(wanted) if one.fits(word.text))
        if not fits:
            continue
        end = word.end
        if RUN.match(text, word.start):  # of two signs of a script without spaces, only those that were looked for
            end = min(end, word.start + max(len(wanted[n].text) for n in fits))
        if found and word.start < found[-1].end:
            found[-1] = Mark(found[-1].start, max(found[-1].end, end), found[-1].fits | fits)
        elif len(found) < MOST_MARKS:
            found.append(Mark(word.start, end, fits))
        else:
            break
    return found


def marked(text: str, wanted: Sequence[Wanted]) -> tuple[Piece, ...]:
    """The whole text in pieces, the wanted words marked."""
    return _pieces(text, marks(text, wanted), 0, len(text))


def excerpt(text: str, wanted: Sequence[Wanted]) -> tuple[Piece, ...]:
    """The part of the text in which most of the wanted words stand together, or its beginning."""
    found = marks(text, wanted)
    best = max(found, key=lambda mark: (_together(found, mark), -mark.start), default=Mark(0, 0, frozenset()))
    start = 0 if best.start <= BEFORE + SLACK else _edge(text, best.start - BEFORE, 1)
    end = len(text) if len(text) - start <= WIDTH + SLACK else _edge(text, start + WIDTH, -1)
    pieces = _pieces(text, found, start, end)
    return (*((Piece("… "),) if start else ()), *pieces, *((Piece(" …"),) if end < len(text) else ()))


def _together(found: Sequence[Mark], first: Mark) -> int:
    near = (mark.fits for mark in found if first.start <= mark.start and mark.end <= first.start - BEFORE + WIDTH)
    return len(frozenset().union(*near))


def _edge(text: str, at: int, step: int) -> int:
    """The nearest gap between words, not further than the slack; where there is none, the place itself."""
    for moved in range(SLACK):
        here = at + step * moved
        if 0 < here < len(text) and text[here].isspace():
            return here + 1 if step > 0 else here
    return at


def _pieces(text: str, found: Sequence[Mark], start: int, end: int) -> tuple[Piece, ...]:
    pieces, at = [], start
    for mark in found:
        if start <= mark.start and mark.end <= end:
            pieces += [Piece(text[at : mark.start]), Piece(text[mark.start : mark.end], True)]
            at = mark.end
    pieces.append(Piece(text[at:end]))
    return tuple(piece for piece in pieces if piece.text)
