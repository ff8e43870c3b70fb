"""The inbox: everything we wrote to the person, newest first; opening one puts on record that they were informed of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request

from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.enforcement.queries import action_by_ref
from portal.enforcement.telling import outside_of
from portal.notices.models import InformedHow, Notice
from portal.notices.operations import confirm_read, open_notice
from portal.notices.queries import inbox, notice_for, told_again
from portal.notices.rule_changes import told_of
from portal.rulebook.queries import CitedClause
from portal.web.person.reading import opens
from portal.web.person.scope import about, account_names
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang
from portal.web.shell.guard import allow

PAGE = 50
WAYS = {
    "/me/actions/": N_("Read the decision"), "/me/questions/": N_("Open the question"), "/me/funds": N_("Open funds"),
    "/me/identity": N_("Open the identity check"), "/appeals/": N_("Open my appeal"), "/disputes/": N_("Open the dispute"),
    "/me/needs/": N_("Open my message"), "/collaborators/": N_("See what it means for you"),
    "/chargebacks/": N_("Read what it means"), "/contracts/": N_("Open the contract"),
    "/reinstatements/": N_("Open my request"), "/reports/": N_("Open my report"), "/rules": N_("Open the rules"),
    "/me/rules": N_("Read what changes for you"), "/me/inbox": "", "/": N_("Back to my account"),
}


def add_routes(blueprint: Blueprint) -> None:
    see = allow(Permission.READ_OWN)
    blueprint.add_url_rule("/me/inbox", "inbox", see(listing))
    blueprint.add_url_rule("/me/inbox/<key>", "notice", see(show))
    blueprint.add_url_rule("/me/inbox/<key>/read", "confirm_notice", see(confirm), methods=["POST"])


def key_of(text: str | None) -> UUID:
    """A key from an address. Errors: `NotFound` for anything that is none."""
    try:
        return UUID(text or "")
    except ValueError:
        raise NotFound from None


def listing() -> str:
    """The notices, a page at a time."""
    after = key_of(request.args["after"]) if "after" in request.args else None
    found = inbox(g.db, guard.person().id, after=after, limit=PAGE + 1)
    older = f"/me/inbox?after={found[PAGE - 1].notice.id}" if len(found) > PAGE else None
    return render_template(
        "person/inbox.html", current="inbox", lines=found[:PAGE], older=older, first=after is None, names=account_names()
    )


def show(key: str) -> str:
    """One notice. Its first opening counts as having been informed of it, and of nothing else."""
    line = notice_for(g.db, guard.person().id, key_of(key))
    if line.informed_at is None and opens():
        perform(open_notice, notice_id=line.notice.id)
        g.db.rollback()  # this request began to read before that
        line = notice_for(g.db, guard.person().id, key_of(key))
    if line.notice.account_id is not None:
        about(line.notice.account_id)
    return render_template(
        "person/notice.html", current="inbox", notice=line.notice, arrived_at=line.arrived_at, informed_at=line.informed_at,
        confirmed=line.informed_how == InformedHow.CONFIRMED, go=_way_on(line.notice.target), rule=_told_rule(line.notice),
        change=told_of(g.db, line.notice), again=told_again(g.db, line.notice),
    )


def _way_on(target: str | None) -> str:
    """What the button under a notice does, named; nothing when it leads nowhere else."""
    return next((lang().gettext(words) for start, words in WAYS.items() if (target or "").startswith(start)), "")


def _told_rule(notice: Notice) -> CitedClause | None:
    """The rule that a notice to the other side of a contract names, to be quoted in the reader's language."""
    if notice.kind != "counterpart_action" or notice.body is None:
        return None
    outside = outside_of(g.db, action_by_ref(g.db, notice.about_ref))
    named = outside.decided and outside.clause.data.counterparts == "clause"
    return outside.clause if named else None


def confirm(key: str) -> Any:
    """"I have read this": offered where the page was fetched ahead, so that showing it was no opening yet."""
    perform(confirm_read, notice_id=key_of(key))
    return redirect(f"/me/inbox/{key_of(key)}", 303)
