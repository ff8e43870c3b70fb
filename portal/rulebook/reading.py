"""Reads a policy file into clauses without losing a character of it.

A file is YAML front matter followed by Markdown. Two shapes are read:

* our own: every heading is a clause, `### 4.2 Paying elsewhere {#off-platform-payment}`;
* adopted (`importing.py`): the Markdown stands as its authors wrote it, and the front matter key `clauses` lists where
  each clause begins (`at`: how its first line begins, `skip`: how many such lines to pass before it), with its
  `id`, `number`, `heading` and `level`.

The one normalisation: a leading byte order mark goes, line ends become "\\n", Unicode is composed (NFC), a last line
without an end gets one. After it, `front` and the clause texts put together are the whole file again.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

import yaml

from portal.rulebook.prose import prose

LONGEST_FILE = 2_000_000
LONGEST_CLAUSE = 200_000
OPENING = "opening"
KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
HEADING = re.compile(r"(?P<marks>#{1,6})[ \t]+(?P<words>.*?)(?:[ \t]+#+)?[ \t]*")
WITH_KEY = re.compile(r"(?P<words>.*?)[ \t]*\{#(?P<key>[^}]*)\}")
NUMBERED = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,3})*|[A-Z](?:\.\d{1,3})+|[A-Z](?=\.\s))\.?\s+(?P<heading>.*)")
UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*")
NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
CITED_MARKS = re.compile(r"^(?:rule|section|clause|article)\s+|[§\s]+|\.$", re.IGNORECASE)


class PolicyError(ValueError):
    """A policy file cannot be read: which line (from 1), what is wrong there, how to mend it."""

    def __init__(self, line: int, what: str, how: str) -> None:
        super().__init__(f"line {line}: {what} {how}")
        self.line, self.what, self.how = line, what, how


@dataclass(frozen=True, slots=True)
class ClauseText:
    """One clause as written: `text` starts with its heading line, `line` counts from 1 in the whole file."""

    key: str
    number: str
    heading: str
    level: int
    ordinal: int
    parent: str | None
    text: str
    line: int

    @property
    def cited(self) -> str:
        """What people write when they cite it: the number, else the heading, else the id."""
        return self.number or self.heading or self.key


@dataclass(frozen=True, slots=True)
class PolicyText:
    """One version of one policy in one language; `front` is everything before the first clause, as written."""

    title: str
    published_on: date
    effective_on: date
    language: str
    changes: str
    front_matter: dict[str, Any] = field(hash=False)
    clauses: tuple[ClauseText, ...]
    front: str

    @property
    def text(self) -> str:
        """The whole file, normalised."""
        return self.front + "".join(clause.text for clause in self.clauses)

    @property
    def adopted(self) -> bool:
        """Whether others wrote the text, so that our ids stand in the front matter."""
        return "clauses" in self.front_matter

    def find(self, cited: str) -> ClauseText | None:
        """The clause that somebody cites by id, by number ("4.2", "§ 4.2", "Section B.3.") or by heading."""
        number = CITED_MARKS.sub("", cited.strip())
        for clause in self.clauses:
            if clause.key == cited or (clause.number and CITED_MARKS.sub("", clause.number) == number):
                return clause
        return next((c for c in self.clauses if c.heading and c.heading.casefold() == cited.strip().casefold()), None)


@dataclass(frozen=True, slots=True)
class Start:
    """Where a clause begins: the index of its first line in the body, and how it is called."""

    index: int
    key: str
    number: str
    heading: str
    level: int


def read_policy(text: str) -> PolicyText:
    """Reads one policy file; raises PolicyError for the first thing that is wrong with it."""
    policy, errors = read_with_errors(text)
    if errors or policy is None:
        raise errors[0]
    return policy


def read_with_errors(text: str) -> tuple[PolicyText | None, list[PolicyError]]:
    """Reads one policy file and lists everything that is wrong; the policy is None when nothing can be made of it."""
    try:
        whole = normalise(text)
        front, body = split_front(whole)
        matter = _front_matter(front)
        offset = front.count("\n") + 1
        lines = re.findall(r"[^\n]*\n", body)
        starts = _listed(matter["clauses"], lines, front) if "clauses" in matter else _headed(lines, offset)
        return _assemble(matter, front, lines, starts)
    except PolicyError as error:
        return None, [error]


def normalise(text: str) -> str:
    """The one normalisation (see the head of this file)."""
    found = NOT_TEXT.search(text)
    if found:
        raise PolicyError(text.count("\n", 0, found.start()) + 1, "A character here is not text.", "Delete it.")
    if len(text) > LONGEST_FILE:
        raise PolicyError(1, f"The file is longer than {LONGEST_FILE} characters.", "Split it into several policies.")
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    composed = unicodedata.normalize("NFC", lines)
    return composed if composed.endswith("\n") else composed + "\n"


def split_front(whole: str) -> tuple[str, str]:
    """The front matter with its two `---` lines, and the rest; the front is empty when there is none."""
    front = re.match(r"---[ \t]*\n(?:.*\n)*?---[ \t]*\n", whole)
    return (whole[: front.end()], whole[front.end() :]) if front else ("", whole)


def _front_matter(front: str) -> dict[str, Any]:
    if not front:
        raise PolicyError(1, "There is no front matter.", "Begin with a line ---, the title and dates, and ---.")
    try:
        matter = load_front(front)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        if mark is None and (line := _no_day(front)):
            raise PolicyError(line, "This day is in no calendar.", "Write a day, like 2026-03-01.") from None
        raise PolicyError(mark.line + 1 if mark else 1, "The front matter is not YAML.", "Write `name: value` lines.") from None
    if not isinstance(matter, dict):
        raise PolicyError(1, "The front matter is empty.", "Write the title and dates as `name: value` lines.")
    return matter


def _no_day(front: str) -> int:
    """The line of the first day that does not exist, like 2026-02-30; 0 when there is none."""
    for number, line in enumerate(front.split("\n"), 1):
        for found in re.finditer(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", line):
            try:
                date(*map(int, found.groups()))
            except ValueError:
                return number
    return 0


def load_front(front: str) -> object:
    """What the lines between --- and --- say; the loader in C reads long lists of clauses in a tenth of the time."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(front.rstrip().removesuffix("---").removeprefix("---"), Loader=loader)  # noqa: S506 - both are safe


