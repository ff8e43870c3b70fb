"""What all commands share: the office, the settings, and one operation as the operator."""

from __future__ import annotations

from typing import Any

import click
from flask import current_app

from portal.act import Office, act
from portal.core.access import OPERATOR
from portal.core.errors import Refusal
from portal.core.i18n import language
from portal.core.ids import new_token
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
        raise click.ClickException(language("en").gettext(error.message, **error.params)) from error
