"""Text at the edge: what is refused, what is normalised, how it is compared, and its canonical bytes."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from portal.core.errors import RuleBroken

_COMPACT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_EXACT = 2**53

TEXT_LIMIT = 300_000
LINE_LIMIT = 200
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CLOSED_BY = {**dict.fromkeys("\u202a\u202b", "\u202c"), **dict.fromkeys("\u2066\u2067\u2068", "\u2069")}
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_FILLERS = frozenset(map(chr, (
    0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2800, 0x3164, *range(0xFE00, 0xFE10), 0xFFA0,
    *range(0xE0100, 0xE01F0),
)))
"""Letters and marks that are drawn as nothing: they fill a place in a script, or choose the shape of what stands before."""
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LOCAL = r"[\w!#$%&'*+/=?^`{|}~-]"
_ADDRESS = re.compile(rf"{_LOCAL}(?:(?:{_LOCAL}|\.){{0,62}}{_LOCAL})?@(?:{_LABEL}\.)+{_LABEL}", re.ASCII)


def clean(text: str, *, limit: int = TEXT_LIMIT, field: str | None = None) -> str:
    """A person's text as it is kept: line ends unified, ends trimmed, nothing else changed; empty where nothing of it is seen.

    Errors: `unstorable_text` for U+0000 and lone surrogates (PostgreSQL cannot keep them), `too_long` over the limit.
    """
    if not storable(text):
        message = "This text contains a character that cannot be stored (an empty or broken one). Please remove it."
        raise RuleBroken("unstorable_text", message, field=field)
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > limit:
        message = "This text is too long: at most %(limit)s characters, yours has %(length)s."
        raise RuleBroken("too_long", message, field=field, limit=limit, length=len(text))
    return "" if blank(text) else text


def needed(
    text: str, missing: str, *, code: str = "empty", field: str, limit: int = TEXT_LIMIT, least: int = 1
) -> str:
    """A text that has to be there, as it is kept: of at least so many characters that can be seen.

    Errors: `code` at the field, saying `missing`; those of `clean`.
    """
    kept = clean(text, limit=limit, field=field)
    if seen_length(kept) < least:
        raise RuleBroken(code, missing, field=field, least=least)
    return kept


def written_reason(reason: str, field: str = "reason") -> str:
    """Why one of us does something, as it is kept. Errors: `reason_missing`, those of `clean`."""
    return needed(reason, "Say in writing why.", code="reason_missing", field=field)


def in_paragraphs(*texts: str | None) -> str:
    """A plain text of several paragraphs; what is empty makes none."""
    return "\n\n".join(text for text in texts if text)


def blank(text: str) -> bool:
    """Whether nothing of a text can be seen: it is empty, or all of it is space, control, or drawn as nothing."""
    return not any(map(_seen, text))


def seen_length(text: str) -> int:
    """How many characters of a text can be seen; what parts words counts as one, however much of it stands there.

    What has to have a least length is measured so: nobody fills it with what nobody reads.
    """
    parts = "".join(one if _seen(one) else " " if one.isspace() else "" for one in text).split()
    return len(" ".join(parts))


def _seen(one: str) -> bool:
    return one not in _FILLERS and unicodedata.category(one) not in _UNSEEN


def storable(text: str) -> bool:
    """Whether both databases can keep a text: it has no U+0000 and no lone surrogate."""
    return "\x00" not in text and (text.isascii() or _SURROGATES.search(text) is None)


def clean_line(text: str, *, limit: int = LINE_LIMIT, field: str | None = None) -> str:
    """A single line: as `clean`, control characters become spaces, and nothing in it turns the direction of what follows it."""
    kept = text if _turns_within(text) else without_turns(text)
    return " ".join(_CONTROL.sub(" ", clean(kept, limit=limit, field=field)).split())


def without_turns(text: str) -> str:
    """A text without the signs that turn the direction of writing, as it may be copied from a sentence of ours."""
    return _TURNS.sub("", text)


def _turns_within(text: str) -> bool:
    """Whether each sign that turns the direction of writing is closed in its text, and none forces one on the letters: else a
    name would turn the amount beside it round, or read otherwise than it is. Source: UAX 9, explicit directions."""
    waiting: list[str] = []
    for sign in _TURNS.findall(text):
        if sign in _CLOSED_BY:
            waiting.append(_CLOSED_BY[sign])
        elif not waiting or waiting.pop() != sign:
            return False
    return not waiting


def header_safe(text: str) -> str:
    """What may stand in a mail header: no control characters, no encoded words (Python 3.11 decodes them)."""
    return _CONTROL.sub(" ", text).replace("=?", "= ?")


def is_address(text: str) -> bool:
    """Whether mail can go to this address and to no other: nothing in it means something to a header or a mail server.

    A domain of several names; in other letters than ASCII only where its `xn--` form says the same letters again (RFC 5890).
    """
    local, _, domain = text.rpartition("@")
    try:
        known = domain if domain.isascii() else domain.encode("idna").decode()
        same = domain.isascii() or known.encode().decode("idna") == domain
    except UnicodeError:
        return False
    return same and _ADDRESS.fullmatch(f"{local}@{known}") is not None and "=?" not in text and ".." not in text


def clean_address(text: str) -> str:
    """An address as it is kept. Errors: `not_an_address` for what mail would not reach, or would reach somewhere else."""
    if not is_address(text):
        raise RuleBroken("not_an_address", "This is no address to which mail can go.", field="email")
    return text


def normal_email(address: str) -> str:
    """The form in which addresses are compared and unique."""
    return unicodedata.normalize("NFKC", address).strip().casefold()


def fold(text: str) -> str:
    """The form in which text is searched: case and accents off, on both databases alike."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in bare if not unicodedata.combining(c))


