"""Reading a file that proposes many decisions: CSV or NDJSON with one set of columns; what is wrong is named by its line.

The format is described in docs/many.md. Nothing here knows a database: whether a line can be decided is asked in `many`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from portal.core.errors import Refusal, RuleBroken
from portal.core.i18n import N_
from portal.core.text import clean
from portal.enforcement.rules import CONDUCT_DAYS

FORMATS = ("csv", "ndjson")
LARGEST, MOST_LINES = 2_000_000, 500
COLUMNS = (
    "account", "case", "policy", "clause", "conduct_from", "conduct_to", "measure", "ends_on", *CONDUCT_DAYS, "scope", "interim",
    "facts", "why", "objects", "exhibits", "no_exhibit", "spoke_for", "weighed", "would_change", "automated_detection",
)
NEEDED = ("account", "clause", "conduct_from", "conduct_to", "measure", "facts", "why", "objects", "would_change")
LISTS, FLAGS, LONG = ("scope", "objects", "exhibits", "would_change"), ("interim", "automated_detection"), (
    "facts", "why", "spoke_for", "weighed",
)
BETWEEN, SEPARATORS, MARK = "|", ",;", "\ufeff"
SAYS = {**dict.fromkeys(("yes", "true", "1"), True), **dict.fromkeys(("no", "false", "0", ""), False)}


@dataclass(frozen=True, slots=True)
class Line:
    """One proposed decision as the file says it, and in which line of the file it begins."""

    line: int
    cells: dict[str, Any]

    def text(self, column: str) -> str:
        return str(self.cells.get(column) or "")

    def listed(self, column: str) -> list[str]:
        return list(self.cells.get(column) or [])

    def says(self, column: str) -> bool:
        return bool(self.cells.get(column))


@dataclass(frozen=True, slots=True)
class Refused:
    """What is wrong with a line: in which column ("" for all of it), and the sentence."""

    line: int
    column: str
    error: Refusal


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says: its digest and format, the lines that can be read, and what is wrong with the others."""

    sha256: str
    format: str
    lines: tuple[Line, ...] = ()
    refused: tuple[Refused, ...] = ()

    def plain(self) -> str:
        """What stands for the file in a request key."""
        return self.sha256


class Unreadable(RuleBroken):
    """A line that cannot be read: `line` says which."""

    line: int = 1


def read_file(content: bytes) -> Read:
    """Every line of a file. What is wrong with the file as a whole is the only thing said of it.

    Not a line is read beyond what one file may have.
    """
    kind, digest = "csv", hashlib.sha256(content).hexdigest()
    try:
        text = _text(content)
        kind = "ndjson" if text.lstrip()[:1] in ("{", "[") else "csv"
        found = list(islice(_ndjson(text) if kind == "ndjson" else _csv(text), MOST_LINES + 1))
        if len(found) > MOST_LINES:
            message = N_("This file proposes more than %(most)s decisions: send it in parts.")
            raise _broken("too_many_lines", message, 1, most=MOST_LINES)
        if not found:
            raise _broken("no_lines", N_("This file proposes nothing: it has no line below its header."), 1)
    except Unreadable as error:
        return Read(digest, kind, refused=(Refused(error.line, error.field or "", error),))
    lines = tuple(one for one in found if isinstance(one, Line))
    return Read(digest, kind, lines, tuple(one for one in found if isinstance(one, Refused)))


def _broken(code: str, message: str, line: int, column: str = "", **params: Any) -> Unreadable:
    error = Unreadable(code, message, field=column or None, **params)
    error.line = line
    return error


