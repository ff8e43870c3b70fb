"""TEXTS: adopting a text of 100,000 words that others wrote, and comparing two versions of it with every changed word marked.

Nothing of it asks a database. Adopting stands beside one pass of a regular expression over the same lines; comparing beside
the standard library's comparison of their lines, which knows no clauses and marks no words: both are the least that could be
done, and no goal.
"""

from __future__ import annotations

import difflib
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from portal.rulebook.comparing import compare
from portal.rulebook.importing import adopt
from portal.rulebook.reading import ClauseText, read_policy
from tests.benchmarks.measuring import ROUNDS, Line, Rounds

WORDS = 100_000
PARTS, LEAST, MOST = 25, 25, 75
"""Chapters, and how many words a clause has."""
NUMBERED = re.compile(r"\s*(?:#+\s*)?\(?(\d+(?:\.\d+)*|[a-z])[.)]")
SPOKEN = re.findall(
    r"\w+", "account client freelancer contract milestone payment message notice decision dispute appeal work delivery review "
    "agreement amount party service reason document period condition request term right duty",
)
BETWEEN = re.findall(r"\w+", "the a of to and or in for by with shall may must not any each every this that other")
DAYS = {"published_on": date(2026, 1, 1), "effective_on": date(2026, 3, 1)}


def texts(engine: str, seconds: float) -> Iterator[Line]:
    """Both, in rounds that take turns; how often in a second, and in the note how long one takes."""
    before, after = written(1), changed(written(1))
    adopted = [adopt(text, language="en", **DAYS)[0] for text in (before, after)]  # type: ignore[arg-type]
    clauses = [read_policy(text).clauses for text in adopted]
    earlier = read_policy(adopted[0])
    tasks: dict[str, tuple[Callable[[], Any], str, Callable[[], Any]]] = {
        "TEXTS import": (lambda: adopt(before, language="en", **DAYS), "regex", lambda: numbers(before)),  # type: ignore[arg-type]
        "TEXTS import again": (
            lambda: adopt(after, language="en", earlier=earlier, **DAYS), "regex", lambda: numbers(after),  # type: ignore[arg-type]
        ),
        "TEXTS compare": (lambda: marked(*clauses), "difflib", lambda: lines_beside(before, after)),
    }
    for name, (task, beside, other) in tasks.items():
        rounds, size = Rounds(), len(before.encode()) / 1e6
        for _ in range(ROUNDS):
            rounds.add(often(task, seconds), **{beside: often(other, seconds)})
        one = 1 / sorted(rounds.product)[len(rounds.product) // 2]
        note = f"{len(before.split())} words, {len(clauses[0])} clauses, {one:.2f} s each"
        yield from rounds.lines(name, engine, 1, 1, {beside: None}, size, note)


def often(task: Callable[[], Any], seconds: float) -> float:
    """How many in a second, alone: at least one, however long it takes."""
    started, done = time.perf_counter(), 0
    while done == 0 or time.perf_counter() - started < seconds:
        task()
        done += 1
    return done / (time.perf_counter() - started)


def written(seed: int) -> str:
    """A contract with chapters, numbered clauses and lists; the same for the same seed."""
    chance, found, words, part = random.Random(seed), list[str](), 0, 0
    while words < WORDS:
        part += 1
        found.append(f"\n## {part}. {_heading(chance)}\n")
        number = 0
        while words < WORDS * part // PARTS:
            number += 1
            text = _sentence(chance, chance.randint(LEAST, MOST))
            found.append(f"**{part}.{number}** {text}\n")
            words += len(text.split())
            if number % 6 == 0:
                items = [_sentence(chance, 12) for _ in range(3)]
                found.append("".join(f"{n}. {item}\n" for n, item in enumerate(items, 1)))
                words += sum(len(item.split()) for item in items)
    return "# Terms of Work\n\nThese words come first.\n" + "\n".join(found)


def _heading(chance: random.Random) -> str:
    return f"{chance.choice(SPOKEN).title()} and {chance.choice(SPOKEN)}"


def _sentence(chance: random.Random, length: int) -> str:
    words = [chance.choice(BETWEEN if n % 2 else SPOKEN) for n in range(length)]
    return " ".join(words).capitalize() + "."


def changed(text: str) -> str:
    """The next version: every ninth clause has another word, every fortieth is gone, every fiftieth is new."""
    chance, found = random.Random(2), list[str]()
    for n, line in enumerate(text.split("\n")):
        clause = line.startswith("**")
        if clause and n % 40 == 0:
            continue
        found.append(line.replace(" shall ", " will ", 1) if clause and n % 9 == 0 else line)
        if clause and n % 50 == 0:
            found += ["", f"**{n}.99** {_sentence(chance, 40)}"]
    return "\n".join(found)


def marked(before: Sequence[ClauseText], after: Sequence[ClauseText]) -> int:
    """Everything that the page of a comparison shows: each pair, and the words of each that changed."""
    return sum(len(pair.words) for pair in compare(before, after).pairs if pair.kind != "same")


def numbers(text: str) -> int:
    return sum(NUMBERED.match(line) is not None for line in text.split("\n"))


def lines_beside(before: str, after: str) -> int:
    return sum(1 for _ in difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm=""))
