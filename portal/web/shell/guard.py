"""Who is there and may they: sessions, permissions on every route, forged requests, headers."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, Response, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user

from portal.accounts.models import Person, UserSession
from portal.accounts.queries import actor_of, session_of
from portal.act import Office
from portal.core.access import Actor, Permission, Role, may
from portal.core.errors import NotAllowed, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.text import clean
from portal.web.shell.replay import password_needed, sign_in_again

View = TypeVar("View", bound=Callable[..., Any])
SAFE = {"GET", "HEAD", "OPTIONS"}
WRITTEN = (
    "csrf_token", "form_key", "version", "action", "account", "contract", "milestone", "document", "currency", "language",
    "step", "go", "target", "next",
)
"""Fields that our pages fill in themselves. What people type and choose is checked by each form, at its field."""
STALE = N_("This form is from an older page. Please reload the page and send it again.")
TRY_AGAIN = "5"
"""After how many seconds it is worth trying again when we are busy: as long as an act waits for its turn."""
VISITOR = Actor("visitor", frozenset())
BY_PASSWORD = Actor("somebody", frozenset({Role.PERSON}))
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


def allow(permission: Permission) -> Callable[[View], View]:
    """The permission that a route needs. Every route has one, or is `open_to_all`."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def open_to_all(view: View) -> View:
    """A route that anybody may open."""
    view.permission = None  # type: ignore[attr-defined]
    return view


class Sessions(SecureCookieSessionInterface):
    """The cookie, kept out of what is the same for everybody, so that caches that others share may keep it."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.modified or not response.cache_control.public:
            super().save_session(app, session, response)


class SignedIn(UserMixin):
    """The person of this request, as Flask-Login knows them: `get_id()` is the random token of the cookie."""

    def __init__(self, token: str, opened: UserSession, person: Person, actor: Actor) -> None:
        self.token, self.opened, self.person, self.actor = token, opened, person, actor

    def get_id(self) -> str:
        return self.token


def office() -> Office:
    found: Office = current_app.extensions["office"]
    return found


def actor() -> Actor:
    """Who acts in this request."""
    return current_user.actor if current_user.is_authenticated else VISITOR


def person() -> Person:
    """The person of this request; only on routes that need one."""
    found: Person = current_user.person
    return found


def session_id() -> UUID:
    found: UUID = current_user.opened.id
    return found


def csrf_token() -> str:
    """The token of this browser's forms; it survives a new session id and has no time limit."""
    if current_user.is_authenticated:
        return str(current_user.opened.csrf)
    if "csrf" not in session:
        session["csrf"] = secrets.token_hex(24)
    return str(session["csrf"])


def prepare(app: Flask) -> None:
    """Puts the guards in place. Errors: RuntimeError naming a route without a permission."""
    app.session_interface = Sessions()
    login = LoginManager()
    login.session_protection = None
    login.init_app(app)
    login.user_loader(_load)
    for endpoint, view in app.view_functions.items():
        if not hasattr(view, "permission"):
            raise RuntimeError(f"the route {endpoint} has no permission")
    app.before_request(_begin)
    app.before_request(_refuse_unstorable)
    app.before_request(_refuse_forged)
    app.before_request(_refuse_unentitled)
    app.after_request(_harden)
    app.teardown_request(_end)


def _begin() -> None:
    g.reading = office().database.read()
    g.db = g.reading.__enter__()
    g.now = office().clock()


def _end(_error: BaseException | None) -> None:
    reading = g.pop("reading", None)
    if reading is not None:
        reading.__exit__(None, None, None)


def _refuse_unstorable() -> None:
    """Nothing is at an address with a character that cannot be stored, and no page of ours wrote it into its form."""
    address = [request.path, *(part for pair in request.args.items(multi=True) for part in pair)]
    if not all(map(_storable, address)):
        raise NotFound
    if request.method in SAFE or request.endpoint is None:
        return
    if not all(_storable(value) for name in WRITTEN for value in request.form.getlist(name)):
        raise RuleBroken("stale_form", STALE)


def _storable(text: str) -> bool:
    try:
        clean(text)
    except RuleBroken:
        return False
    return True


def _load(token: str) -> SignedIn | None:
    found = session_of(g.db, token, g.now)
    return SignedIn(token, *found, actor_of(g.db, found[0])) if found else None


def _same_origin() -> bool:
    """Whether the browser says that one of our own pages sent this. On this machine (http) any name of it is ours."""
    origin = request.headers.get("Origin")
    if origin and origin != "null":
        ours: str = current_app.extensions["settings"].origin
        places = {_place(ours), _place(request.host_url)} if ours.startswith("http:") else {_place(ours)}
        return _place(origin) in places - {None}
    return request.headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"}


def _place(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address, or nothing when it cannot be read."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80)
    except ValueError:
        return None


def _refuse_forged() -> None:
    """Every unsafe request carries this browser's token and comes from our own pages."""
    if request.method in SAFE or request.endpoint is None:
        return
    if not _same_origin():
        raise NotAllowed("foreign", "This form was not sent from our pages. Nothing was done.")
    sent, known = request.form.get("csrf_token", ""), csrf_token()
    if not hmac.compare_digest(sent.encode(), known.encode()) and not _expired():
        raise RuleBroken("stale_form", STALE)


def _expired() -> bool:
    """Whether the browser had a session that is over: then its form is kept, not refused."""
    return not current_user.is_authenticated and _needed() is not None


def _needed() -> Permission | None:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "permission", None)


def _refuse_unentitled() -> Any:
    """Signed out: the sign-in page, with what was typed. Signed in without the right: nothing is there.

    Who came in by a link and opens a page that needs their password is told so, whatever the page is about.
    """
    needed = _needed()
    if request.endpoint is None or needed is None:
        return None
    if not current_user.is_authenticated:
        return sign_in_again()
    if may(current_user.actor, needed):
        return None
    if request.method == "GET" and current_user.actor.case_ref is not None and may(BY_PASSWORD, needed):
        return password_needed()
    raise NotFound


def _is_known() -> bool:
    """Whether this request's page was made for somebody signed in; what asked nobody who they are asks the database nothing."""
    known = g.get("_login_user")
    return known is not None and known.is_authenticated


def _harden(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.status_code == 503:
        response.headers.setdefault("Retry-After", TRY_AGAIN)
    if response.status_code >= 500 and not response.cache_control.public:
        response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if "Cache-Control" not in response.headers and (_is_known() or "csrf" in session):
        response.headers["Cache-Control"] = "no-store"
    return response
