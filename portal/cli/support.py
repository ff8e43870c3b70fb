"""What all commands share: the office, the settings, one operation as the operator, and the proof of every promise."""

from __future__ import annotations

import sys
from typing import Any

import click
from flask import current_app

from portal import verify
from portal.act import Office, act
from portal.core.access import OPERATOR
from portal.core.errors import Refusal, WrongKey
from portal.core.i18n import language
from portal.core.ids import new_token
from portal.core.migrate import migrate
from portal.core.work import Operation
from portal.settings import Settings


def office() -> Office:
    found: Office = current_app.extensions["office"]
    return found


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def carry_out(operation: Operation, **args: Any) -> dict[str, Any]:
    """One operation as the operator. Errors: a refusal ends the command with its sentence."""
    try:
        return act(office(), operation, OPERATOR, new_token()[:40], **args)
    except Refusal as error:
        raise click.ClickException(language("en").refusal(error)) from error
    except WrongKey as error:
        raise click.ClickException(str(error)) from error


def upgrade(office: Office) -> str:
    """Brings the database to the newest schema, and returns its revision. Errors: what cannot be upgraded ends the command."""
    try:
        return migrate(office.database)
    except RuntimeError as error:
        raise click.ClickException(f"Nothing was changed: {error}.") from error


def prove() -> None:
    """Names each violation and ends the command: with 1 when there is one."""
    found = 0
    for line in verify.violations(office(), settings()):
        click.echo(line)
        found += 1
    count = f"{found} violation found." if found == 1 else f"{found} violations found."
    click.echo(count if found else "Everything that is promised holds.")
    sys.exit(1 if found else 0)
