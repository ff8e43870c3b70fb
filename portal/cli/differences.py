"""Policies as the terminal shows them: what differs between two versions, and how hard each clause is to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import click

from portal.rulebook.advising import figures
from portal.rulebook.checking import PolicyFile
from portal.rulebook.comparing import Comparison, Pair, Span
from portal.rulebook.readability import SAID

AROUND = 8
_COLOURS = {"removed": "red", "added": "green"}
_MARKS = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def shown(comparison: Comparison, *, whole: bool = False) -> Iterator[str]:
    """Every change, a line that says what became of the clause and its words below; then how many of each kind."""
    for pair in comparison.pairs:
        if pair.kind != "same":
            yield click.style(_line(pair), bold=True)
            yield from (f"    {line}" for line in _words(pair, whole) if line.strip())
            yield ""
    kinds = [pair.kind for pair in comparison.pairs]
    counts = [f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)]
    yield f"{', '.join(counts) or 'no clauses'}."


def visible(text: str) -> str:
    """Text for a terminal: what could move the cursor or turn the line round is shown as a sign."""
    return _HIDDEN.sub("\ufffd", text)


def _line(pair: Pair) -> str:
    before, after = pair.before, pair.after
    named = after if after and pair.kind != "merged" else before
    if named is None:
        return pair.kind
    words = f"{pair.kind} {named.number or '-'} {named.heading} ({named.key})"
    if pair.kind == "renumbered" and before:
        words = f"renumbered {before.number or '-'} -> {named.number or '-'} {named.heading} ({named.key})"
        words += ", and its words changed" if pair.changed else ""
    elif pair.kind == "split" and before:
        words += f", from {before.number or before.heading} ({before.key})"
    elif pair.kind == "merged" and after:
        words += f", into {after.number or after.heading} ({after.key})"
    elif pair.kind == "moved" and pair.changed:
        words += ", and its words changed"
    return visible(words)


def _words(pair: Pair, whole: bool) -> list[str]:
    if not pair.changed:
        return []
    spans = pair.words
    texts = [_span(span, whole, at == 0, at == len(spans) - 1) for at, span in enumerate(spans)]
    return "".join(texts).split("\n")


def _span(span: Span, whole: bool, first: bool, last: bool) -> str:
    text = visible(span.text)
    if span.kind == "same":
        return text if whole else _near(text, first, last)
    opening, closing = _MARKS[span.kind]
    return "\n".join(
        click.style(f"{opening}{line}{closing}", fg=_COLOURS[span.kind]) if line.strip() else line
        for line in text.split("\n")
    )


def _near(text: str, first: bool, last: bool) -> str:
    """Of words that are the same, those next to a change."""
    some = re.findall(r"\S+\s*|\s+", text)
    if len(some) <= 2 * AROUND:
        return text
    head, tail = "" if first else "".join(some[:AROUND]), "" if last else "".join(some[-AROUND:])
    return f"{head.rstrip()} … {tail}" if head else f"… {tail}"


def readability_table(files: Iterable[PolicyFile]) -> Iterator[str]:
    """For each file the measure that fits its language, and each clause with its figure, the hardest first."""
    for file in files:
        found = list(figures(file))
        for measure in dict.fromkeys(figure.measure for _, figure in found):
            yield f"{file.file}: {SAID[measure]}"
            some = [(figure, clause) for clause, figure in found if figure.measure == measure]
            for figure, clause in sorted(some, key=lambda each: each[0].value, reverse=measure != "index"):
                size = f"{figure.words} words in {figure.sentences} sentences"
                mark = "  hard to read" if figure.hard else ""
                yield f"{figure.value:>8}  {file.file}:{clause.line}  {clause.cited[:60]}  ({size}){mark}"
