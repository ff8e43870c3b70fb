"""The exhibits that a statement cites, opened by the person it is about."""

from __future__ import annotations

from flask import Blueprint, Response

from portal.core.access import Permission
from portal.enforcement.showing import open_cited
from portal.web.shell.files import send_opened
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule(
        "/me/actions/<ref>/exhibits/<int(max=99999):number>", "cited_exhibit", allow(Permission.READ_CASE_AS_PERSON)(open_file)
    )


def open_file(ref: str, number: int) -> Response:
    """One document of the letter: the opening is on record before a byte is served."""
    return send_opened(open_cited, action_ref=ref, number=number)
