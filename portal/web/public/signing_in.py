"""Signing in with a password, a second factor or a link; showing again that it is you; signing out."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, session
from flask_login import current_user, login_user, logout_user

from portal.accounts.models import Person
from portal.accounts.operations import Leaving, end_session, sign_in, step_up, use_link
from portal.accounts.passwords import password_fits
from portal.accounts.queries import actor_of, link_by_token, live_factor, newest_link, session_of, sign_in_person
from portal.accounts.throttles import count_sign_in
from portal.act import act
from portal.core.access import Permission
from portal.core.errors import NotFound, Refusal, RuleBroken, TooMany
from portal.core.i18n import N_
from portal.core.ids import new_token, token_hash
from portal.core.text import clean, normal_email
from portal.notices.operations import send_fresh_link
from portal.web.public.home import own_path
from portal.web.shell import guard
from portal.web.shell.acting import perform, this_form
from portal.web.shell.errors import message_of
from portal.web.shell.guard import VISITOR, SignedIn, allow, csrf_token, open_to_all
from portal.web.shell.replay import LEFT, kept, left
from portal.web.shell.stepping import act_at, step_up_page


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/sign-in", view_func=open_to_all(show_sign_in))
    blueprint.add_url_rule("/sign-in", "do_sign_in", open_to_all(do_sign_in), methods=["POST"])
    blueprint.add_url_rule("/sign-out", view_func=open_to_all(sign_out), methods=["POST"])
    blueprint.add_url_rule("/in/<token>", view_func=open_to_all(show_link))
    blueprint.add_url_rule("/in/<token>", "do_link", open_to_all(do_link), methods=["POST"])
    blueprint.add_url_rule("/in/<token>/fresh", view_func=open_to_all(fresh_link), methods=["POST"])
    blueprint.add_url_rule("/step-up", view_func=allow(Permission.CHANGE_PREFERENCES)(show_step_up))
    blueprint.add_url_rule("/step-up", "do_step_up", allow(Permission.CHANGE_PREFERENCES)(do_step_up), methods=["POST"])
    blueprint.add_url_rule("/step-up/link", view_func=allow(Permission.CHANGE_PREFERENCES)(step_up_link), methods=["POST"])


def show_sign_in() -> Any:
    if current_user.is_authenticated and guard.actor().case_ref is None:
        return redirect(own_path(request.args.get("next"), "/me"))
    target = own_path(request.args.get("next"), "")
    return render_template("public/sign_in.html", current="sign-in", target=target, kept="", errors=[], email="", ask_code=False)


def do_sign_in() -> Any:
    email, code = request.form.get("email", "")[:320], request.form.get("code", "")[:12]
    try:
        token, answer = _signed_in(email, _password(), code)
    except Refusal as error:
        ask = error.code in {"code_needed", "wrong_code"} or "code" in request.form
        shown = [] if error.code == "code_needed" and not code else [(error.field or "email", message_of(error))]
        return render_template(
            "public/sign_in.html", current="sign-in", errors=shown, email=email, ask_code=ask, code=code,
            target=request.form.get("target", ""), kept=request.form.get("kept", ""),
            tried_often=isinstance(error, TooMany),
        ), 200 if error.code == "code_needed" else _status(error)
    return _enter(token, answer["target"])


def _status(error: Refusal) -> int:
    """How a form that was refused is answered: tries that were too many in their own way, so that programs know when."""
    return error.status if isinstance(error, TooMany) else 422


def _password() -> str:
    """The password that was typed. Errors: `password_missing`; nothing was tried then, so nothing counts."""
    password = request.form.get("password", "")[:1000]
    if not password:
        again = N_("Enter your password again: it is not kept on this page.")
        raise RuleBroken("password_missing", again if "code" in request.form else N_("Enter your password."), field="password")
    return password


def _signed_in(email: str, password: str, code: str) -> tuple[str, dict[str, Any]]:
    """Counts the try, checks the password outside any act, then opens the session."""
    norm, token = normal_email(clean(email, field="email")), _session_token(email)
    _count(f"address:{norm}")
    known = sign_in_person(g.db, norm)
    right = password_fits(known.password_hash if known else None, password)
    answer = perform(
        sign_in, actor=VISITOR, email=email, password_right=right, code=code, csrf=csrf_token(), token_hash=token_hash(token),
        leaving=_leaving(),
    )
    return token, answer


def _count(subject: str) -> None:
    """Counts a try under a key of our own: with the form's key, the same form sent again would not count."""
    key = "count:" + new_token()[:40]
    act(guard.office(), count_sign_in, VISITOR, key, subject=subject, source=source_of_request())


