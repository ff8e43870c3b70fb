"""Adopts a text in another language as the translation of a version: the same clauses under the same ids, never binding.

Clauses are found in it as in any text that others wrote, and get the id and number of the clause that they translate: by an
id that stands in the text, by the path of numbers ("4.2", "Artículo 4" for "Article 4"), and headings without a number by
their order between two that are known. Nothing of the text is lost: what has no counterpart stands in the clause before it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from portal.rulebook.importing import LONGEST_TITLE, entries, insist_on_the_same, split_source, title_of, written
from portal.rulebook.importing import original_text as as_written
from portal.rulebook.naming import Listed, name_units
from portal.rulebook.numbering import latin_digits
from portal.rulebook.reading import OPENING, ClauseText, PolicyError, PolicyText, normalise, read_policy
from portal.rulebook.units import find_units

NOT_TRANSLATED, TRANSLATION_OF = "not_translated", "translation_of"
_WORD = re.compile(r"(?![ivxlcIVXLC]+\b)[^\W\d_]{3,}\.?\s*")
_FIGURE = re.compile(r"\d(?:[\d.,'’\u00a0\u202f]*\d)?")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which a translation differs from its original; each is confirmed by whoever adopts it."""

    line: str
    asked: bool = True


def adopt_translation(
    text: str, original: PolicyText, *, language: str, title: str | None = None, ids: Mapping[str, str] | None = None
) -> tuple[str, list[Difference]]:
    """A translation file beside `original` with the same text, and in what it differs.

    `ids`: which clause of the original a number or heading translates, as somebody decided. Errors: PolicyError for a text in
    the original's own language, for one of which nothing could be matched, for words above its first clause where the
    original has none, and those of `adopt`.
    """
    if language.partition("-")[0] == original.language.partition("-")[0]:
        raise PolicyError(1, f"The original is in “{original.language}” too.", "Give another --language.")
    whole = normalise(as_written(text))
    front, body = split_source(whole)
    lines = re.findall(r"[^\n]*\n", body)
    found, _notes = name_units(find_units(lines), lines, front.count("\n") + 1)
    listed, stayed = _matched(found, original, ids or {})
    clauses = [clause for clause in original.clauses if clause.key != OPENING]
    if clauses and not listed:
        raise PolicyError(1, "No clause of the original was found in this text.", "Name some with --id NUMBER=ID.")
    known = {each.key for each in listed} | _opening(lines, listed, original)
    missing = [clause for clause in original.clauses if clause.key not in known]
    matter = _matter(original, title or title_of(front, listed), language, [clause.key for clause in missing], front)
    adopted = written(matter, entries(listed, lines), body)
    insist_on_the_same(adopted, whole, listed)
    holding = {max((one for one in listed if one.unit.index < each.unit.index), key=_place, default=each).key for each in stayed}
    return adopted, [*_said(missing, stayed), *_figures(original, read_policy(adopted), holding)]


def _place(each: Listed) -> int:
    return each.unit.index


def not_translated(policy: PolicyText) -> frozenset[str]:
    """Clauses that an adopted translation does not have, as whoever adopted it confirmed: their binding words are shown."""
    listed = policy.front_matter.get(NOT_TRANSLATED) if policy.adopted else None
    return frozenset(map(str, listed)) if isinstance(listed, list) else frozenset()


def _matter(original: PolicyText, title: str, language: str, missing: list[str], front: str) -> dict[str, Any]:
    matter: dict[str, Any] = {
        "title": title[:LONGEST_TITLE], "published_on": original.published_on, "effective_on": original.effective_on,
        "language": language, "changes": original.changes, TRANSLATION_OF: original.effective_on.isoformat(),
        "binding_language": original.language,
    }
    if original.front_matter.get("editorial"):
        matter["editorial"] = True
    if missing:
        matter[NOT_TRANSLATED] = missing
    return matter | ({"source_front_matter": front} if front else {})


def _matched(
    found: Sequence[Listed], original: PolicyText, ids: Mapping[str, str]
) -> tuple[list[Listed], list[Listed]]:
    """The units that translate a clause, with its id and number, in its order; and those that translate none."""
    clauses = [clause for clause in original.clauses if clause.key != OPENING]
    place = {clause.key: at for at, clause in enumerate(clauses)}
    pairs = _decided(found, place, ids)
    for index, each in enumerate(found):
        if each.unit.key in place and place[each.unit.key] not in pairs.values():
            pairs.setdefault(index, place[each.unit.key])
    _by_number(found, clauses, pairs)
    _by_order(found, clauses, pairs)
    kept = _in_order(pairs)
    listed = [Listed(each.unit, clauses[kept[i]].key, clauses[kept[i]].number) for i, each in enumerate(found) if i in kept]
    return listed, [each for i, each in enumerate(found) if i not in kept]


