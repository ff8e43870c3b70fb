"""Whether words are the same words, only written rightly: the most that an editorial correction does to them.

There is no dictionary here. A misspelling is near to the right word, stands nowhere else, and neither gains nor loses a
beginning or an ending that makes another word of it ("paid" and "unpaid", "milestone" and "milestones").
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from portal.core.text import fold

FILLING = frozenset(["a", "an", "the"])
"""Words that may be added or left out where no other word changes."""
BEGINNINGS = frozenset([
    "a", "anti", "co", "counter", "de", "des", "dis", "en", "ex", "fore", "il", "im", "in", "inter", "ir", "mal", "mis", "no",
    "non", "out", "over", "post", "pre", "re", "sin", "sub", "un",
])
ENDINGS = frozenset([
    "s", "es", "d", "ed", "r", "er", "or", "n", "en", "ing", "ly", "al", "less", "ful", "able", "mos", "ron", "ndo", "me", "se",
    "le", "lo", "la", "nos",
])
MOST, SHARE = 2, 4
"""How many letters may be other ones: two, and of a short word one in four."""


def other_word(before: Sequence[str], after: Sequence[str], standing: Container[str]) -> str:
    """The first word that became another, came or went; nothing when all are the same words.

    `standing`: the words of the corrected text, small; what is a word there is no misspelling.
    """
    ours, theirs = _without_filling(before), _without_filling(after)
    if len(ours) != len(theirs):
        return max((ours, theirs), key=len)[-1]
    return next((one for one, other in zip(ours, theirs, strict=True) if not same_word(one, other, standing)), "")


def same_word(before: str, after: str, standing: Container[str]) -> bool:
    """Whether the second is the first without its misspelling."""
    old, new = before.casefold(), after.casefold()
    if old == new:
        return True
    if old in standing or _grown(old, new) or _grown(new, old):
        return False
    if fold(old) == fold(new):
        return old[-1] == new[-1]
    return _near(old, new, max(1, min(MOST, min(len(old), len(new)) // SHARE)))


def _without_filling(words: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for word in words:
        if word.casefold() not in FILLING and not (kept and kept[-1].casefold() == word.casefold()):
            kept.append(word)
    return kept


def _grown(short: str, long: str) -> bool:
    """Whether a word only has a beginning or an ending more, which makes another word of it."""
    more = len(long) - len(short)
    return more > 0 and (
        (long.endswith(short) and long[:more].rstrip("-") in BEGINNINGS) or (long.startswith(short) and long[-more:] in ENDINGS)
    )


def _near(old: str, new: str, most: int) -> bool:
    """Whether so many letters at the most were added, left out, exchanged, or set before each other."""
    if abs(len(old) - len(new)) > most:
        return False
    two_before: list[int] = []
    row = list(range(len(new) + 1))
    for i, char in enumerate(old, 1):
        now = [i]
        for j, other in enumerate(new, 1):
            cost = min(row[j] + 1, now[j - 1] + 1, row[j - 1] + (char != other))
            if i > 1 and j > 1 and char == new[j - 2] and old[i - 2] == other:
                cost = min(cost, two_before[j - 2] + 1)
            now.append(cost)
        two_before, row = row, now
    return row[-1] <= most
