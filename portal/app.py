"""Puts the application together: settings, database, guards, pages, commands, errors."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import rooms
from portal.act import Office
from portal.cli import commands
from portal.core.clock import Clock, system_clock
from portal.core.database import Database
from portal.core.keys import Keyring
from portal.settings import Settings, load_settings
from portal.web import desk, person, public
from portal.web.front.whole import Answer, Front, Limits
from portal.web.shell import context, errors, guard, promise_notes, promised, uploads


def create_app(settings: Settings | None = None, *, clock: Clock = system_clock, database: Database | None = None) -> Flask:
    """The application. Errors: `SettingsError` at once for a missing or unsafe setting; a route without a permission
    stops the start."""
    settings = settings or load_settings()
    app = Flask("portal.web", static_folder=None, template_folder="shell/templates")
    cookie, *former = Keyring(settings.secret_key, settings.former_secret_keys).derived("cookie")
    app.config.update(
        SECRET_KEY=cookie,
        SECRET_KEY_FALLBACKS=former,
        SESSION_COOKIE_NAME="__Host-portal",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=12_000_000,
        MAX_FORM_MEMORY_SIZE=12_000_000,
        MAX_FORM_PARTS=500,
    )
    app.extensions["settings"] = settings
    app.extensions["office"] = make_office(settings, clock, database)
    for wing in (public, person, desk):
        app.register_blueprint(wing.blueprint)
    context.prepare(app)
    promised.prepare(app)
    promise_notes.prepare(app)
    uploads.prepare(app)
    errors.prepare(app)
    guard.prepare(app)
    commands.prepare(app)
    _behind_proxies(app, settings.trusted_proxies)
    return app


def _behind_proxies(app: Flask, trusted: int) -> None:
    """Believes only what our own proxies say of where a request came from and by which scheme; the host stays BASE_URL's."""
    if trusted:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted, x_host=0, x_port=0, x_prefix=0)  # type: ignore[method-assign]


def in_front(app: Flask, limits: Limits | None = None) -> Front:
    """The application for a server that speaks ASGI: slow senders and readers, and floods, hold up nobody else."""
    settings, page = app.extensions["settings"], errors.page_of(app)
    return Front(
        app, uploads.most_of(app), lambda status, environ: Answer(*page(status, environ)), proxies=settings.trusted_proxies,
        limits=limits,
    )


def make_office(settings: Settings, clock: Clock, database: Database | None = None) -> Office:
    """What acts need, from the settings; every room is loaded, so that each kind of clock finds its handler."""
    assert rooms.LOADED
    return Office(
        database or Database(settings.database_url), clock,
        Keyring(settings.secret_key, settings.former_secret_keys), settings.marketplace, settings.country,
    )


__all__ = ["create_app", "in_front", "make_office"]
