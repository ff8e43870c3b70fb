"""Compares two versions of a policy clause by clause: same, changed, renumbered, moved, split, merged, new, removed.

Pure: it takes clauses in reading order and gives pairs in reading order. A clause is paired with the one of the same id;
then by number and heading; by a heading that stands once; by the same words; by number where words are alike; by alike
words. A clause that is then left over is new or removed, unless most of its words come from one clause before (it was
split off) or stand in one clause now (it was merged into it).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from portal.rulebook.pairing import ComparedClause, Read, pair_up, relatives
from portal.rulebook.wording import Span, mark, rising

__all__ = ["ComparedClause", "Comparison", "Pair", "PairKind", "Span", "compare"]

PairKind = Literal["same", "changed", "renumbered", "moved", "split", "merged", "new", "removed"]


@dataclass(frozen=True)
class Pair:
    """What became of one clause.

    `before` is None for a new clause, `after` for a removed one. A clause that was *split* off names in `before` the
    clause that its words come from, one that was *merged* names in `after` the clause in which its words stand now; that
    other clause has a pair of its own. `changed` says whether words changed, whatever the kind.
    """

    kind: PairKind
    before: ComparedClause | None
    after: ComparedClause | None
    changed: bool

    @cached_property
    def words(self) -> tuple[Span, ...]:
        """The clause's words with what changed. A split or merged clause shows its own words only.

        So each word of both versions stands once in a comparison: leave out the split pairs, and the text before can be
        put together again; leave out the merged ones, and the text after can.
        """
        spans = mark(self.before.text if self.before else "", self.after.text if self.after else "")
        other = {"split": "removed", "merged": "added"}.get(self.kind)
        return tuple(span for span in spans if span.kind != other)


@dataclass(frozen=True)
class Comparison:
    """Every pair in the order of the version after; what is gone stands where it stood."""

    pairs: tuple[Pair, ...]


def compare(before: Sequence[ComparedClause], after: Sequence[ComparedClause]) -> Comparison:
    """What became of each clause. The words of a pair are marked when they are first asked for."""
    ours, theirs = [Read(clause) for clause in before], [Read(clause) for clause in after]
    found = pair_up(ours, theirs)
    old_of = {new: old for old, new in found.items()}
    steady = rising(sorted(found.items()))
    gone = _gone(before, after, ours, theirs, found, steady)
    sources = relatives([i for i in range(len(after)) if i not in old_of], theirs, ours, found, theirs)
    in_place = {new for _, new in steady}
    pairs = list(gone.get(-1, []))
    for index, clause in enumerate(after):
        if index in old_of:
            pairs.append(_pair(ours[old_of[index]], theirs[index], before[old_of[index]], clause, index in in_place))
        elif index in sources:
            pairs.append(Pair("split", before[sources[index]], clause, True))
        else:
            pairs.append(Pair("new", None, clause, True))
        pairs += gone.get(index, [])
    return Comparison(tuple(pairs))


def _gone(
    before: Sequence[ComparedClause], after: Sequence[ComparedClause], ours: Sequence[Read], theirs: Sequence[Read],
    found: dict[int, int], steady: Sequence[tuple[int, int]],
) -> dict[int, list[Pair]]:
    """The clauses that have no successor of their own, by the index of the clause now behind which they stood."""
    left = [index for index in range(len(before)) if index not in found]
    old_of = {new: old for old, new in found.items()}
    targets = relatives(left, ours, theirs, old_of, ours)
    gone: dict[int, list[Pair]] = {}
    for index in left:
        at = bisect_left(steady, (index, -1)) - 1
        place = steady[at][1] if at >= 0 else -1
        into = after[targets[index]] if index in targets else None
        gone.setdefault(place, []).append(Pair("merged" if into else "removed", before[index], into, True))
    return gone


def _pair(was: Read, now: Read, before: ComparedClause, after: ComparedClause, in_place: bool) -> Pair:
    changed = was.bare != now.bare
    if was.number != now.number:
        return Pair("renumbered", before, after, changed)
    kind: PairKind = "changed" if changed else "same"
    return Pair(kind if in_place else "moved", before, after, changed)