def _line_of(front: str, name: str) -> int:
    found = re.search(rf"^{re.escape(name)}:", front, re.MULTILINE)
    return front.count("\n", 0, found.start()) + 1 if found else 1


def _headed(lines: Sequence[str], offset: int) -> tuple[list[Start], list[PolicyError]]:
    """Where clauses begin in our own format."""
    starts: list[Start] = []
    errors: list[PolicyError] = []
    before = "\n"
    for index, line in prose(lines):
        heading = HEADING.fullmatch(line)
        if heading:
            start, problem = _heading(index, heading, offset)
            starts.append(start)
            errors.extend(problem)
        elif UNDERLINE.fullmatch(line) and before.strip() and (index < 2 or not lines[index - 2].strip()):
            what, how = "This underlined heading has no id.", "Write it with # and {#an-id}."
            errors.append(PolicyError(index + offset - 1, what, how))
        before = "" if heading else line
    return starts, errors


def _heading(index: int, heading: re.Match[str], offset: int) -> tuple[Start, list[PolicyError]]:
    keyed = WITH_KEY.fullmatch(heading["words"])
    words, key = (keyed["words"], keyed["key"]) if keyed else (heading["words"], "")
    numbered = NUMBERED.fullmatch(words)
    number, name = (numbered["number"], numbered["heading"]) if numbered else ("", words)
    errors = []
    if not KEY.fullmatch(key) or key == OPENING:
        what = f"The heading “{words}” has " + (f"the id “{key}”, which cannot be used." if key else "no id.")
        errors = [PolicyError(index + offset, what, "End it with an id of small letters and hyphens, like {#an-id}.")]
    return Start(index, key, number, name.strip(), len(heading["marks"])), errors


