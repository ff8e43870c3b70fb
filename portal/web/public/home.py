"""The start page with its three doors, the menu page, the language switch, the log, and whether the server is well."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, render_template, request, session
from flask_login import current_user

from portal.accounts.operations import set_language
from portal.core.i18n import CODES
from portal.log.checkpoints import origin_of, public_key_of, verifier_key
from portal.log.queries import log_size, newest_checkpoint
from portal.web.shell.acting import perform
from portal.web.shell.guard import open_to_all


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/", view_func=open_to_all(home))
    blueprint.add_url_rule("/menu", view_func=open_to_all(menu))
    blueprint.add_url_rule("/language", view_func=open_to_all(choose_language), methods=["POST"])
    blueprint.add_url_rule("/log", view_func=open_to_all(log))
    blueprint.add_url_rule("/healthz", view_func=open_to_all(healthz))
    blueprint.add_url_rule("/readyz", view_func=open_to_all(readyz))


def own_path(target: str | None, default: str = "/") -> str:
    """A path on this site, or the default: never another host."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return default
    if any(sign < "\x21" or sign in "\x7f\\" for sign in target):
        return default
    try:
        parts = urlsplit(target)
    except ValueError:
        return default
    return default if parts.scheme or parts.netloc else target


def home() -> Any:
    """Three doors: somebody whose account was acted on, a client, somebody who wants to read the rules."""
    if current_user.is_authenticated and current_user.actor.is_staff:
        return redirect("/desk")
    return render_template("public/home.html", current="home")


def menu() -> str:
    return render_template("shell/menu.html", current="menu")


def choose_language() -> Any:
    """Changes the language of the pages; for a signed-in person also of what we write to them."""
    chosen = request.form.get("language", "")
    if chosen in CODES:
        if current_user.is_authenticated:
            perform(set_language, language=chosen)
        session["language"] = chosen
    return redirect(own_path(request.form.get("next")), 303)


def log() -> str:
    """What the log is, its newest checkpoint, and how to check it."""
    settings = current_app.extensions["settings"]
    key = verifier_key(origin_of(settings.base_url), public_key_of(settings.signing_key))
    return render_template("public/log.html", current="log", checkpoint=newest_checkpoint(g.db), key=key)


def healthz() -> tuple[str, int, dict[str, str]]:
    """The process answers."""
    return "ok\n", 200, {"Content-Type": "text/plain"}


def readyz() -> tuple[str, int, dict[str, str]]:
    """The database answers too."""
    log_size(g.db)
    return "ready\n", 200, {"Content-Type": "text/plain"}
