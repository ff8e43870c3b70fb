"""Which number and which id each unit of an adopted text gets, so that both stay the same through its versions.

An id is made of the path of numbers and the heading; a clause that stood in the version before keeps the id that it had
there, whatever its number is now (`pairing.py` says which is which). An id that a clause of any older version had is never
given to another clause.
"""

import re
import unicodedata
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from portal.rulebook.numbering import latin_number
from portal.rulebook.pairing import Read, pair_up
from portal.rulebook.placing import Unit
from portal.rulebook.reading import KEY, OPENING, ClauseText, PolicyError, PolicyText

LONGEST_KEY = 80
SHORT = 60


@dataclass(frozen=True, slots=True)
class Note:
    """Something that whoever publishes the text should know; `line` counts from 1 in their text, 0 = all of it."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A unit with the id and number that it has in our file."""

    unit: Unit
    key: str
    number: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A unit as it is compared with the clauses of the version before."""

    key: str
    number: str
    heading: str
    text: str


def slug(words: str) -> str:
    """Words as an id: small Latin letters, digits and hyphens; empty when nothing of them can be written so."""
    folded = unicodedata.normalize("NFKD", words.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    joined = "-".join(re.findall(r"[a-z0-9]+", folded.replace("'", "")))
    return joined if len(joined) <= LONGEST_KEY else joined[:LONGEST_KEY].rpartition("-")[0]


def name_units(
    units: Sequence[Unit], lines: Sequence[str], offset: int, *, earlier: PolicyText | None = None,
    older: Iterable[PolicyText] = (), ids: Mapping[str, str] | None = None,
) -> tuple[list[Listed], list[Note]]:
    """Every unit with its number and id, and what is worth a note.

    `earlier` is the version before, `older` are those before it, `ids` is what the person who imports decided: the id
    for a number or heading, "new" for one of its own. Errors: PolicyError for such a number, heading or id that fits nothing.
    """
    numbers = _numbers(units)
    decided = _decided(units, numbers, ids or {})
    known = _known_keys(units, numbers, lines, earlier, decided) | {i: key for i, key in decided.items() if key}
    gone = {clause.key: clause for text in (*older, *([earlier] if earlier else [])) for clause in text.clauses}
    taken = {OPENING, *known.values()}
    never = taken | gone.keys()
    counts: dict[str, int] = {}
    listed: list[Listed] = []
    for index, unit in enumerate(units):
        if index not in known:
            made = unit.key if KEY.fullmatch(unit.key) else _made(unit, numbers[index])
            back = made in gone and (gone[made].number, gone[made].heading) == (numbers[index], unit.name)
            known[index] = made if back and index not in decided and made not in taken else _unique(made, never, "{}-{}", counts)
            taken.add(known[index])
            never.add(known[index])
        listed.append(Listed(unit, known[index], numbers[index]))
    return listed, _notes(listed, offset)


def _made(unit: Unit, number: str) -> str:
    """An id of path and name. A chapter whose word is not Latin is "part-1", so that "1" is left for the first article."""
    path = latin_number(number)
    part = "part " if unit.part and not re.search("[a-z]", slug(path)) else ""
    return slug(f"{part}{path} {unit.name if _has_name(unit) else ''}") or "clause"


def _has_name(unit: Unit) -> bool:
    return unit.own_line or not unit.number


def _notes(listed: Sequence[Listed], offset: int) -> list[Note]:
    notes = []
    for each in listed:
        if each.unit.by_position:
            notes.append(Note(each.unit.index + offset, f"Numbered by its place in the list: {each.number}."))
        elif each.number != each.unit.number:
            what = f"{each.unit.number} stands twice, so this one is cited as {each.number}."
            notes.append(Note(each.unit.index + offset, what))
    return notes or ([] if listed else [Note(0, "No heading and no number was found: the whole text is one clause.")])


def _numbers(units: Sequence[Unit]) -> list[str]:
    """Each unit's number, once: headings come before paragraphs, and those before items of lists."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    numbers = [""] * len(units)
    for index in sorted(range(len(units)), key=lambda index: min(units[index].rank[0], 3) // 2):
        numbers[index] = _unique_number(units[index], taken, counts)
    return numbers


def _unique_number(unit: Unit, taken: set[str], counts: dict[str, int]) -> str:
    """The unit's number; one that stands twice gets the name of the part it is in, else a count."""
    if not unit.number:
        return ""
    part, number = unit.parent, _shortened(unit.number)
    while part and part.number:
        part = part.parent
    if number in taken and part:
        number = _shortened(f"{part.name[:SHORT]} {number}")
    candidate = _unique(number, taken, "{} ({})", counts)
    taken.add(candidate)
    return candidate


def _shortened(number: str) -> str:
    """The end of a path that is too long to cite (lists within lists within lists)."""
    return number if len(number) <= SHORT + 10 else f"…{number[-SHORT:]}"


def _unique(name: str, taken: Container[str], shape: str, counts: dict[str, int]) -> str:
    """The name, or the first count of it that is not taken; `counts` remembers how far each name was counted."""
    candidate = name
    while candidate in taken:
        counts[name] = counts.get(name, 1) + 1
        candidate = shape.format(name, counts[name])
    return candidate


def _decided(units: Sequence[Unit], numbers: Sequence[str], ids: Mapping[str, str]) -> dict[int, str]:
    """What the person who imports decided, by place; an empty id stands for one of its own."""
    decided: dict[int, str] = {}
    for name, key in ids.items():
        places = [i for i, unit in enumerate(units) if name in (numbers[i], unit.name)]
        if len(places) != 1:
            raise PolicyError(1, f"“{name}” is the number or heading of {len(places)} clauses.", "Name exactly one.")
        if not KEY.fullmatch(key) or key == OPENING or (key != "new" and key in decided.values()):
            raise PolicyError(1, f"“{key}” cannot be the id of {name}.", "Use small letters and hyphens, once each.")
        decided[places[0]] = "" if key == "new" else key
    return decided


def _known_keys(
    units: Sequence[Unit], numbers: Sequence[str], lines: Sequence[str], earlier: PolicyText | None, decided: Mapping[int, str]
) -> dict[int, str]:
    """The ids that units have from the version before.

    A paragraph without a name that is like nothing there keeps the id of the same number, if no other clause has it now.
    """
    if earlier is None:
        return {}
    before: list[ClauseText] = [c for c in earlier.clauses if c.key != OPENING and c.key not in decided.values()]
    ends = [*(unit.index for unit in units), len(lines)][1:]
    free = [index for index in range(len(units)) if index not in decided]
    after = [
        _Candidate(
            units[i].key if KEY.fullmatch(units[i].key) else "", numbers[i], units[i].name,
            "".join(lines[units[i].index : ends[i]]),
        )
        for i in free
    ]
    found = pair_up([Read(clause) for clause in before], [Read(candidate) for candidate in after])
    known = {free[new]: before[old].key for old, new in found.items()}
    left = {clause.number: clause.key for old, clause in enumerate(before) if clause.number and old not in found}
    for index in free:
        if index not in known and not _has_name(units[index]) and numbers[index] in left:
            known[index] = left[numbers[index]]
    return known
