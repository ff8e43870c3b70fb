"""`flask export`: what the portal keeps, as text for other programs."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from portal.cli.support import office
from portal.ledger.beancount import of_ledger

exports = AppGroup("export", help="What is kept here, as text for other programs.")


@exports.command("ledger")
def export_ledger() -> None:
    """The whole ledger as beancount text, with a balance assertion for every book; `bean-check` reads it. References only."""
    with office().database.read() as session:
        for text in of_ledger(session):
            click.echo(text, nl=False)