def _text(content: bytes) -> str:
    if len(content) > LARGEST:
        message = N_("This file is larger than %(most)s MB. Send it in parts.")
        raise _broken("too_large", message, 1, most=LARGEST // 1_000_000)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[:error.start].count(b"\n") + 1
        raise _broken("not_utf8", N_("This is not UTF-8 text. Save the file as UTF-8 and send it again."), line) from None
    return text.removeprefix(MARK)


def _csv(text: str) -> Iterator[Line | Refused]:
    separator = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    header, ended = None, 0
    while True:
        begun = ended + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            message = N_("This line cannot be read as CSV: look at its quotation marks, and whether a cell is very long.")
            raise _broken("not_csv", message, begun) from None
        ended = reader.line_num
        if not any(cell.strip() for cell in row):
            continue
        if header is None:
            header = _header([cell.strip().lower() for cell in row], begun)
        else:
            yield _row(header, row, begun)


def _separator(text: str) -> str:
    """A comma or a semicolon, whichever makes more columns of the first line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(SEPARATORS, key=lambda one: sum(cell.strip(' "').lower() in COLUMNS for cell in first.split(one)))


def _header(names: list[str], line: int) -> list[str]:
    for name in names:
        if name not in COLUMNS:
            message = N_("The header names a column that we do not know. These are known: %(columns)s.")
            raise _broken("unknown_column", message, line, name[:60], columns=", ".join(COLUMNS))
        if names.count(name) > 1:
            raise _broken("column_twice", N_("The header names the column %(name)s twice."), line, name, name=name)
    missing = [name for name in NEEDED if name not in names]
    if missing:
        message = N_("The header lacks columns that every decision needs: %(columns)s.")
        raise _broken("column_missing", message, line, columns=", ".join(missing))
    return names


def _row(header: list[str], row: list[str], line: int) -> Line | Refused:
    if len(row) > len(header):
        message = N_("This line has more cells than the header: %(cells)s instead of %(columns)s.")
        return _refused("too_many_cells", message, line, cells=len(row), columns=len(header))
    given: dict[str, Any] = dict(zip(header, row, strict=False))
    return _line({name: value.split(BETWEEN) if name in LISTS else value for name, value in given.items()}, line)


def _ndjson(text: str) -> Iterator[Line | Refused]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, object_pairs_hook=_once)
        except (ValueError, RecursionError):
            message = N_("This line is not a JSON object, or names something twice.")
            yield _refused("not_json", message, number)
            continue
        yield _line(value, number) if isinstance(value, dict) else _refused(
            "not_json", N_("This line is not a JSON object, or names something twice."), number
        )


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Errors: ValueError for a name that stands twice: nobody could say which of the two counts."""
    listed = list(pairs)
    found = dict(listed)
    if len(found) != len(listed):
        raise ValueError("a name stands twice")
    return found


def _refused(code: str, message: str, line: int, column: str = "", **params: Any) -> Refused:
    return Refused(line, column, RuleBroken(code, message, field=column or None, **params))


def _line(given: dict[str, Any], line: int) -> Line | Refused:
    """A line with each value as what its column holds."""
    cells: dict[str, Any] = {}
    try:
        for name, value in given.items():
            if name not in COLUMNS:
                message = N_("This line names a column that we do not know. These are known: %(columns)s.")
                raise RuleBroken("unknown_column", message, field=name[:60], columns=", ".join(COLUMNS))
            cells[name] = _value(name, value)
        for name in NEEDED:
            if not cells.get(name):
                raise RuleBroken("cell_missing", N_("Every decision needs the column %(name)s."), field=name, name=name)
    except RuleBroken as error:
        return Refused(line, error.field or "", error)
    return Line(line, cells)


def _value(name: str, value: Any) -> Any:
    if name in FLAGS:
        said = SAYS.get(str("" if value is None else value).strip().lower())
        if said is None:
            raise RuleBroken("not_yes_or_no", N_("Write yes or no."), field=name)
        return said
    if name in LISTS:
        listed = value if isinstance(value, list) else [] if value is None else [value]
        return [text for one in listed if (text := _one_line(name, one))]
    return _plain(name, value) if name in LONG else _one_line(name, value)


def _plain(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RuleBroken("not_text", N_("Write this as text."), field=name)
    return clean(str(value), field=name)


def _one_line(name: str, value: Any) -> str:
    return " ".join(_plain(name, value).split())
