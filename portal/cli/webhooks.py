"""`flask webhooks`: the marketplace's addresses to which messages are posted, and how these went."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from portal.cli.support import carry_out, office, settings
from portal.notices.outgoing import SECRET_SEAL, end_endpoint, new_secret, send_again, set_endpoint
from portal.notices.outgoing_queries import endpoints, on_their_way

webhooks = AppGroup("webhooks", help="Addresses of the marketplace to which messages are posted.")


@webhooks.command("set")
@click.argument("name")
@click.argument("url")
def set_one(name: str, url: str) -> None:
    """Puts an address on file and prints its secret, once. A known name gets the new address and a new secret."""
    if url.startswith("http://") and not settings().webhook_networks:
        raise click.ClickException("An address begins with https://. Plain http goes only to PORTAL_WEBHOOK_NETWORKS.")
    secret = new_secret()
    done = carry_out(set_endpoint, name=name, url=url, sealed_secret=office().keyring.seal(SECRET_SEAL, secret.encode()))
    if done["replaced"]:
        click.echo("It replaces the address of this name. For a day messages are signed with the old secret too.")
    click.echo(f"Messages go to {url}. They are signed with this secret, which is not shown again:\n{secret}")


@webhooks.command("end")
@click.argument("name")
def end_one(name: str) -> None:
    """Takes an address away. What waited for it waits for another one."""
    carry_out(end_endpoint, name=name)
    click.echo(f"Nothing is sent to {name} any more.")


@webhooks.command("again")
def again() -> None:
    """Tries once more what was given up and that the marketplace has not answered."""
    click.echo(f"{carry_out(send_again)['again']} messages are tried once more.")


@webhooks.command("list")
def list_all() -> None:
    """The addresses, and each message that the marketplace has not answered, with how it went so far."""
    with office().database.read() as session:
        for endpoint in endpoints(session):
            click.echo(f"{endpoint.name}  {endpoint.url}  since {endpoint.created_at:%Y-%m-%d %H:%M} UTC")
        for one in on_their_way(session):
            said = f"{one.tries} tries, last: {one.said}" if one.said else f"{one.tries} tries"
            said = "the address cannot be reached" if one.unreached else said
            click.echo(f"{one.message_id}  {one.kind} {one.about_ref}  {one.endpoint or 'no address'}: {one.result} ({said})")
