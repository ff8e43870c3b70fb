"""What people send that no form can take, for each kind of field, and long texts in two directions that each can."""

from __future__ import annotations

from typing import Any

from portal.core.text import TEXT_LIMIT

NUL = "before\x00after"
RTL = "\u202bقلت \u2068Tim\u2069 إن العمل \u200fجاهز\u202c"
NO_AMOUNT, TOO_MUCH = ("€17.00", "17.00 EUR", "17,50", "-1", "1e9", "NaN", "9" * 40, NUL), "999999999.00"
BAD: dict[str, tuple[Any, ...]] = {
    "money": (*NO_AMOUNT, "0", TOO_MUCH), "share": (*NO_AMOUNT, TOO_MUCH), "stated": (*NO_AMOUNT, "0"),
    "day": ("2026-02-30", "99999-01-01", "14.3.2026", NUL),
    "number": ("0", "-1", "5.5", "1e9", "99", "٣", "9" * 30, NUL),
    "choice": ("no-such-value", NUL),
    "many": (["no-such-value"], [NUL]),
}
"""What each kind refuses. Of a `share` nothing is an amount too; what an order `stated` can be more than there is."""
TYPED = frozenset({"text", "line", "money", "share", "stated", "day", "number"})
"""What is typed and not chosen: it stands in its field again also when it is wrong."""
FILES = {
    "refused": (b"a,b,c\n1,2,3\n", "table.csv"),
    "empty": (b"", "empty.pdf"),
    "broken": (b"%PDF-1.7\n%%EOF", "broken.pdf"),
    "large": (b"%PDF-1.7\n" + bytes(20 * 1024 * 1024), "large.pdf"),
}
WORDS = 20_000


WORD = "جاهز"
"""A word of `RTL` that stands nowhere else."""


def bad_values(kind: str, limit: int) -> list[Any]:
    """What a field of that kind refuses."""
    if kind in BAD:
        return list(BAD[kind])
    if kind in ("text", "line"):
        return [NUL, "a" * (limit or TEXT_LIMIT) + "ا"]
    return []


def _code(name: str) -> str:
    return name.removeprefix("ground_")[:3]


def marker(name: str) -> str:
    """A word that stands in this field's long text and in no other's."""
    return f"{_code(name)}19998"


def long_text(name: str) -> str:
    """20,000 words of which each is another one, Arabic among them, with the marks that turn the text around."""
    words = [f"{_code(name)}{n}" if n % 5 else f"كلمة{n}" for n in range(WORDS)]
    words[7:7] = [RTL]
    return "\n\n".join(" ".join(words[start:start + 2_000]) for start in range(0, len(words), 2_000))
