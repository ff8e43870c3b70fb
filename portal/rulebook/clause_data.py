"""What the platform publishes about a clause for machines to follow: permitted measures, advice, promises.

It stands beside the text in `<version>.clauses.toml`, a table for each clause id, versioned and hashed with it.
For a rule:

    [off-platform-payment]
    permits = [["warning"], ["warning", "restriction"], ["warning", "restriction", "suspension"]]   # 1st, 2nd, 3rd time
    max_days = [0, 0, 30]            # the longest suspension each time; 0 = the general 90 days
    interim = false                  # one reviewer may act at once, for 72 hours
    safety = false                   # somebody could come to harm
    monetary = false                 # money may be held on a claim of the platform
    asks_identity = false            # it says that we may ask somebody to show who they are
    counterparts = "clause"          # or "category", with `category` and `category_reason`
    dsa_category = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"
    look_back_months = 12
    advice = { en = "Please keep paying here.", es = "Siga pagando aquí." }
    before_you_pay = "not_covered"   # the part of /rules/before-you-pay that quotes it: one of BEFORE_YOU_PAY
    plays = "retaliation"            # what the portal points to it for: one of PARTS, each played by one clause at most

For a promise: `promise` (its name), `kind` (answer: somebody must act in time, or the `consequence` happens; limit:
never more; period: a length of time; number), `length`, `unit`, and in words the `start`. A number of money (`usd`) says
with `amounts` what it is in each currency, in whole units: { USD = 1000, JPY = 150000 }.
A clause without a table permits only a warning.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, cast

from babel.numbers import list_currencies

from portal.rulebook.clause_values import CONSEQUENCES, DSA_CATEGORIES, SPANS
from portal.rulebook.reading import PolicyError

MEASURES = ("warning", "restriction", "suspension", "termination")
COUNTERPARTS = ("clause", "category")
UNITS = ("days", "working_days", "months", "hours", "count", "usd")
KINDS = ("answer", "limit", "period", "number")
BEFORE_YOU_PAY = ("milestones", "dispute", "chargeback", "not_covered")
PARTS = {
    "retaliation": "What people say of pressure because of a report or a dispute is then kept under no rule.",
    "dispute_misuse": "How often a client disputes is then shown to the reviewer, who can look at it under no rule.",
}
"""What the portal points to a rule for, and what happens where no clause plays the part."""
LONGEST_SUSPENSION_DAYS = 90

Texts = tuple[tuple[str, str], ...]
"""The same words in several languages: pairs of language code and text, sorted by code."""


@dataclass(frozen=True, slots=True)
class ClauseData:
    """The machine-readable side of one clause version; without a table, a clause permits only a warning."""

    permits: tuple[tuple[str, ...], ...] = (("warning",), ("warning",), ("warning",))
    max_days: tuple[int | None, ...] = (None, None, None)
    interim: bool = False
    safety: bool = False
    monetary: bool = False
    counterparts: Literal["clause", "category"] = "clause"
    category: Texts = ()
    category_reason: Texts = ()
    advice: Texts = ()
    dsa_category: str = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    look_back_months: int = 12
    promise: str | None = None
    kind: str | None = None
    length: int | None = None
    unit: str | None = None
    start: str | None = None
    consequence: str | None = None
    asks_identity: bool = False
    before_you_pay: str | None = None
    amounts: tuple[tuple[str, int], ...] = ()
    plays: str | None = None

    def permitted(self, occurrence: int) -> tuple[str, ...]:
        """The measures for the first (1), second (2), third or later time within the look-back."""
        return self.permits[min(max(occurrence, 1), len(self.permits)) - 1]

    def longest_suspension(self, occurrence: int) -> int:
        """Days that a suspension may last at this occurrence: what the clause publishes, never more than 90."""
        days = self.max_days[min(max(occurrence, 1), len(self.max_days)) - 1]
        return LONGEST_SUSPENSION_DAYS if days is None else min(days, LONGEST_SUSPENSION_DAYS)

    @property
    def rules(self) -> bool:
        """Whether it says what may follow: where its text is only quoted somewhere, it does not."""
        return replace(self, before_you_pay=None, plays=None) != DEFAULT

    def canonical(self) -> dict[str, Any]:
        """A JSON-able record of every field, the same for the same data: what is frozen and hashed.

        Fields that came later are left out while they say nothing, so that older data keeps its record.
        """
        record: dict[str, Any] = {"v": 1}
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name in _LATER and value == each.default:
                continue
            record[each.name] = dict(value) if each.name in _TABLES else _listed(value)
        return record


DEFAULT = ClauseData()
_TEXTS = ("category", "category_reason", "advice")
_TABLES = (*_TEXTS, "amounts")
_LATER = ("asks_identity", "before_you_pay", "amounts", "plays")


def in_language(texts: Texts, language: str) -> str:
    """The words in that language, else in English, else in whichever there is; empty when there are none."""
    known = dict(texts)
    wished = (language, language.partition("-")[0], "en", *known)
    return next((known[code] for code in wished if known.get(code)), "")


def from_canonical(record: Mapping[str, Any]) -> ClauseData:
    """The data of a frozen record; a field that the record's day did not know has its default."""
    known = {each.name: record[each.name] for each in fields(ClauseData) if each.name in record}
    for name, value in known.items():
        if isinstance(value, list):
            known[name] = tuple(tuple(item) if isinstance(item, list) else item for item in value)
        elif isinstance(value, Mapping):
            known[name] = tuple(sorted(value.items()))
    return ClauseData(**known)


