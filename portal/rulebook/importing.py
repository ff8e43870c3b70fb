"""Adopts a text that others wrote as a policy file of ours, without changing a character of it.

The adopted file is our front matter and then their text, as it stands. Its clauses are listed in the front matter:

    clauses:
    - {at: '### 3. Account Requirements', id: b-3-account-requirements, number: B.3, heading: Account ..., level: 2}

`at` is how the clause's first line begins; `skip` (when it is there) says how many lines that begin so to pass first.
So list items and paragraphs can have an id like any heading, words may be mended without losing the list, and whoever
publishes can edit an `id`, `number` or `heading` by hand. Their own front matter is kept in `source_front_matter`.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import yaml

from portal.rulebook.naming import Listed, Note, name_units, slug
from portal.rulebook.reading import (
    LONGEST_CLAUSE,
    OPENING,
    ClauseText,
    PolicyError,
    PolicyText,
    load_front,
    normalise,
    read_policy,
    read_with_errors,
    split_front,
)
from portal.rulebook.succession import what_became
from portal.rulebook.units import contents, find_units

__all__ = ["Note", "adopt", "original_text", "slug"]

MOST_CLAUSES = 10_000
LONGEST_AT = 60
LONGEST_TITLE = 200
HTML_LIST = re.compile(r"\s*<ol\b", re.IGNORECASE)
TOML_FRONT = re.compile(r"\+\+\+[ \t]*\n((?:.*\n)*?)\+\+\+[ \t]*\n")
LINK = re.compile(r"\]\(#([^)\s]+)\)")
ADDRESS = re.compile(r"^ {0,3}\[([^\]\n^][^\]\n]{0,99})\]:[ \t]*\S", re.MULTILINE)
REFERENCE = re.compile(r"\[([^\[\]\n^][^\[\]\n]{0,299})\]\[([^\[\]\n]{0,100})\]")


def adopt(
    text: str,
    *,
    title: str | None = None,
    published_on: date,
    effective_on: date,
    language: str,
    changes: str = "",
    earlier: PolicyText | None = None,
    older: Iterable[PolicyText] = (),
    ids: Mapping[str, str] | None = None,
) -> tuple[str, list[Note]]:
    """A policy file in our format with the same text, and notes for whoever publishes it.

    `earlier` is the version before, if there is one, and `older` are those before it: clauses that are the same there
    keep their ids, and what came and went is added to `changes`. `ids` are ids that somebody decided, by number or
    heading ("new" for one of its own). Raises PolicyError if the text is not text, or if anything of it would be lost.
    """
    whole = normalise(original_text(text))
    front, body = split_source(whole)
    lines = re.findall(r"[^\n]*\n", body)
    offset = front.count("\n") + 1
    units = find_units(lines)
    if len(units) > MOST_CLAUSES:
        raise PolicyError(offset, f"There are more than {MOST_CLAUSES} numbered units.", "Split it into several policies.")
    listed, notes = name_units(units, lines, offset, earlier=earlier, older=older, ids=ids)
    matter: dict[str, Any] = {
        "title": (title or title_of(front, listed))[:LONGEST_TITLE],
        "published_on": published_on,
        "effective_on": effective_on,
        "language": language,
        "changes": "\n".join(filter(None, (changes.strip(), _differences(listed, lines, earlier, language)))),
    }
    if front:
        matter["source_front_matter"] = front
    adopted = written(matter, entries(listed, lines), body)
    insist_on_the_same(adopted, whole, listed)
    return adopted, sorted([*notes, *_other_notes(lines, listed, offset)], key=lambda note: note.line)


def split_source(whole: str) -> tuple[str, str]:
    """Their front matter, in YAML or TOML, and the rest. A line --- above a text is no front matter: nothing is taken away."""
    front, body = split_front(whole)
    toml = TOML_FRONT.match(whole)
    try:
        if front and isinstance(load_front(front), dict):
            return front, body
        if toml and tomllib.loads(toml.group(1)):
            return whole[: toml.end()], whole[toml.end() :]
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError):
        pass
    return "", whole


def original_text(adopted: str) -> str:
    """The text as its authors wrote it, given back from an adopted file; any other text as it is."""
    policy, errors = read_with_errors(adopted)
    if policy is None or errors or not policy.adopted:
        return adopted
    return str(policy.front_matter.get("source_front_matter") or "") + split_front(policy.text)[1]


def title_of(front: str, listed: Sequence[Listed]) -> str:
    """What their front matter, their greatest heading, or a line by itself above everything calls the text."""
    told = _said_in_front(front)
    if told:
        return told
    top = min(listed, key=lambda each: (each.unit.rank, each.unit.index), default=None)
    first = listed[0].unit if listed else None
    if first and not first.token and first.own_line and (top is None or top.unit.rank != (0, 1)):
        return first.name
    return (top.unit.name if top and top.unit.rank == (0, 1) else "") or "Policy"


def _said_in_front(front: str) -> str:
    """The title in front matter of theirs, in YAML or TOML."""
    toml = TOML_FRONT.match(front)
    matter: Any = (tomllib.loads(toml.group(1)) if toml else load_front(front)) if front else {}
    title = matter.get("title", "") if isinstance(matter, dict) else ""
    return " ".join(title.split()) if isinstance(title, str) else ""


def entries(listed: Iterable[Listed], lines: Sequence[str]) -> list[dict[str, Any]]:
    entries, position = [], 0
    for each in listed:
        at = lines[each.unit.index].rstrip("\n")[:LONGEST_AT]
        skip = sum(line.startswith(at) for line in lines[position : each.unit.index])
        entry: dict[str, Any] = {"at": at, "id": each.key, "number": each.number, "heading": each.unit.name}
        entry["level"] = each.unit.depth
        entries.append(entry | ({"skip": skip} if skip else {}))
        position = each.unit.index + 1
    return entries


def written(matter: dict[str, Any], entries: Sequence[dict[str, Any]], body: str) -> str:
    front = yaml.dump(matter, Dumper=_Blocks, sort_keys=False, allow_unicode=True, width=100)
    one_line: dict[str, Any] = {"default_flow_style": True, "sort_keys": False, "allow_unicode": True, "width": 100_000}
    rows = "".join(f"- {yaml.safe_dump(entry, **one_line)}" for entry in entries)
    return normalise(f"---\n{front}clauses:" + (f"\n{rows}" if rows else " []\n") + "---\n") + body


class _Blocks(yaml.SafeDumper):
    """Writes texts of several lines as they are."""


def _block(dumper: yaml.SafeDumper, words: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", words, style="|" if "\n" in words else None)


_Blocks.add_representer(str, _block)


def insist_on_the_same(adopted: str, whole: str, listed: Sequence[Listed]) -> None:
    read = [clause for clause in read_policy(adopted).clauses if clause.key != OPENING]
    ours = [(each.key, each.number, each.unit.name, each.unit.depth) for each in listed]
    if original_text(adopted) != whole or [(c.key, c.number, c.heading, c.level) for c in read] != ours:
        raise PolicyError(1, "This text cannot be adopted without losing something.", "Please send it to us.")


def _differences(listed: Sequence[Listed], lines: Sequence[str], earlier: PolicyText | None, language: str) -> str:
    """What became of the clauses of the version before, in words, by number and name."""
    if earlier is None:
        return ""
    now = _texts(lines, listed, 1)
    return "\n".join(change.said(language) for change in what_became(earlier.clauses, now))


def _texts(lines: Sequence[str], listed: Sequence[Listed], offset: int) -> list[ClauseText]:
    """The listed clauses with their texts, and with the opening words when nothing is listed above them."""
    starts = [each.unit.index for each in listed]
    opening = [ClauseText(OPENING, "", "", 0, 0, None, "".join(lines[: starts[0] if starts else len(lines)]), offset)]
    for each, end in zip(listed, [*starts[1:], len(lines)], strict=bool(starts)):
        text = "".join(lines[each.unit.index : end])
        opening.append(ClauseText(each.key, each.number, each.unit.name, 0, 0, None, text, each.unit.index + offset))
    return opening


def _other_notes(lines: Sequence[str], listed: Sequence[Listed], offset: int) -> list[Note]:
    """What else is worth knowing: links to nothing, a table of contents, lists in HTML, which have no numbers to cite."""
    keys = {each.key for each in listed}
    notes = [
        Note(index + offset, f"The link to #{key} leads to no clause here.")
        for index, line in enumerate(lines)
        for key in LINK.findall(line)
        if key not in keys
    ]
    notes += [Note(index + offset, "A list of links: taken for a table of contents, so no clause.") for index in contents(lines)]
    texts = _texts(lines, listed, offset)
    html = (index for index, line in enumerate(lines) if HTML_LIST.match(line))
    notes += [
        Note(clause.line, f"The clause from here is longer than {LONGEST_CLAUSE} characters and is shown without its marks.")
        for clause in texts if len(clause.text) > LONGEST_CLAUSE
    ]
    if lines and lines[0].rstrip() in ("---", "+++") and any(line.rstrip() == lines[0].rstrip() for line in lines[1:]):
        notes.append(Note(1, "What stands above the text cannot be read as front matter, so it is part of the text."))
    addresses = {name.casefold(): clause.key for clause in texts for name in ADDRESS.findall(clause.text)}
    notes += [
        Note(clause.line + clause.text.count("\n", 0, link.start()), f"[{link[1]}] has its address in another clause: no link.")
        for clause in texts for link in REFERENCE.finditer(clause.text)
        if addresses.get((link[2] or link[1]).casefold(), clause.key) != clause.key
    ]
    return notes + [Note(index + offset, "The items of this HTML list have no written numbers, so no clauses.") for index in html]
