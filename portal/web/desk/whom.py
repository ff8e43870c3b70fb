"""Whom a decision or a question is about: the whole account, or one of its members."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g
from wtforms import SelectField

from portal.core.i18n import N_
from portal.enforcement.members import members_of
from portal.web.shell.context import lang
from portal.web.shell.forms import PortalForm, offered


class WhomForm(PortalForm):
    """Whom it is about."""

    member = SelectField(N_("Whom it is about"), validate_choice=False, choices=[])


def whom_forms(account_id: UUID, *what: str) -> dict[str, WhomForm]:
    """For each kind of decision that can be begun, the account and its members to choose from."""
    forms = {one: WhomForm(prefix=f"{one}-") for one in what}
    for form in forms.values():
        offer_members(form.member, account_id)
    return forms


def about_member(field: SelectField) -> dict[str, Any]:
    """The one member whom it is about, where one was chosen."""
    try:
        return {"member_id": UUID(field.data)} if field.data else {}
    except ValueError:
        return {"member_id": UUID(int=0)}


def offer_members(field: SelectField, account_id: UUID) -> None:
    """The account, or one of its members; nothing to choose where one person is the account."""
    whole = ("", lang().gettext("The whole account"))
    members = [(str(member.id), person.name) for member, person in members_of(g.db, account_id)]
    field.choices = offered([whole, *members] if members else [])
