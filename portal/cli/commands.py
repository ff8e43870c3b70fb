"""`flask init`, `flask load`, `flask policies`, `flask worker`, `flask verify`, `flask export`, `flask demo`, `flask staff`."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import urlsplit

import click
import pyotp
from flask import Flask
from flask.cli import AppGroup

from portal import verify, worker
from portal.accounts.flaggers import end_flagger, trust_flagger
from portal.accounts.operations import TOTP_SEAL, add_person, grant_role, set_totp
from portal.accounts.passwords import hash_password
from portal.accounts.queries import live_factor, sign_in_person
from portal.cli.bounces import bounced
from portal.cli.demo import make_demo
from portal.cli.exporting import exports
from portal.cli.load import load
from portal.cli.policies import policies
from portal.cli.publishing import fill_search, publish_folder
from portal.cli.retention import retention
from portal.cli.support import carry_out, office, prove, settings, upgrade
from portal.cli.webhooks import webhooks
from portal.core.clock import local_day
from portal.core.migrate import schema_of
from portal.core.text import normal_email
from portal.core.work import Work
from portal.notices.mailer import mailer_for

staff = AppGroup("staff", help="People of the desk.")


def prepare(app: Flask) -> None:
    app.cli.add_command(policies)
    app.cli.add_command(staff)
    app.cli.add_command(exports)
    app.cli.add_command(webhooks)
    app.cli.add_command(retention)
    for command in (init, run_worker, run_verify, demo, show_mail, bounced, load):
        app.cli.add_command(command)


@click.command("init")
def init() -> None:
    """Makes or upgrades the database, publishes the policies, and brings the search of the rules up to date."""
    revision = upgrade(office())
    done = publish_folder(settings().policies_dir)
    fill_search()
    click.echo(f"The database is at revision {revision}. Published: {len(done['published'])} versions.")


@click.command("worker")
@click.option("--once", is_flag=True, help="One round, then stop.")
def run_worker(once: bool) -> None:
    """Delivers notices, runs due clocks, puts the log in order."""
    mailer = mailer_for(settings().mail_url)
    if once:
        click.echo(worker.run_once(office(), mailer, settings()))
        return
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    worker.run_forever(office(), mailer, settings(), stop)


@click.command("verify")
@click.option("--what", is_flag=True, help="Says what is proven and how, and what is not in place yet.")
def run_verify(what: bool) -> None:
    """Proves what always holds, and the log; names each violation and exits with 1 when there is one."""
    if what:
        for line in verify.what():
            click.echo(line)
        return
    prove()


@click.command("demo")
def demo() -> None:
    """Makes a believable marketplace by the real operations, and prints how to sign in."""
    before, now = schema_of(office().database), upgrade(office())
    if not before:
        click.echo("Making the demo. This takes a few minutes.")
    elif before != now:
        click.echo(f"The database was upgraded from revision {before} to {now}.")
    for line in make_demo(office(), settings()):
        click.echo(line)


@click.command("mail")
@click.option("--count", default=3, help="How many of the newest.")
def show_mail(count: int) -> None:
    """Shows the newest mails of the mail folder as plain text, oldest of them first."""
    folder = Path(urlsplit(settings().mail_url).path)
    newest = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime)[-count:]
    for path in newest:
        mail = message_from_bytes(path.read_bytes(), policy=default)
        body = mail.get_body(("plain",))
        click.echo(f"\n{path.name}\nTo: {mail['To']}\nSubject: {mail['Subject']}\n\n{body.get_content() if body else ''}")


def hire(work: Work, *, name: str, email: str, password_hash: str, secret: str, role: str, external: bool) -> dict[str, str]:
    """Adds a member of staff with a second factor. Errors: as `grant_role`."""
    person = add_person(work, name=name, email=email, password_hash=password_hash)
    set_totp(work, person_id=person.id, secret=secret)
    return {"handle": grant_role(work, person_id=person.id, role=role, external=external).handle}


@staff.command("code")
@click.argument("email")
def staff_code(email: str) -> None:
    """Prints the six digits that somebody's authenticator shows now; only on this machine's own demo."""
    if not settings().base_url.startswith("http://"):
        raise click.ClickException("Only for a portal on this machine.")
    with office().database.read() as session:
        person = sign_in_person(session, normal_email(email))
        factor = live_factor(session, person.id) if person else None
        if factor is None:
            raise click.ClickException("Nobody with a second factor has this address.")
        secret = office().keyring.open(TOTP_SEAL, factor.sealed_secret).decode()
        click.echo(pyotp.TOTP(secret).at(office().clock()))


@staff.command("flagger")
@click.argument("account")
@click.option("--area", default="", help="In which area it is a trusted flagger, for example: counterfeit goods.")
@click.option("--since", "since_on", type=click.DateTime(["%Y-%m-%d"]), help="Its first day; today if not given.")
@click.option("--until", "until_on", type=click.DateTime(["%Y-%m-%d"]), help="Its last day, where one is known.")
@click.option("--end", is_flag=True, help="It is one until today, and no longer.")
def staff_flagger(account: str, area: str, since_on: datetime | None, until_on: datetime | None, end: bool) -> None:
    """Marks an account (by its reference) as a trusted flagger, or ends that. Its reports are then worked first."""
    if end:
        carry_out(end_flagger, account_ref=account)
        click.echo(f"{account} is a trusted flagger until today.")
        return
    first = since_on.date() if since_on else local_day(office().clock(), "UTC")
    last = until_on.date() if until_on else None
    carry_out(trust_flagger, account_ref=account, area=area, since_on=first, until_on=last)
    click.echo(f"{account} is a trusted flagger since {first}.")


@staff.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(["reviewer", "lead", "auditor", "admin"]), default="reviewer")
@click.option("--external", is_flag=True, help="A reviewer who does not work for us.")
@click.option("--password", help="Asked for on a terminal; without one, a password is made and printed once.")
def staff_add(email: str, name: str, role: str, external: bool, password: str | None) -> None:
    """Adds somebody to the desk and prints the secret for their authenticator once."""
    if password is None and sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    secret, made = pyotp.random_base32(), "" if password else token_urlsafe(15)
    args = {"name": name, "email": email, "role": role, "external": external, "secret": secret}
    done = carry_out(hire, password_hash=hash_password(password or made), **args)
    click.echo(f"Reviewer {done['handle']} is added. Authenticator secret: {secret}")
    if made:
        click.echo(f"Password: {made}")