def _decided(found: Sequence[Listed], place: Mapping[str, int], ids: Mapping[str, str]) -> dict[int, int]:
    pairs: dict[int, int] = {}
    for name, key in ids.items():
        here = [index for index, each in enumerate(found) if name in (each.number, each.unit.name)]
        if len(here) != 1:
            raise PolicyError(1, f"“{name}” is the number or heading of {len(here)} clauses.", "Name exactly one.")
        if key not in place:
            raise PolicyError(1, f"The original has no clause “{key}”.", "Use the id of a clause of the original.")
        pairs[here[0]] = place[key]
    return pairs


def _by_number(found: Sequence[Listed], clauses: Sequence[ClauseText], pairs: dict[int, int]) -> None:
    theirs = {_path(clause.number): at for at, clause in reversed(list(enumerate(clauses))) if _path(clause.number)}
    for index, each in enumerate(found):
        at = theirs.get(_path(each.number))
        if at is not None and index not in pairs and at not in pairs.values():
            pairs[index] = at


def _path(number: str) -> str:
    """The path of numbers without words, which every language has its own of: "Annex A.1" and "Anexo A.1" are one."""
    return re.sub(r"[^\w.()]+", " ", _WORD.sub("", latin_digits(number))).strip(" .").lower()


def _by_order(found: Sequence[Listed], clauses: Sequence[ClauseText], pairs: dict[int, int]) -> None:
    """Units that are known by nothing else, where between two known ones there are as many here as in the original."""
    anchors = [(-1, -1), *sorted(_in_order(pairs).items()), (len(found), len(clauses))]
    for (here, there), (here_end, there_end) in pairwise(anchors):
        mine = [i for i in range(here + 1, here_end) if i not in pairs and not _path(found[i].number)]
        taken = set(pairs.values())
        theirs = [at for at in range(there + 1, there_end) if at not in taken and not _path(clauses[at].number)]
        if len(mine) == len(theirs):
            pairs.update(zip(mine, theirs, strict=True))


def _in_order(pairs: Mapping[int, int]) -> dict[int, int]:
    """The most pairs that stand in one order on both sides: a longest rising run."""
    ends: list[int] = []
    tails: list[int] = []
    before: dict[int, int | None] = {}
    for index in sorted(pairs):
        at = bisect_left(ends, pairs[index])
        before[index] = tails[at - 1] if at else None
        ends[at : at + 1] = [pairs[index]]
        tails[at : at + 1] = [index]
    kept: dict[int, int] = {}
    last = tails[-1] if tails else None
    while last is not None:
        kept[last] = pairs[last]
        last = before[last]
    return kept


def _opening(lines: Sequence[str], listed: Sequence[Listed], original: PolicyText) -> set[str]:
    """The key of the opening words, where there are any above the first clause."""
    first = listed[0].unit.index if listed else len(lines)
    if not "".join(lines[:first]).strip():
        return set()
    if not any(clause.key == OPENING for clause in original.clauses):
        raise PolicyError(1, "There are words above the first clause, and none in the original.", "Name their clause with --id.")
    return {OPENING}


def _said(missing: Sequence[ClauseText], stayed: Sequence[Listed]) -> list[Difference]:
    lost = [f"not translated: {clause.number or '-'} ({clause.key}) {clause.heading}".rstrip() for clause in missing]
    more = [f"not in the original: {each.number or '-'} {each.unit.name}".rstrip() for each in stayed]
    return [Difference(line) for line in [*lost, *more]]


def _figures(original: PolicyText, translated: PolicyText, holding: Collection[str]) -> list[Difference]:
    """Clauses whose figures (days, amounts) are others than in the original: the likeliest mistake that changes a meaning.

    `holding`: clauses in which something stands that the original does not have, which is said of them already.
    """
    theirs = {clause.key: clause for clause in original.clauses}
    found = []
    for clause in translated.clauses:
        was, now = _counted(theirs[clause.key]), _counted(clause)
        if was != now and clause.key not in holding:
            gone, more = (" ".join(sorted((one - other).elements())) or "-" for one, other in ((was, now), (now, was)))
            found.append(Difference(f"other figures: {clause.number or '-'} ({clause.key}): {gone} -> {more}"))
    return found


def _counted(clause: ClauseText) -> Counter[str]:
    """Every figure of a clause's words, without the signs that languages write between digits; not its own number."""
    _first, _line, rest = clause.text.partition("\n")
    words = rest if clause.heading else clause.text.replace(clause.number, "", 1)
    return Counter(re.sub(r"\D", "", one) for one in _FIGURE.findall(latin_digits(re.sub(r"\{#[^}]*\}|\]\([^)]*\)", "", words))))