def plain(value: Any) -> Any:
    """A value as canonical JSON carries it: instants in UTC with microseconds, keys as text and in their order.

    Errors: ValueError for a whole number that JSON readers cannot hold exactly, TypeError for what has no form.
    """
    form = _FORMS.get(type(value)) or next((_FORMS[kind] for kind in _FORMS if isinstance(value, kind)), None)
    if form is None:
        raise TypeError(f"no canonical form for {type(value).__name__}")
    return form(value)


def _same(value: Any) -> Any:
    return value


def _whole(value: int) -> int:
    if not -_EXACT < value < _EXACT:
        raise ValueError("a number beyond what JSON readers hold exactly: write it as text")
    return value


def _in_order(value: dict[Any, Any]) -> dict[str, Any]:
    if _ascii(value):
        return {key: each if type(each := value[key]) is str else plain(each) for key in sorted(value)}
    return {key: plain(value[given]) for key, given in sorted(((str(k), k) for k in value), key=_place)}


def _listed(value: Sequence[Any]) -> list[Any]:
    return [each if type(each) is str else plain(each) for each in value]


def _instant(value: datetime) -> str:
    in_utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return f"{in_utc.isoformat(timespec='microseconds')[:26]}Z"


_FORMS: dict[type[Any], Callable[[Any], Any]] = {
    str: _same, bool: _same, type(None): _same, int: _whole, dict: _in_order, list: _listed, tuple: _listed,
    datetime: _instant, date: date.isoformat, UUID: str, bytes: bytes.hex,
}
"""The form of each kind of value, the narrower kind before the wider one (a truth value is a number, an instant a day)."""


def _ascii(keys: Iterable[Any]) -> bool:
    """Whether they are all text that sorts alike in every encoding."""
    try:
        return "".join(keys).isascii()
    except TypeError:
        return False


def _place(pair: tuple[str, Any]) -> bytes:
    """Where a key stands: RFC 8785 sorts by UTF-16 code units."""
    return pair[0].encode("utf-16-be", "surrogatepass")


def canonical(value: Any) -> str:
    """RFC 8785 text of a value: the form in which records are frozen and hashed. There are no fractions in our records.

    Errors: those of `plain`; ValueError for text that is not Unicode.
    """
    text = _COMPACT.encode(plain(value))
    if not text.isascii():
        text.encode()
    return text


def sha256(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
