"""Finds which clause of one version is which clause of the next: by id, number, heading, and alike words."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Protocol

from portal.rulebook.reading import CITED_MARKS, WITH_KEY
from portal.rulebook.wording import words

ALIKE = 0.5
PHRASE = 3
COMMON = 20
FEWEST = 4
_BEFORE_NUMBER = re.compile(r"[\s#*_§>+(\\-]*(?:(?:section|article|clause|rule)\s+)?", re.IGNORECASE)
_AFTER_NUMBER = re.compile(r"[\\.):*_\s]+|$")

Phrase = tuple[str, ...]


class ComparedClause(Protocol):
    """What is compared of a clause. An empty `key` is an id that is not known yet."""

    @property
    def key(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def heading(self) -> str: ...
    @property
    def text(self) -> str: ...


class Read:
    """A clause as it is paired: its words without id, number and line breaks."""

    def __init__(self, clause: ComparedClause) -> None:
        self.key, self.heading = clause.key, " ".join(clause.heading.split())
        self.number = CITED_MARKS.sub("", clause.number)
        self.text = clause.text

    @cached_property
    def lead(self) -> str:
        """The first line without id, number and the marks before it."""
        first = self.text.partition("\n")[0]
        keyed = WITH_KEY.fullmatch(first)
        first = keyed["words"] if keyed else first
        start = _BEFORE_NUMBER.match(first)
        after = first[start.end() if start else 0 :]
        return next((after[end:] for end in _number_ends(after, self.number)), first)

    @cached_property
    def bare(self) -> str:
        """The clause without its id and number and with single blanks, for asking whether words changed."""
        return " ".join(f"{self.lead}\n{self.text.partition(chr(10))[2]}".split())

    @cached_property
    def spoken(self) -> tuple[str, ...]:
        """Its words without blanks and signs, in small letters."""
        return tuple(word.casefold() for word in words(self.bare) if any(map(str.isalnum, word)))

    @cached_property
    def phrases(self) -> frozenset[Phrase]:
        """Every row of three words that it holds."""
        some = self.spoken
        return frozenset(some[at : at + PHRASE] for at in range(len(some) - PHRASE + 1))


def _number_ends(words_: str, number: str) -> Iterable[int]:
    """Where the number at the beginning of a line ends: the whole path ("2.1.a") or its last parts ("a")."""
    while number:
        after = _AFTER_NUMBER.match(words_, len(number)) if words_.startswith(number) else None
        if after:
            yield after.end()
        number = re.split(r"[. ]", number, maxsplit=1)[1] if re.search(r"[. ]", number) else ""


def pair_up(before: Sequence[Read], after: Sequence[Read]) -> dict[int, int]:
    """Which clause became which: index before -> index after. Each is in one pair at most."""
    found: dict[int, int] = {}
    rounds: tuple[Callable[[Read], Hashable], ...] = (
        lambda clause: clause.key,
        lambda clause: clause.number and (clause.number, clause.heading),
        lambda clause: clause.heading,
        lambda clause: clause.bare,
    )
    for name in rounds:
        ours, theirs = _standing_once(before, name), _standing_once(after, name)
        _add(found, ((ours[each], theirs[each]) for each in ours if each in theirs))
    ours, theirs = _standing_once(before, _number), _standing_once(after, _number)
    same = ((ours[each], theirs[each]) for each in ours if each in theirs)
    _add(found, ((old, new) for old, new in same if alike(before[old], after[new])))
    _add(found, _most_alike(before, after, found))
    return found


def relatives(
    left: Sequence[int], side: Sequence[Read], others: Sequence[Read], partner: Mapping[int, int], partners: Sequence[Read]
) -> dict[int, int]:
    """For clauses that are left over: the clause on the other side that holds most of their words, if there is one.

    What also stands in the partner of that clause does not count: those words went there and not here.
    """
    index = _index(others)
    found: dict[int, int] = {}
    for each in left:
        phrases = side[each].phrases
        if len(phrases) < FEWEST:
            continue
        shared = Counter(at for phrase in phrases for at in index.get(phrase, ()))
        best, most = -1, 0.0
        for at, _ in shared.most_common(5):
            elsewhere = partners[partner[at]].phrases if at in partner else frozenset()
            share = len((phrases & others[at].phrases) - elsewhere) / len(phrases)
            best, most = (at, share) if share > most else (best, most)
        if most >= ALIKE:
            found[each] = best
    return found


def _number(clause: Read) -> Hashable:
    return clause.number


def _standing_once(clauses: Sequence[Read], name: Callable[[Read], Hashable]) -> dict[Hashable, int]:
    names = [name(clause) for clause in clauses]
    times = Counter(names)
    return {each: index for index, each in enumerate(names) if each and times[each] == 1}


def _add(found: dict[int, int], pairs: Iterable[tuple[int, int]]) -> None:
    taken = set(found.values())
    for old, new in pairs:
        if old not in found and new not in taken:
            found[old] = new
            taken.add(new)


def alike(was: Read, now: Read) -> bool:
    """Whether at least half of the words are the same, or half of the shorter one's phrases stand in the longer one."""
    common = sum((Counter(was.spoken) & Counter(now.spoken)).values())
    if common >= ALIKE * (len(was.spoken) + len(now.spoken)) / 2:
        return bool(common)
    return _contained(was, now) >= ALIKE


def _contained(was: Read, now: Read) -> float:
    fewer = min(len(was.phrases), len(now.phrases))
    return len(was.phrases & now.phrases) / fewer if fewer >= FEWEST else 0.0


def _most_alike(before: Sequence[Read], after: Sequence[Read], found: Mapping[int, int]) -> list[tuple[int, int]]:
    """Pairs among those that are left whose words are alike, the most alike first."""
    index = _index(before)
    taken = set(found.values())
    scored: list[tuple[float, int, int]] = []
    for new, clause in enumerate(after):
        if new in taken:
            continue
        shared = Counter(at for phrase in clause.phrases for at in index.get(phrase, ()) if at not in found)
        for old, _ in shared.most_common(5):
            if _contained(before[old], clause) >= ALIKE:
                both = len(before[old].phrases & clause.phrases)
                scored.append((2 * both / (len(before[old].phrases) + len(clause.phrases)), old, new))
    return [(old, new) for _, old, new in sorted(scored, key=lambda each: (-each[0], each[1:]))]


def _index(clauses: Sequence[Read]) -> dict[Phrase, list[int]]:
    """Where each phrase stands; those that stand in many clauses say nothing."""
    places: dict[Phrase, list[int]] = {}
    for at, clause in enumerate(clauses):
        for phrase in clause.phrases:
            places.setdefault(phrase, []).append(at)
    return {phrase: some for phrase, some in places.items() if len(some) <= COMMON}
