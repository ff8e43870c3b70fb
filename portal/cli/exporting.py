"""`flask export`: what the portal keeps, as text for other programs."""

from __future__ import annotations

import json

import click
from flask.cli import AppGroup

from portal.cli.support import office
from portal.disputes.chargeback_queries import reported_calls
from portal.enforcement.standings import standings
from portal.ledger.beancount import of_ledger
from portal.notices.outgoing_queries import unanswered

exports = AppGroup("export", help="What is kept here, as text for other programs.")


@exports.command("ledger")
@click.option("--keys", is_flag=True, help="Also your own ids and keys, the milestone, and when what you reported happened.")
def export_ledger(keys: bool) -> None:
    """The whole ledger as beancount text, with a balance assertion for every book; `bean-check` reads it.

    Days are those on which something was put on record, in UTC. References only, unless you ask for your own keys.
    """
    with office().database.read() as session:
        for text in of_ledger(session, reported_calls(session) if keys else None):
            click.echo(text, nl=False)


@exports.command("messages")
@click.option("--all", "taken", is_flag=True, help="Also those that an address of the marketplace took.")
def export_messages(taken: bool) -> None:
    """What the marketplace is told and has not answered, a JSON object in each line: what is posted, with the message's id.

    It holds the numbers of bank accounts that money is to be paid to.
    """
    with office().database.read() as session:
        for message in unanswered(session, office().keyring, taken=taken):
            click.echo(json.dumps(message, ensure_ascii=False))


@exports.command("standing")
def export_standing() -> None:
    """Every account that is not in good standing now, a JSON object in each line: what the marketplace has to carry out.

    It holds the addresses of members that a decision is about.
    """
    with office().database.read() as session:
        for line in standings(session, office().clock()):
            click.echo(json.dumps(line, ensure_ascii=False))