def _listed(entries: object, lines: Sequence[str], front: str) -> tuple[list[Start], list[PolicyError]]:
    """Where clauses begin in an adopted text."""
    line, starts, position = _line_of(front, "clauses"), [], 0
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise PolicyError(line, "`clauses` is not a list of clauses.", "Run the import again.")
    for entry in entries:
        at, key = str(entry.get("at", "")), str(entry.get("id", ""))
        skip, level = entry.get("skip", 0), entry.get("level", 0)
        if not KEY.fullmatch(key) or key == OPENING or not isinstance(skip, int) or not isinstance(level, int):
            raise PolicyError(line, f"The clause “{key or at}” is not well listed.", "Give it an id, `at` and `level`.")
        here = (i for i in range(position, len(lines)) if at and lines[i].startswith(at))
        index = next(islice(here, max(skip, 0), None), None)
        if index is None:
            raise PolicyError(line, f"No line begins with “{at}” for {key}.", "Correct `at`, or import again.")
        starts.append(Start(index, key, str(entry.get("number", "")), str(entry.get("heading", "")), level))
        position = index + 1
    return starts, []


def _assemble(
    matter: dict[str, Any], front: str, lines: list[str], found: tuple[list[Start], list[PolicyError]]
) -> tuple[PolicyText, list[PolicyError]]:
    starts, errors = found
    opening = "".join(lines[: starts[0].index] if starts else lines)
    offset = front.count("\n") + 1
    if opening.strip():
        starts = [Start(0, OPENING, "", "", 0), *starts]
    else:
        front += opening
    clauses = _clauses(starts, lines, offset)
    errors = _field_errors(matter, front) + errors + _clause_errors(clauses, front, "clauses" in matter)
    named: dict[str, Any] = {name: str(matter.get(name) or "") for name in ("title", "language", "changes")}
    named |= {name: _date(matter.get(name)) or date.min for name in ("published_on", "effective_on")}
    return PolicyText(**named, front_matter=matter, clauses=clauses, front=front), errors


def _clauses(starts: Sequence[Start], lines: list[str], offset: int) -> tuple[ClauseText, ...]:
    clauses: list[ClauseText] = []
    above: list[Start] = []
    ends = [*(start.index for start in starts), len(lines)][1:]
    for ordinal, (start, end) in enumerate(zip(starts, ends, strict=True)):
        while above and (above[-1].level >= start.level or above[-1].key == OPENING):
            above.pop()
        parent, text = above[-1].key if above else None, "".join(lines[start.index : end])
        above.append(start)
        named = (start.key, start.number, start.heading, start.level, ordinal, parent)
        clauses.append(ClauseText(*named, text, start.index + offset))
    return tuple(clauses)


def _date(value: object) -> date | None:
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _field_errors(matter: dict[str, Any], front: str) -> list[PolicyError]:
    day, code = "Write a day, like 2026-03-01.", "Write a language code, like en or es."
    checks = (
        ("title", bool(str(matter.get("title") or "").strip()), "Give the policy a title."),
        ("published_on", _date(matter.get("published_on")) is not None, day),
        ("effective_on", _date(matter.get("effective_on")) is not None, day),
        ("language", bool(LANGUAGE.fullmatch(str(matter.get("language", "")))), code),
    )
    bad = ((name, how) for name, good, how in checks if not good)
    return [PolicyError(_line_of(front, name), f"The front matter has no usable `{name}`.", how) for name, how in bad]


def _clause_errors(clauses: Sequence[ClauseText], front: str, adopted: bool) -> list[PolicyError]:
    errors = [] if clauses else [PolicyError(front.count("\n") + 1, "There is no text.", "Write at least one clause.")]
    keys: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for clause in clauses:
        if clause.key and keys.setdefault(clause.key, clause.line) != clause.line:
            what = f"The id “{clause.key}” was used in line {keys[clause.key]}."
            errors.append(PolicyError(clause.line, what, "Choose another."))
        if clause.number and numbers.setdefault(clause.number, clause.line) != clause.line:
            what = f"The number {clause.number} was used in line {numbers[clause.number]}."
            errors.append(PolicyError(clause.line, what, "Number each clause once."))
        if len(clause.text) > LONGEST_CLAUSE and not adopted:
            errors.append(PolicyError(clause.line, "The clause is too long to show.", "Divide it with headings."))
    return errors
