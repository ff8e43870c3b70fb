"""The lines of `flask load` that report accounts and members: all are checked first, then put on record in portions."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import click

from portal.accounts.facts import FIELDS, MOST, account_fact
from portal.accounts.facts import refused as against_the_record
from portal.accounts.loading import report_accounts
from portal.cli.support import carry_out, office
from portal.core.clock import local_day
from portal.rulebook.facts import ACCEPTANCE, LONGEST_LINE, Refused

PORTION = 500
Line = dict[str, Any] | Refused


def about(line: bytes, kinds: Collection[str]) -> dict[str, Any] | None:
    """The fact in a line when it is of one of these kinds; other lines are read by the rules, which say what is wrong."""
    if len(line) > LONGEST_LINE:
        return None
    try:
        fact = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    kind = fact.get("type") if isinstance(fact, dict) else None
    return fact if isinstance(kind, str) and kind in kinds and kind != ACCEPTANCE else None


def joined(file: Path) -> list[Line]:
    """Every account and member of a file, as the fact that it is or with the reason why it is none."""
    found: list[Line] = []
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            fact = about(line, FIELDS)
            if fact is None:
                continue
            try:
                if len(found) >= MOST:
                    raise ValueError(f"A file has at most {MOST} lines about accounts and members.")
                found.append(account_fact(fact, local_day(office().clock(), "UTC")) | {"line": number})
            except ValueError as wrong:
                found.append(Refused(number, str(wrong)))
    with office().database.read() as session:
        facts = [one for one in found if not isinstance(one, Refused)]
        return [*found, *(Refused(number, why) for number, why in against_the_record(session, facts))]


def load_joined(lines: Sequence[Line]) -> None:
    """Puts them on record in portions; what is on record already stays as it is."""
    facts = [one for one in lines if not isinstance(one, Refused)]
    recorded = known = 0
    for start in range(0, len(facts), PORTION):
        done = carry_out(report_accounts, facts=facts[start:start + PORTION])
        recorded, known = recorded + done["recorded"], known + done["known"]
    if facts:
        click.echo(f"{recorded} accounts and members recorded, {known} were on record.")
