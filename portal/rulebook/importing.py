"""Adopts a text that others wrote as a policy file of ours, without changing a character of it.

The adopted file is our front matter and then their text, as it stands. Its clauses are listed in the front matter:

    clauses:
    - {at: '### 3. Account Requirements', id: b-3-account-requirements, number: B.3, heading: Account ..., level: 2}

`at` is how the clause's first line begins; `skip` (when it is there) says how many lines that begin so to pass first.
So list items and paragraphs can have an id like any heading, words may be mended without losing the list, and whoever
publishes can edit an `id`, `number` or `heading` by hand. Their own front matter is kept in `source_front_matter`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from portal.rulebook.reading import (
    KEY,
    OPENING,
    ClauseText,
    PolicyError,
    PolicyText,
    normalise,
    read_policy,
    read_with_errors,
    split_front,
)
from portal.rulebook.units import Unit, find_units

LONGEST_KEY = 80
LONGEST_AT = 60
LONGEST_NUMBER = 60
LONGEST_TITLE = 200
LINK = re.compile(r"\]\(#([^)\s]+)\)")


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


def adopt(
    text: str,
    *,
    title: str | None = None,
    published_on: date,
    effective_on: date,
    language: str,
    changes: str = "",
    earlier: PolicyText | None = None,
) -> tuple[str, list[Note]]:
    """A policy file in our format with the same text, and notes for whoever publishes it.

    `earlier` is the version before, if there is one: clauses that are the same there keep their ids, and what came and
    went is added to `changes`. Raises PolicyError if the text is not text, or if anything of it would be lost.
    """
    whole = normalise(original_text(text))
    front, body = split_front(whole)
    lines = re.findall(r"[^\n]*\n", body)
    listed, notes = _listed(find_units(lines), front.count("\n") + 1, earlier)
    matter: dict[str, Any] = {
        "title": (title or _title(front, listed))[:LONGEST_TITLE],
        "published_on": published_on,
        "effective_on": effective_on,
        "language": language,
        "changes": "\n".join(filter(None, (changes.strip(), _differences(listed, earlier)))),
    }
    if front:
        matter["source_front_matter"] = front
    adopted = _written(matter, _entries(listed, lines), body)
    _insist_on_the_same(adopted, whole, listed)
    return adopted, notes + _dead_links(lines, listed, front.count("\n") + 1)


def original_text(adopted: str) -> str:
    """The text as its authors wrote it, given back from an adopted file; any other text as it is."""
    policy, errors = read_with_errors(adopted)
    if policy is None or errors or not policy.adopted:
        return adopted
    return str(policy.front_matter.get("source_front_matter") or "") + split_front(policy.text)[1]


def slug(words: str) -> str:
    """Words as an id: small Latin letters, digits and hyphens; empty when nothing of them can be written so."""
    folded = unicodedata.normalize("NFKD", words.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    joined = "-".join(re.findall(r"[a-z0-9]+", folded.replace("'", "")))
    return joined if len(joined) <= LONGEST_KEY else joined[:LONGEST_KEY].rpartition("-")[0]


def _listed(units: Sequence[Unit], offset: int, earlier: PolicyText | None) -> tuple[list[Listed], list[Note]]:
    listed: list[Listed] = []
    notes: list[Note] = []
    numbers: set[str] = set()
    known = _known_keys(units, earlier)
    keys = {OPENING, *known.values()}
    for unit in units:
        number = _unique_number(unit, numbers)
        made = unit.key if KEY.fullmatch(unit.key) else slug(f"{number} {unit.name if _has_name(unit) else ''}")
        listed.append(Listed(unit, known.get(id(unit)) or _unique(made or "clause", keys), number))
        if unit.by_position:
            notes.append(Note(unit.index + offset, f"Numbered by its place in the list: {number}."))
        elif number != unit.number:
            notes.append(Note(unit.index + offset, f"{unit.number} stands twice, so this one is cited as {number}."))
    if not listed:
        notes.append(Note(0, "No heading and no number was found: the whole text is one clause."))
    return listed, notes


def _known_keys(units: Sequence[Unit], earlier: PolicyText | None) -> dict[int, str]:
    """The ids of the version before: by number and name, else by a name that stands once, else by number alone.

    The last only for paragraphs and items, whose first words may have been mended.
    """
    if earlier is None:
        return {}
    exact = {(clause.number, clause.heading): clause.key for clause in earlier.clauses}
    names = Counter(clause.heading for clause in earlier.clauses)
    ours = Counter(unit.name for unit in units)
    single = {c.heading: c.key for c in earlier.clauses if c.heading and names[c.heading] == 1}
    by_number = {clause.number: clause.key for clause in earlier.clauses if clause.number}
    guesses = [
        *((unit, exact.get((unit.number, unit.name))) for unit in units),
        *((unit, single.get(unit.name)) for unit in units if ours[unit.name] == 1),
        *((unit, by_number.get(unit.number)) for unit in units if not _has_name(unit)),
    ]
    known: dict[int, str] = {}
    taken = {OPENING}
    for unit, key in guesses:
        if key and key not in taken and id(unit) not in known:
            known[id(unit)] = key
            taken.add(key)
    return known


def _has_name(unit: Unit) -> bool:
    return unit.own_line or not unit.number


def _unique_number(unit: Unit, taken: set[str]) -> str:
    """The unit's number; one that stands twice gets the name of the part it is in, else a count."""
    if not unit.number:
        return ""
    part, number = unit.parent, unit.number
    while part and part.number:
        part = part.parent
    if number in taken and part:
        number = f"{part.name[:LONGEST_NUMBER]} {number}"
    count, candidate = 1, number
    while candidate in taken:
        count += 1
        candidate = f"{number} ({count})"
    taken.add(candidate)
    return candidate


