"""`flask load`: the marketplace's facts from a file, a JSON object in each line; all of them or none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import click

from portal.accounts.facts import FIELDS as JOINING
from portal.cli.load_accounts import about, joined, load_joined
from portal.cli.load_chargebacks import chargebacks, load_chargebacks, others
from portal.cli.support import carry_out, office, prove
from portal.core.text import storable
from portal.enforcement.noticing import MOST as MOST_SEEN
from portal.enforcement.noticing import detection_fact, report_detections
from portal.ledger.facts import FIELDS, MOST, money_fact, report_money
from portal.rulebook.accepting import report_acceptances
from portal.rulebook.facts import LONGEST_LINE, Acceptance, Refused, checked

MOST_SHOWN = 100
UNSTORABLE = "It has a character that cannot be stored: an empty one, or half of one."
Money = dict[str, Any]
REPORTS = ("report",)
OTHERS = (*FIELDS, *REPORTS, *JOINING)
HELP = """Loads facts. Of accounts: {"type": "account", "account", "kind": "individual" | "organisation", "name", "joined_on",
"email", "owner", "language", "zone"} and {"type": "member", "account", "email", "name", "role": "owner" | "finance" |
"worker", "language", "zone"}.

Of rules: {"type": "acceptance", "account": ..., "policy": ..., "version": "2026-03-01", "accepted_at": ...}.

Of contracts: {"type": "contract", "contract", "title", "client", "freelancer", "started_on", "ended_on", "terms": [{"number",
"text", "agreed_on"}], "milestones": [{"number", "title", "amount_minor", "currency", "state", "released_on"}]}.

Of money: {"type": "funding" | "earning", "source_key", "contract", "milestone", "amount_minor", "currency",
"funded_at" | "released_at", "fee_minor"}, {"type": "escrow_return", "source_key", "contract", "milestone",
"amount_minor", "currency", "returned_at"} and {"type": "payout", "payout": "W-...", "state": "sent" | "paid" | "failed"},
and what became of what goes back to clients: {"type": "refund", "refund": "F-..." (or "escrow_return": ...),
"state": "sent" | "failed" | "stopped", "reference", "amount_minor"}. What both sides of a contract agreed: {"type":
"agreement", "agreement": "N-...", "state": "done"}.

Also bank chargebacks: {"type": "chargeback", "id": ..., "contract": ..., "milestone": 1, "amount_minor": 40000, "currency":
"USD", "received_at": ..., "reason": ...}, and how they go on: {"type": "chargeback", "id": ..., "stage": "won"} (contested,
won, lost).

Of what a machine saw: {"type": "report", "source_key", "account", "happened", "detector", "accuracy", "signals",
"withheld": true | false, "language"}: its name, what is published of its accuracy, and whether its signals are withheld.

Every line is checked first. When one is refused, each is named with its reason and nothing is loaded. Acceptances go in
portions, contracts and money in one; after an interruption run it again: what is on record stays as it is.
"""


@click.command("load", help=HELP)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--verify", is_flag=True, help="Afterwards prove every promise and the log, as `flask verify` does.")
def load(file: Path, verify: bool) -> None:
    """Loads facts; its help names every kind of line."""
    _require_storable(file)
    money, seen, banks, joining = list(_money(file)), list(_seen(file)), chargebacks(file), joined(file)
    _require_whole(file, [*money, *seen, *banks, *joining])
    load_joined(joining)
    if money:
        done = carry_out(report_money, facts=money)
        click.echo(f"{done['facts']} facts about contracts and money loaded or on record.")
    if seen:
        done = carry_out(report_detections, facts=seen)
        click.echo(f"{done['recorded']} reports of machines recorded, {done['known']} were on record.")
    _accept(file, silent=bool(money or seen or banks or joining))
    load_chargebacks(banks)
    if verify:
        prove()


def _require_storable(file: Path) -> None:
    """Names every line with a character that no database can keep, before anything is looked up by it. Errors: as below."""
    with file.open("rb") as lines:
        wrong = [Refused(number, UNSTORABLE) for number, line in enumerate(lines, 1) if not _storable(line)]
    _name_refused(file, wrong)


def _storable(line: bytes) -> bool:
    """Whether the texts in a line can be kept; of what cannot be read others say what is wrong."""
    if b"\\u" not in line and b"\0" not in line:
        return True
    try:
        texts = [json.loads(line[:LONGEST_LINE].decode("utf-8"))]
    except (ValueError, RecursionError):
        return True
    while texts:
        one = texts.pop()
        if isinstance(one, str) and not storable(one):
            return False
        texts += [*one, *one.values()] if isinstance(one, dict) else one if isinstance(one, list) else []
    return True


def _require_whole(file: Path, others: Sequence[object]) -> None:
    """Names every line that is refused. Errors: a sentence for the terminal when there is one."""
    found = (one for one in chain(chain.from_iterable(_read(file)), others) if isinstance(one, Refused))
    _name_refused(file, sorted(found, key=lambda one: one.line))


def _name_refused(file: Path, refused: Sequence[Refused]) -> None:
    for one in refused[:MOST_SHOWN]:
        click.echo(f"{file.name}:{one.line}: {one.why}")
    if refused:
        raise click.ClickException(f"{len(refused)} lines are refused. Nothing was loaded.")


def _accept(file: Path, *, silent: bool) -> None:
    """Records the acceptances of the file; none is not worth a word when there was something else."""
    recorded = known = 0
    for portion in _read(file):
        done = carry_out(report_acceptances, facts=[_accepted(one) for one in portion])
        recorded, known = recorded + done["recorded"], known + done["known"]
    if recorded or known or not silent:
        click.echo(f"{recorded} acceptances recorded, {known} were on record.")


def _accepted(one: Acceptance | Refused) -> dict[str, str]:
    """Errors: the file became another one since it was checked."""
    if isinstance(one, Refused):
        raise click.ClickException(f"Line {one.line} is refused now: {one.why} What stands before it may be loaded.")
    return one.plain()


def _read(file: Path) -> Iterator[list[Acceptance | Refused]]:
    """The lines that are not about money, as the rules read them, by their numbers in the file."""
    with file.open("rb") as lines, office().database.read() as session:
        yield from checked(session, (b"" if about(line, OTHERS) else line for line in others(lines)), office().clock())


def _money(file: Path) -> Iterator[Money | Refused]:
    count = 0
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            fact = about(line, FIELDS)
            if fact is None:
                continue
            count += 1
            try:
                if count > MOST:
                    raise ValueError(f"A file has at most {MOST} lines about contracts and money.")
                yield money_fact(fact) | {"line": number}
            except ValueError as wrong:
                yield Refused(number, str(wrong))


def _seen(file: Path) -> Iterator[Money | Refused]:
    """What machines of the marketplace saw."""
    with file.open("rb") as lines:
        found = ((number, about(line, REPORTS)) for number, line in enumerate(lines, 1))
        for count, (number, fact) in enumerate((number, fact) for number, fact in found if fact is not None):
            try:
                if count >= MOST_SEEN:
                    raise ValueError(f"A file has at most {MOST_SEEN} reports.")
                yield detection_fact(fact) | {"line": number}
            except ValueError as wrong:
                yield Refused(number, str(wrong))