def source_of_request() -> str:
    """Where this request came from, when that tells people apart: not a proxy's address on our own network.

    Whoever has one IPv6 address has 2^64 of them: they count as one place.
    """
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_global:
        return ""
    return str(address) if address.version == 4 else str(ip_network((address, 64), strict=False))


def _session_token(subject: str) -> str:
    """The token of the session that this form opens: the same form sent twice opens one session and enters twice."""
    return guard.office().keyring.sign("session", f"{this_form()}:{csrf_token()}:{subject}")


def _leaving() -> Leaving:
    """The session that this browser has now: opening another one ends it."""
    return Leaving(token_hash(current_user.token) if current_user.is_authenticated else None)


def _log_in(token: str) -> Person:
    """Gives the browser the session of this token. Errors: `NotFound` when it is over already."""
    with guard.office().database.read() as reading:
        found = session_of(reading, token, guard.office().clock())
        if found is None:
            raise NotFound
        login_user(SignedIn(token, *found, actor_of(reading, found[0])))
    return found[1]


def _enter(token: str, target: str) -> Any:
    """Gives the browser its new session and goes on: to the kept form, to the page asked for, or to the start."""
    person = _log_in(token)
    session.pop("csrf", None)
    session.pop(LEFT, None)
    carried = kept(request.form.get("kept", ""), person.id)
    if carried:
        return render_template("shell/replay.html", errors=[], confirmed=False, **carried)
    return redirect(own_path(request.form.get("target"), target), 303)


def sign_out() -> Any:
    token = current_user.token if current_user.is_authenticated else ""
    if token:
        perform(end_session, session_id=guard.session_id())
    logout_user()
    session.clear()
    if token:
        left(token)
    return redirect("/", 303)


def show_link(token: str) -> Any:
    """Opening a link spends nothing (mail scanners open links); its page has one button."""
    link = link_by_token(g.db, token)
    spent = link.used_at is not None or link.expires_at <= g.now
    return render_template(
        "public/link.html", token=token, spent=spent, current="sign-in", errors=[], bare=False, case=link.case_ref is not None,
    )


def do_link(token: str) -> Any:
    fresh = _session_token(token)
    try:
        answer = perform(
            use_link, actor=VISITOR, link_hash=token_hash(token), csrf=csrf_token(), session_hash=token_hash(fresh),
            leaving=_leaving(),
        )
    except RuleBroken as error:
        return render_template(
            "public/link.html", token=token, spent=True, current="sign-in", errors=[("", message_of(error))]
        ), 422
    return _enter(fresh, answer["target"])


def fresh_link(token: str) -> Any:
    """A fresh link goes to the address on file, wherever this page was opened."""
    perform(send_fresh_link, actor=VISITOR, link_hash=token_hash(token))
    return render_template("public/link_sent.html", current="sign-in", errors=[])


def show_step_up() -> Any:
    return step_up_page([], own_path(request.args.get("next"), "/"), "")


def _stepped_up(person: Person) -> str:
    """Checks the password or the code; the session goes on under the token that is returned."""
    opened, code = guard.session_id(), request.form.get("code", "")[:12]
    token = _session_token(str(opened))
    right = password_fits(person.password_hash, request.form.get("password", "")[:1000])
    perform(step_up, session_id=opened, password_right=right, code=code, token_hash=token_hash(token))
    return token


def do_step_up() -> Any:
    target, carried = own_path(request.form.get("target"), "/"), request.form.get("kept", "")
    person: Person = guard.person()
    try:
        _count(f"step-up:{person.id}")
        token = _stepped_up(person)
    except Refusal as error:
        return step_up_page([(error.field or "", message_of(error))], target, carried), _status(error)
    _log_in(token)
    form = kept(carried, person.id)
    if form:
        return render_template("shell/replay.html", errors=[], confirmed=True, act=act_at(form["target"], "POST"), **form)
    return redirect(target, 303)


def step_up_link() -> Any:
    """For somebody with neither authenticator nor password: a fresh link to the address on file, which shows it again.

    Errors: `NotFound` for anybody who has something stronger, or whom no link was ever sent.
    """
    person: Person = guard.person()
    link = newest_link(g.db, person.id, guard.actor().case_ref)
    if link is None or person.password_hash or live_factor(g.db, person.id):
        raise NotFound
    perform(send_fresh_link, actor=VISITOR, link_hash=link.token_hash)
    return render_template("public/link_sent.html", current="", errors=[])