def read_clause_data(text: str) -> dict[str, ClauseData]:
    """The data of each clause id in a `.clauses.toml` file; raises PolicyError for the first thing that is wrong."""
    data, errors = read_data_with_errors(text)
    if errors:
        raise errors[0]
    return data


def read_data_with_errors(text: str) -> tuple[dict[str, ClauseData], list[PolicyError]]:
    """The same, with everything that is wrong; a table with an error is left out."""
    try:
        tables = tomllib.loads(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        what = f"This is not TOML: {str(error).partition(' (at')[0]}."
        return {}, [PolicyError(int(at.group(1)) if at else text.count("\n") + 1, what, "Correct the line.")]
    data: dict[str, ClauseData] = {}
    errors: list[PolicyError] = []
    players: dict[str, str] = {}
    for key, table in tables.items():
        found = _table_errors(text, key, table) or _second_player(text, key, table, players)
        errors += found
        if not found:
            data[key] = _clause_data(table)
    return data, errors


def line_of(text: str, key: str, name: str = "") -> int:
    """The line, from 1, of a clause's table or of one name in it; the table's line when the name is not found."""
    heads = re.compile(rf"^\s*\[\s*\"?{re.escape(key)}\"?\s*[\].]", re.MULTILINE)
    for head in heads.finditer(text):
        here = text.count("\n", 0, head.end()) + 1
        if not name or re.match(rf"\s*{re.escape(name)}\s*\]", text[head.end() :]):
            return here
        rest = text[head.end() :].split("\n[", 1)[0]
        found = re.search(rf"^\s*{re.escape(name)}\s*[=.]", rest, re.MULTILINE)
        if found:
            return here + rest.count("\n", 0, found.start() + len(found.group()) - len(found.group().lstrip()))
    return line_of(text, key) if name else 1


def _listed(value: object) -> object:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def _clause_data(table: Mapping[str, Any]) -> ClauseData:
    record: dict[str, Any] = dict(table)
    for name in _TEXTS:
        if isinstance(record.get(name), str):
            record[name] = {"en": record[name]}
    if "max_days" in record:
        record["max_days"] = [days or None for days in record["max_days"]]
    return from_canonical(record)


def _table_errors(text: str, key: str, table: object) -> list[PolicyError]:
    if not isinstance(table, dict):
        return [PolicyError(1, f"“{key}” is not the table of a clause.", f"Write it below a line [{key}].")]
    errors = []
    for name, value in table.items():
        if name not in _CHECKS:
            what, how = f"“{name}” is not known.", f"Known are: {', '.join(_CHECKS)}."
        elif not _CHECKS[name][0](value):
            what, how = f"“{name}” of {key} is not right.", _CHECKS[name][1]
        else:
            continue
        errors.append(PolicyError(line_of(text, key, name), what, how))
    whole = "" if errors else _whole_error(table)
    return errors + ([PolicyError(line_of(text, key), f"The table of {key} is not whole.", whole)] if whole else [])


def _second_player(text: str, key: str, table: Mapping[str, Any], players: dict[str, str]) -> list[PolicyError]:
    """Two clauses cannot play one part: the portal would not know which of them to name."""
    first = players.setdefault(table["plays"], key) if "plays" in table else key
    if first == key:
        return []
    what = f"{key} plays “{table['plays']}”, and so does {first}."
    return [PolicyError(line_of(text, key, "plays"), what, "Leave `plays` with the one clause that the portal should name.")]


def _whole_error(table: Mapping[str, Any]) -> str:
    """How to mend what no single name shows; empty when the table holds together."""
    if table.get("counterparts") == "category" and not (table.get("category") and table.get("category_reason")):
        return "Where clients are told a category, give `category` and the published `category_reason`."
    if "promise" in table and not {"kind", "unit", "start"} <= table.keys():
        return "A promise has a `kind`, a `length`, a `unit` and a `start`."
    if "promise" not in table and table.keys() & {"kind", "length", "unit", "start", "consequence"}:
        return "Name the promise with `promise`."
    if table.get("kind") == "answer" and "consequence" not in table:
        return "Say with `consequence` what happens when we do not answer in time."
    if table.get("unit") not in (counted := SPANS.get(str(table.get("promise")), UNITS)) and "unit" in table:
        return f"This time is counted in {' or '.join(counted)}."
    if "amounts" in table and (table.get("unit"), table["amounts"].get("USD")) != ("usd", table.get("length")):
        return "`amounts` belong to a `length` of `usd`, and say the same for USD."
    return ""


def _is_number(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_permits(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and all(isinstance(step, list) and step and len(set(map(str, step))) == len(step) for step in value)
        and all(measure in MEASURES for step in cast(list[list[object]], value) for measure in step)
    )


def _is_max_days(value: object) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(_is_number(n, 0, LONGEST_SUSPENSION_DAYS) for n in value)


def _is_texts(value: object) -> bool:
    texts = value.values() if isinstance(value, dict) else [value]
    return bool(texts) and all(isinstance(words, str) and words.strip() for words in texts)


def _is_amounts(value: object) -> bool:
    return isinstance(value, dict) and all(
        name in list_currencies("en") and _is_number(amount, 0, 10**9) for name, amount in value.items()
    )


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[a-z][a-z0-9_]*", value))


def _among(known: frozenset[str] | tuple[str, ...]) -> tuple[Callable[[object], bool], str]:
    return (lambda value: isinstance(value, str) and value in known), f"Choose one of: {', '.join(sorted(known))}."


_FLAG = (_is_flag, "Write true or false.")
_WORDS = (_is_texts, 'Write the words, or a table of languages like { en = "...", es = "..." }.')
_CHECKS: dict[str, tuple[Callable[[object], bool], str]] = {
    "permits": (_is_permits, f"Write three lists, for the first, second, third time, of: {', '.join(MEASURES)}."),
    "max_days": (_is_max_days, "Write three numbers of days from 0 to 90; 0 stands for no limit below 90."),
    "interim": _FLAG,
    "safety": _FLAG,
    "monetary": _FLAG,
    "asks_identity": _FLAG,
    "counterparts": _among(COUNTERPARTS),
    "before_you_pay": _among(BEFORE_YOU_PAY),
    "plays": _among(tuple(PARTS)),
    "category": _WORDS,
    "category_reason": _WORDS,
    "advice": _WORDS,
    "dsa_category": _among(DSA_CATEGORIES),
    "look_back_months": (lambda value: _is_number(value, 1, 120), "Write a number of months from 1 to 120."),
    "promise": (_is_name, "Write a name of small letters and underscores."),
    "kind": _among(KINDS),
    "length": (lambda value: _is_number(value, 0, 100_000), "Write a whole number."),
    "unit": _among(UNITS),
    "amounts": (_is_amounts, "Write whole amounts by currency code, like { USD = 1000, JPY = 150000 }."),
    "start": (_is_texts, "Say in words from when the time runs."),
    "consequence": _among(CONSEQUENCES),
}
