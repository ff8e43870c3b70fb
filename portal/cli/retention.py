"""`flask retention`: until when a document is kept, what a law or an order keeps, and what is forgotten when somebody asks."""

from __future__ import annotations

from datetime import date, datetime

import click
from flask.cli import AppGroup

from portal.cli.support import carry_out
from portal.documents.retention import set_retention
from portal.enforcement.returning import forget_account

retention = AppGroup("retention", help="How long things are kept.")
DAY = click.DateTime(formats=["%Y-%m-%d"])


@retention.command("keep")
@click.argument("document")
@click.option("--until", type=DAY, help="The last day: at its end, in the owner's time zone, the worker erases the document.")
@click.option("--law", "legal_hold", is_flag=True, help="A law or an order keeps it: nobody can erase it while this is so.")
def keep(document: str, until: datetime | None, legal_hold: bool) -> None:
    """Says how long DOCUMENT is kept. Without an option: as long as the record that it belongs to."""
    day: date | None = until.date() if until else None
    done = carry_out(set_retention, document_ref=document, until=day, legal_hold=legal_hold)
    click.echo(f"{document}: kept until {done['until'] or 'its record ends'}" + (", by law" if legal_hold else "") + ".")


@retention.command("forget")
@click.argument("account")
def forget(account: str) -> None:
    """Erases the fingerprints by which the return of ACCOUNT would be noticed. What matched so far stays on record."""
    done = carry_out(forget_account, account_ref=account)
    click.echo(f"{account}: fingerprints erased: {done['forgotten']}.")
