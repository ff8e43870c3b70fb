"""What became of the clauses of the version before, in lines that the person who imports reads and confirms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from portal.rulebook.comparing import ComparedClause, Pair, compare
from portal.rulebook.pairing import Read, alike
from portal.rulebook.reading import OPENING

ChangeKind = Literal["renumbered", "split", "merged", "removed", "rewritten", "new", "moved"]
CONFIRMED: tuple[ChangeKind, ...] = ("renumbered", "split", "merged", "removed", "rewritten")
_SAID = {
    "en": {
        "new": "New: {now}.", "removed": "Gone: {was} ({key}).", "renumbered": "{was} is now {number}.",
        "split": "New, from {was}: {now}.", "merged": "Gone: {was} ({key}); its words are now in {now}.",
        "rewritten": "{now} has other words.", "moved": "{now} stands in another place.",
    },
    "es": {
        "new": "Nueva: {now}.", "removed": "Ya no está: {was} ({key}).", "renumbered": "{was} es ahora {number}.",
        "split": "Nueva, de {was}: {now}.", "merged": "Ya no está: {was} ({key}); sus palabras están ahora en {now}.",
        "rewritten": "{now} tiene otras palabras.", "moved": "{now} está en otro lugar.",
    },
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that became of a clause; `asked` says whether somebody has to confirm it before anything is written."""

    kind: ChangeKind
    pair: Pair

    @property
    def asked(self) -> bool:
        return self.kind in CONFIRMED

    @property
    def line(self) -> str:
        """One line that stays the same for the same change, so that it can be kept in a file and confirmed by it."""
        before, after = self.pair.before, self.pair.after
        if before is None or after is None:
            return f"{self.kind}: {_cited(before or after)}"
        if self.kind in ("rewritten", "moved"):
            return f"{self.kind}: {_cited(after)}"
        ids = before.key if before.key == after.key else f"{before.key} -> {after.key}"
        return f"{self.kind}: {_number(before)} -> {_number(after)} ({ids}) {after.heading}".rstrip()

    def said(self, language: str) -> str:
        """The change in words, for `changes` of the new version."""
        before, after = self.pair.before, self.pair.after
        words = _SAID.get(language.partition("-")[0], _SAID["en"])[self.kind]
        return words.format(
            was=_called(before), now=_called(after), key=before.key if before else "", number=_number(after) if after else "",
        )


def what_became(before: Iterable[ComparedClause], after: Iterable[ComparedClause]) -> list[Change]:
    """Every change that is more than words, in reading order."""
    named: Sequence[ComparedClause] = [clause for clause in before if clause.key != OPENING]
    pairs = compare(named, [clause for clause in after if clause.key != OPENING]).pairs
    return [Change(kind, pair) for pair in pairs if (kind := _kind(pair)) is not None]


def _kind(pair: Pair) -> ChangeKind | None:
    if pair.kind != "same" and pair.kind != "changed":
        return pair.kind
    if pair.before and pair.after and pair.changed and not alike(Read(pair.before), Read(pair.after)):
        return "rewritten"
    return None


def _number(clause: ComparedClause) -> str:
    return clause.number or clause.heading or clause.key


def _called(clause: ComparedClause | None) -> str:
    return f"{clause.number} {clause.heading}".strip() or clause.key if clause else ""


def _cited(clause: ComparedClause | None) -> str:
    return f"{clause.number or '-'} ({clause.key}) {clause.heading}".rstrip() if clause else ""
