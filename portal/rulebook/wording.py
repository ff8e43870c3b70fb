"""Marks what changed between two texts, word by word, in time that grows with their length.

Both texts can be put together again from the marks, to the last blank: what is the same and what was removed is the
text before, what is the same and what was added is the text after. A long text is first cut at rows of words that
stand once in both (whole phrases, then single words); only what lies between is compared word by word. Where even that
would take too long, everything between is marked as replaced: more is marked than needed, and nothing is lost.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

SpanKind = Literal["same", "added", "removed"]

SMALL = 10_000
PHRASES = (8, 4, 2, 1)
DEEPEST = 24
_MARKS = "\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u3099\u309a"
_UNSPACED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u3040-\u3098\u309b-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
UNSPACED = re.compile(f"[{_UNSPACED}]")
_SIGNS = "!-/:-@\\[-`{-~¡§«»¿‐-‧‰-⁞。、，；：（）！？「」『』《》【】।॥،؛؟۔׀׃"
_TOKEN = re.compile(rf"\s+|\d+(?:[.,]\d+)+|[{_UNSPACED}][{_MARKS}]*|[{_SIGNS}]|[^\s{_UNSPACED}{_SIGNS}]+")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text that is the same in both, was added, or was removed."""

    kind: SpanKind
    text: str


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Words of each text that are still to be compared, from and to, and how often they were cut already."""

    start: int
    end: int
    other: int
    other_end: int
    depth: int = 0


def words(text: str) -> list[str]:
    """The text cut into words, signs and blanks; put together they are the text again.

    Where a script sets no blanks between words (Chinese, Japanese, Thai, Lao), each character stands for itself.
    """
    return _TOKEN.findall(text)


def mark(before: str, after: str) -> tuple[Span, ...]:
    """What is the same, removed and added, in reading order; what was removed stands before what was added."""
    ours, theirs = words(before), words(after)
    spans: list[Span] = []
    start = other = 0
    for here, there, length in [*_joined(_matches(ours, theirs), ours), (len(ours), len(theirs), 0)]:
        marked: tuple[tuple[SpanKind, list[str]], ...] = (
            ("removed", ours[start:here]), ("added", theirs[other:there]), ("same", ours[here : here + length]),
        )
        spans += [Span(kind, "".join(some)) for kind, some in marked if some]
        start, other = here + length, there + length
    return tuple(spans)


def _joined(found: Iterable[tuple[int, int, int]], ours: Sequence[str]) -> list[tuple[int, int, int]]:
    """Matches that touch are one; a single blank between two changes is no match worth showing."""
    joined: list[tuple[int, int, int]] = []
    for here, there, length in sorted(found):
        if joined and joined[-1][0] + joined[-1][2] == here and joined[-1][1] + joined[-1][2] == there:
            first, second, so_far = joined.pop()
            joined.append((first, second, so_far + length))
        else:
            joined.append((here, there, length))
    return [each for each in joined if not _only_blank(ours[each[0] : each[0] + each[2]])]


def _only_blank(some: Sequence[str]) -> bool:
    return len(some) == 1 and some[0].isspace() and "\n" not in some[0]


def _matches(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Where the same words stand: index in ours, index in theirs, how many; in no certain order."""
    waiting = [_Stretch(0, len(ours), 0, len(theirs))]
    while waiting:
        stretch = waiting.pop()
        ends, inner = _trimmed(stretch, ours, theirs)
        yield from ends
        size, other_size = inner.end - inner.start, inner.other_end - inner.other
        if not size or not other_size:
            continue
        if size * other_size <= SMALL:
            yield from _word_by_word(inner, ours, theirs)
        elif inner.depth < DEEPEST:
            anchors = _anchors(inner, ours, theirs)
            yield from ((here, there, 1) for here, there in anchors)
            waiting += _between(inner, anchors)


def _trimmed(stretch: _Stretch, ours: Sequence[str], theirs: Sequence[str]) -> tuple[list[tuple[int, int, int]], _Stretch]:
    """What is the same at both ends, and what is left between."""
    most = min(stretch.end - stretch.start, stretch.other_end - stretch.other)
    head = tail = 0
    while head < most and ours[stretch.start + head] == theirs[stretch.other + head]:
        head += 1
    while tail < most - head and ours[stretch.end - 1 - tail] == theirs[stretch.other_end - 1 - tail]:
        tail += 1
    inner = _Stretch(
        stretch.start + head, stretch.end - tail, stretch.other + head, stretch.other_end - tail, stretch.depth,
    )
    ends = [(stretch.start, stretch.other, head), (inner.end, inner.other_end, tail)]
    return [end for end in ends if end[2]], inner


def _word_by_word(stretch: _Stretch, ours: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    some, others = ours[stretch.start : stretch.end], theirs[stretch.other : stretch.other_end]
    for block in SequenceMatcher(None, some, others, autojunk=False).get_matching_blocks():
        if block.size:
            yield stretch.start + block.a, stretch.other + block.b, block.size


def _anchors(stretch: _Stretch, ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[int, int]]:
    """Where a phrase begins that stands once in each stretch: the longest choice in the same order in both."""
    for length in PHRASES:
        here = _once(ours, stretch.start, stretch.end, length)
        there = _once(theirs, stretch.other, stretch.other_end, length)
        shared = sorted((at, there[phrase]) for phrase, at in here.items() if phrase in there)
        if shared:
            return rising(shared)
    return []


def _once(text: Sequence[str], start: int, end: int, length: int) -> dict[tuple[str, ...], int]:
    """The phrases of that many words that stand once there, and where they begin."""
    places: dict[tuple[str, ...], int] = {}
    twice = set()
    for at in range(start, end - length + 1):
        phrase = tuple(text[at : at + length])
        if places.setdefault(phrase, at) != at:
            twice.add(phrase)
    return {phrase: at for phrase, at in places.items() if phrase not in twice}


def rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest choice of the pairs, sorted by the first number, in which the second rises too."""
    lasts: list[int] = []
    chosen: list[int] = []
    before: list[int] = []
    for index, (_, value) in enumerate(pairs):
        at = bisect_left(lasts, value)
        before.append(chosen[at - 1] if at else -1)
        if at == len(lasts):
            lasts.append(value)
            chosen.append(index)
        else:
            lasts[at], chosen[at] = value, index
    rising: list[tuple[int, int]] = []
    index = chosen[-1] if chosen else -1
    while index >= 0:
        rising.append(pairs[index])
        index = before[index]
    return rising[::-1]


def _between(stretch: _Stretch, anchors: Sequence[tuple[int, int]]) -> list[_Stretch]:
    """What lies before, between and after the anchors."""
    if not anchors:
        return []
    edges = [(stretch.start - 1, stretch.other - 1), *anchors, (stretch.end, stretch.other_end)]
    return [
        _Stretch(here + 1, next_here, there + 1, next_there, stretch.depth + 1)
        for (here, there), (next_here, next_there) in pairwise(edges)
        if here + 1 < next_here and there + 1 < next_there
    ]
