"""Editorial corrections: what a version may change so that it takes effect at once and binds whom the one before bound.

Source: P2B 3(2), (4): a change of wording that alters neither content nor meaning needs no notice period. So a correction
leaves the clauses, their ids, numbers, order and machine data as they are, touches no word that carries meaning (numbers,
dates, negations, what may and must be, who), no mark that hides or links text, and few words of a clause. Of those it mends
how they are written, and makes no other words of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from portal.core.text import canonical
from portal.rulebook.clause_data import ClauseData
from portal.rulebook.editorial_words import MEANING
from portal.rulebook.reading import PolicyError, PolicyText
from portal.rulebook.spelling import other_word

MARK = "editorial"
SHARE = 20
"""At most one word in so many of a clause, and always one."""
MOST_COMPARED = 2_000
"""What differs over more words than this is not compared word by word: it is no correction anyway."""
LINK = r"\]\([^)\n]*\)|\]:\s*\S+|https?://\S+"
HIDING = r"<!--|-->|`+|~~+|[<>\[\]]"
SYMBOL = r"[$€£¥%‰§≤≥=+±×]|(?<!\w)[-−–.,](?=\d)"
WORD = r"\w+(?:['’.,:/-]\w+)*"
TOKEN = re.compile(rf"{LINK}|{HIDING}|{SYMBOL}|{WORD}")
BEARING = re.compile(rf"{LINK}|{HIDING}|{SYMBOL}|.*\d.*", re.DOTALL)
Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """One clause as far as a correction is concerned; `data` is the canonical text of its machine data."""

    key: str
    number: str
    heading: str
    level: int
    parent: str | None
    text: str
    data: str
    line: int = 1

    @property
    def cited(self) -> str:
        return self.number or self.heading or self.key


@dataclass(frozen=True, slots=True)
class Wording:
    """One version in one language."""

    title: str
    language: str
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """Words of a clause that a correction puts in place of others; either may be nothing."""

    unit: Unit
    before: str
    after: str


def wording_of(text: PolicyText, data: Mapping[str, ClauseData]) -> Wording:
    """What a policy file says."""
    return Wording(text.title, text.language, tuple(
        Unit(one.key, one.number, one.heading, one.level, one.parent, one.text,
             canonical(data.get(one.key, ClauseData()).canonical()), one.line)
        for one in text.clauses
    ))


def is_editorial(front_matter: Mapping[str, Any]) -> bool:
    """Whether a version says of itself that it only corrects the wording of the one before."""
    return front_matter.get(MARK) is True


def problems(text: PolicyText, data: Mapping[str, ClauseData], earlier: Wording | None) -> list[PolicyError]:
    """Why this version is no editorial correction of the one before it; nothing when it is one, or does not say so."""
    said = text.front_matter.get(MARK)
    if said is None or said is False:
        return []
    line = _line_of_mark(text.front)
    if said is not True:
        return [PolicyError(line, "`editorial` is neither true nor false.", "Write `editorial: true`, or leave it out.")]
    if earlier is None:
        return [PolicyError(line, "There is no earlier version that this could correct.", "Leave `editorial` out.")]
    found = []
    if not text.changes.strip():
        found.append(PolicyError(line, "It does not say what was corrected.", "Say it in one line of `changes`."))
    if text.effective_on < text.published_on:
        what = "A correction cannot take effect before it is published."
        found.append(PolicyError(line, what, f"Let it take effect on {text.published_on} or later."))
    return [*found, *differences(earlier, wording_of(text, data))]


def _line_of_mark(front: str) -> int:
    found = re.search(rf"^{MARK}:", front, re.MULTILINE)
    return front.count("\n", 0, found.start()) + 1 if found else 1


def differences(before: Wording, after: Wording) -> list[PolicyError]:
    """Every difference that is more than editorial, with the line of its clause and how to mend it."""
    how = "Put it back, or publish the change as a version with notice."
    if (before.title, before.language) != (after.title, after.language):
        return [PolicyError(1, "The title or the language is another.", how)]
    if [one.key for one in before.units] != [one.key for one in after.units]:
        return [PolicyError(1, "The clauses, their ids or their order are others than in the version before.", how)]
    known, standing = set("".join(one.text for one in before.units)), _words(after)
    found: list[PolicyError] = []
    for old, new in zip(before.units, after.units, strict=True):
        wrong = _wrong(old, new, after.language, known, standing)
        if wrong:
            found.append(PolicyError(new.line, f"{new.cited}: {wrong} This is more than an editorial correction.", how))
    return found


def _wrong(old: Unit, new: Unit, language: str, known: set[str], standing: set[str]) -> str:
    """The first thing about a clause that is more than its wording; nothing when it is wording only."""
    if (old.number, old.level, old.parent) != (new.number, new.level, new.parent):
        return "Its number or its place is another."
    if old.data != new.data:
        return "Its machine data is other data."
    changed = list(_changed(old.text, new.text))
    for before, after in (*changed, *_changed(old.heading, new.heading)):
        word = next((word for word in (*before, *after) if _bears_meaning(word, language)), None)
        if word is not None:
            return f"“{word}” carries meaning, and it changed."
    strange = next((c for c in new.text if c not in known and _is_strange(c)), None)
    if strange is not None:
        return f"U+{ord(strange):04X} stands nowhere in the version before and can hide or imitate a word."
    most, count = max(1, len(_tokens(old.text)) // SHARE), sum(max(len(before), len(after)) for before, after in changed)
    if count > most:
        return f"{count} of its words changed, and at most {most} may."
    other = next((word for gone, come in changed if (word := other_word(gone, come, standing))), "")
    return f"“{other}” is not only written in another way: a word came, went, or became another one." if other else ""


def _words(wording: Wording) -> set[str]:
    """Every word of a text, small, without the ids of its clauses."""
    return {word.casefold() for one in wording.units for word in _tokens(re.sub(r"\{#[^}]*\}", "", one.text))}


def _changed(old: str, new: str) -> Iterator[tuple[Tokens, Tokens]]:
    """What was put in place of what, in order: marks, words and numbers; line breaks and punctuation do not count."""
    before, after = _tokens(old), _tokens(new)
    start, shorter = 0, min(len(before), len(after))
    while start < shorter and before[start] == after[start]:
        start += 1
    end = 0
    while end < shorter - start and before[-1 - end] == after[-1 - end]:
        end += 1
    before, after = before[start : len(before) - end], after[start : len(after) - end]
    if max(len(before), len(after)) > MOST_COMPARED:
        yield before, after
        return
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            yield before[a:b], after[c:d]


def corrections(before: Wording, after: Wording) -> list[Changed]:
    """Every word that a correction changed, clause by clause: what pages mark."""
    old = {one.key: one for one in before.units}
    return [
        Changed(one, " ".join(gone), " ".join(come))
        for one in after.units if one.key in old for gone, come in _changed(old[one.key].text, one.text)
    ]


@lru_cache(maxsize=512)
def _tokens(text: str) -> Tokens:
    return tuple(TOKEN.findall(text))


def _bears_meaning(word: str, language: str) -> bool:
    """A language whose words nobody listed has no harmless ones."""
    listed = MEANING.get(language.partition("-")[0])
    if listed is None or BEARING.fullmatch(word):
        return True
    whole = word.casefold().replace("’", "'")
    return any(part in listed for part in (whole, *re.split(r"[.,:/'-]", whole)))


def _is_strange(character: str) -> bool:
    """A letter of another script, or a sign that is not seen."""
    if unicodedata.category(character) in ("Cf", "Cc", "Co", "Cn"):
        return character != "\n"
    return character.isalpha() and not unicodedata.name(character, "").startswith("LATIN")
