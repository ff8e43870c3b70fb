"""`flask load`: the marketplace's facts from a file, a JSON object in each line; all of them or none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from portal.cli.support import carry_out, office, prove
from portal.rulebook.accepting import report_acceptances
from portal.rulebook.facts import Acceptance, Refused, checked

MOST_SHOWN = 100


@click.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--verify", is_flag=True, help="Afterwards prove every promise and the log, as `flask verify` does.")
def load(file: Path, verify: bool) -> None:
    """Loads facts: {"type": "acceptance", "account": ..., "policy": ..., "version": "2026-03-01", "accepted_at": ...}.

    Every line is checked first. When one is refused, each is named with its reason and nothing is loaded. Loading goes in
    portions; after an interruption run it again: what is on record stays as it is.
    """
    refused = [one for portion in _read(file) for one in portion if isinstance(one, Refused)]
    for one in refused[:MOST_SHOWN]:
        click.echo(f"{file.name}:{one.line}: {one.why}")
    if refused:
        raise click.ClickException(f"{len(refused)} lines are refused. Nothing was loaded.")
    recorded = known = 0
    for portion in _read(file):
        done = carry_out(report_acceptances, facts=[_accepted(one) for one in portion])
        recorded, known = recorded + done["recorded"], known + done["known"]
    click.echo(f"{recorded} acceptances recorded, {known} were on record.")
    if verify:
        prove()


def _accepted(one: Acceptance | Refused) -> dict[str, str]:
    """Errors: the file became another one since it was checked."""
    if isinstance(one, Refused):
        raise click.ClickException(f"Line {one.line} is refused now: {one.why} What stands before it may be loaded.")
    return one.plain()


def _read(file: Path) -> Iterator[list[Acceptance | Refused]]:
    with file.open("rb") as lines, office().database.read() as session:
        yield from checked(session, lines, office().clock())