def _unique(key: str, taken: set[str]) -> str:
    count, candidate = 1, key
    while candidate in taken:
        count += 1
        candidate = f"{key}-{count}"
    taken.add(candidate)
    return candidate


def _title(front: str, listed: Sequence[Listed]) -> str:
    found = re.search(r"^title:[ \t]*(.+)$", front, re.MULTILINE)
    if found and found.group(1).strip(" \t'\""):
        return found.group(1).strip(" \t'\"")
    top = min(listed, key=lambda each: (each.unit.rank, each.unit.index), default=None)
    return (top.unit.name if top and top.unit.rank == (0, 1) else "") or "Policy"


def _entries(listed: Iterable[Listed], lines: Sequence[str]) -> list[dict[str, Any]]:
    entries, position = [], 0
    for each in listed:
        at = lines[each.unit.index].rstrip("\n")[:LONGEST_AT]
        skip = sum(line.startswith(at) for line in lines[position : each.unit.index])
        entry: dict[str, Any] = {"at": at, "id": each.key, "number": each.number, "heading": each.unit.name}
        entry["level"] = each.unit.depth
        entries.append(entry | ({"skip": skip} if skip else {}))
        position = each.unit.index + 1
    return entries


def _written(matter: dict[str, Any], entries: Sequence[dict[str, Any]], body: str) -> str:
    front = yaml.dump(matter, Dumper=_Blocks, sort_keys=False, allow_unicode=True, width=100)
    one_line: dict[str, Any] = {"default_flow_style": True, "sort_keys": False, "allow_unicode": True, "width": 100_000}
    rows = "".join(f"- {yaml.safe_dump(entry, **one_line)}" for entry in entries)
    return normalise(f"---\n{front}clauses:" + (f"\n{rows}" if rows else " []\n") + "---\n") + body


class _Blocks(yaml.SafeDumper):
    """Writes texts of several lines as they are."""


def _block(dumper: yaml.SafeDumper, words: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", words, style="|" if "\n" in words else None)


_Blocks.add_representer(str, _block)


def _insist_on_the_same(adopted: str, whole: str, listed: Sequence[Listed]) -> None:
    read = [clause for clause in read_policy(adopted).clauses if clause.key != OPENING]
    ours = [(each.key, each.number, each.unit.name, each.unit.depth) for each in listed]
    if original_text(adopted) != whole or [(c.key, c.number, c.heading, c.level) for c in read] != ours:
        raise PolicyError(1, "This text cannot be adopted without losing something.", "Please send it to us.")


def _differences(listed: Iterable[Listed], earlier: PolicyText | None) -> str:
    """What came and what went since the version before, in words, by number and name."""
    if earlier is None:
        return ""
    now = {each.key: f"{each.number} {each.unit.name}".strip() for each in listed}
    before = {clause.key: _called(clause) for clause in earlier.clauses if clause.key != OPENING}
    new = [f"New: {name}." for key, name in now.items() if key not in before]
    gone = [f"Gone: {name} ({key})." for key, name in before.items() if key not in now]
    return "\n".join(new + gone)


def _called(clause: ClauseText) -> str:
    return f"{clause.number} {clause.heading}".strip() or clause.key


def _dead_links(lines: Sequence[str], listed: Iterable[Listed], offset: int) -> list[Note]:
    keys = {each.key for each in listed}
    return [
        Note(index + offset, f"The link to #{key} leads to no clause here.")
        for index, line in enumerate(lines)
        for key in LINK.findall(line)
        if key not in keys
    ]
