"""Which version of the rules binds the person since when and why, what is coming, and accepting it before its time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request

from portal.accounts.models import Account
from portal.core.access import Permission
from portal.core.clock import local_day
from portal.core.errors import NotAllowed, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.notices.rule_changes import TARGET, notice_days, ref_of
from portal.rulebook.accepting import accept_version
from portal.rulebook.binding import Binds, Ground, Unbound
from portal.rulebook.history import Met, Story, stories
from portal.rulebook.queries import PROMISES, in_force
from portal.web.person.reading import mark_opened
from portal.web.person.scope import my_accounts
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.errors import message_of
from portal.web.shell.guard import allow

GROUNDS = {
    Ground.JOINED: N_("They were in force when you opened your account."),
    Ground.ACCEPTED: N_("You accepted them on %(day)s."),
    Ground.TOLD: N_("We told you on %(day)s, and your notice period is over."),
}
REASONS = {
    Unbound.NOT_YET_IN_FORCE: N_("It takes effect on %(day)s."),
    Unbound.JOINED_LATER: N_("You opened your account later, on %(day)s."),
    Unbound.NEVER_TOLD: N_("It never bound you: you were not told of it and did not accept it."),
    Unbound.NOTICE_PERIOD: N_("We told you on %(told)s. It counts for you from %(day)s."),
    Unbound.REPLACED: N_("A newer version binds you since %(day)s."),
}


def add_routes(blueprint: Blueprint) -> None:
    read = allow(Permission.READ_CASE_AS_PERSON)
    blueprint.add_url_rule(TARGET, "my_rules", read(show))
    blueprint.add_url_rule(f"{TARGET}/accept", "accept_rules", allow(Permission.ACCEPT_RULES)(accept), methods=["POST"])


def show() -> str:
    """The page. Reading here of new rules counts as having been informed of them."""
    _require_own_session()
    coming = {one.version.id for _, told in _parts() for story in told for one in story.coming}
    if coming and mark_opened(*(ref_of(key) for key in coming)):
        g.db.rollback()
    return _page(_parts())


def _require_own_session() -> None:
    """A session that a link opened for one case shows that case. Errors: `NotFound`."""
    if guard.actor().shown_one_case:
        raise NotFound


def _parts() -> list[tuple[Account, list[Story]]]:
    today = local_day(g.now, "UTC")
    return [(account, stories(g.db, account, today, lang().code)) for account in my_accounts()]


def _page(parts: list[tuple[Account, list[Story]]], refused: str = "") -> str:
    told = [(account, story) for account, every in parts for story in every]
    today = local_day(g.now, "UTC")
    return render_template(
        "person/rules.html", current="me", parts=parts, errors=[("", refused)] if refused else [], why=why, when=when,
        coming=[(account, one) for account, story in told for one in story.coming], several=len(parts) > 1, today=today,
        currents=[story.current for _, story in told if story.current], promises=in_force(g.db, PROMISES, today),
        notice_days=notice_days(g.db, today),
    )


def accept() -> Any:
    """Accepts one version for one account, and shows the page again."""
    _require_own_session()
    account_id, version_id = key_of("account"), key_of("version")
    try:
        perform(accept_version, account_id=account_id, version_id=version_id)
    except (NotAllowed, RuleBroken) as error:
        return _page(_parts(), message_of(error)), error.status
    return redirect(TARGET, 303)


def key_of(name: str) -> UUID:
    """A key that our page put into its form. Errors: `NotFound`."""
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        raise NotFound from None


def why(one: Met) -> str:
    """In one sentence why a version binds the person, or why not."""
    found = one.now
    if isinstance(found, Binds):
        at = one.accepted_at if found.ground is Ground.ACCEPTED else one.told_at
        return lang().gettext(GROUNDS[found.ground], day=lang().day(at or found.since, reader_zone()))
    if found.why is Unbound.NEVER_TOLD and one.span is None and one.came_back_at is not None:
        return lang().gettext("What we sent you came back on %(day)s, so it does not count for you.",
                              day=lang().day(one.came_back_at, reader_zone()))
    told = lang().day(found.told_on) if found.told_on else ""
    return lang().gettext(REASONS[found.why], day=lang().day(found.day) if found.day else "", told=told)


def when(one: Met) -> str:
    """From when to when a version bound the person, or will."""
    if one.span is None:
        return lang().gettext("never")
    start, end = lang().day(one.span[0]), one.span[1]
    if end is None:
        bound = isinstance(one.now, Binds)
        return lang().gettext("since %(day)s", day=start) if bound else lang().gettext("from %(day)s", day=start)
    return lang().gettext("%(start)s until before %(end)s", start=start, end=lang().day(end))
