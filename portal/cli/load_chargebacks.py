"""The lines of `flask load` that report bank chargebacks: all are checked first, then each is one act, in their order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from portal.cli.support import carry_out, office
from portal.disputes.chargeback_queries import chargeback_by_external_id
from portal.disputes.chargebacks import mark_chargeback, record_chargeback
from portal.disputes.facts import Reported, Wrong, is_chargeback, reported
from portal.rulebook.facts import Refused


def others(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The lines of a file, with those of chargebacks emptied, so that every other keeps its number."""
    return (b"\n" if is_chargeback(line) else line for line in lines)


def chargebacks(file: Path) -> list[Reported | Refused]:
    """Every chargeback of a file, as the fact that it is or with the reason why it is none."""
    found: list[Reported | Refused] = []
    known: set[str] = set()
    with file.open("rb") as lines, office().database.read() as session:
        for number, line in enumerate(lines, 1):
            if not is_chargeback(line):
                continue
            try:
                found.append(one := reported(session, number, line, office().clock(), known))
                known.add(one.external_id)
            except Wrong as wrong:
                found.append(Refused(number, str(wrong)))
    return found


def load_chargebacks(found: list[Reported | Refused]) -> None:
    """Puts them on record one by one; what is on record already stays as it is. Errors: a sentence for the terminal naming the
    first line that is refused; what stands before it is loaded then."""
    done = [one for one in found if isinstance(one, Reported)]
    for one in done:
        try:
            _put(one)
        except click.ClickException as refused:
            kept = "What stands before it about chargebacks, and all else of this file, is loaded. Mend it and load it again."
            raise click.ClickException(f"Line {one.line} is refused: {refused.message} {kept}") from refused
    if done:
        click.echo(f"{len(done)} reports of chargebacks are on record.")


def _put(one: Reported) -> None:
    if one.facts:
        carry_out(record_chargeback, **one.facts)
        return
    with office().database.read() as session:
        ref = chargeback_by_external_id(session, one.external_id).ref
    carry_out(mark_chargeback, chargeback_ref=ref, stage=one.stage)
