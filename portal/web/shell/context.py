"""What every template can use: language, formats, navigation, assets, the signed-in person."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, current_app, g, request, send_file, session
from flask_login import current_user
from markupsafe import Markup

from portal.core.access import Permission, Role, may
from portal.core.i18n import LANGUAGES, N_, Language, language
from portal.core.labels import label
from portal.notices.queries import unread
from portal.rulebook.addresses import clause_path, comparison_path, version_path
from portal.rulebook.announced import changes_listed
from portal.rulebook.queries import CitedClause
from portal.rulebook.rendering import clause_html
from portal.rulebook.shelf import leads_to, whole
from portal.web.shell.acting import form_key
from portal.web.shell.guard import csrf_token, open_to_all

STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
PERSON = [(N_("My account"), "/me", "me"), (N_("Funds"), "/me/funds", "funds"), (N_("Rules"), "/rules", "rules")]
DESK = [(N_("Queue"), "/desk", "queue"), (N_("Mine"), "/desk?filter=mine", "mine"), (N_("Rules"), "/rules", "rules")]
PUBLIC = [(N_("Rules"), "/rules", "rules"), (N_("Sign in"), "/sign-in", "sign-in")]


@dataclass(frozen=True, slots=True)
class Me:
    """The signed-in person as templates see them."""

    name: str
    has_password: bool
    is_staff: bool
    handle: str | None
    unread: int


def prepare(app: Flask) -> None:
    """Adds filters, globals and the static files to the application."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text, **params: lang().gettext(text, **params), lambda one, many, n, **p: lang().ngettext(one, many, n, **p),
        newstyle=False,
    )
    app.jinja_env.globals.update(_=lambda text, **params: lang().gettext(text, **params))
    app.jinja_env.globals.update(version_path=version_path, clause_path=clause_path, comparison_path=comparison_path)
    app.jinja_env.globals.update(csrf_token=csrf_token, form_key=form_key, asset=asset)
    app.jinja_env.globals.update(rule_html=rule_html, rule_words=rule_words)
    app.jinja_env.globals.update(written_in=lambda code: written_in(lang(), code) if code else "")
    app.jinja_env.filters.update(
        money=lambda amount: lang().money(amount), place=lambda hint: lang().place(hint), instant=_instant, day=_day,
        day_short=_day_short, month=lambda day: lang().month(day), last_day=lambda at: lang().last_day(at, reader_zone()),
        whole_day=lambda at: lang().whole_day(at, reader_zone()),
        until=lambda at, zone="": lang().until(at, zone or reader_zone(), reader_zone()),
        by=lambda at: lang().by(at, reader_zone()), at_end=lambda at: lang().at_end(at, reader_zone()),
        in_days=lambda at: lang().in_days(at, g.now), paragraphs=paragraphs,
        label=lambda value, kind: label(lang(), kind, value), changes_listed=changes_listed, tagged=tagged,
    )
    app.context_processor(_shared)
    app.add_url_rule("/static/<name>", "static", open_to_all(static))
    app.static_folder = str(STATIC)


def lang() -> Language:
    """The reader's language, as pages write it: what the person chose, else this browser's choice, else what it accepts."""
    if "lang" not in g:
        chosen = current_user.person.language if current_user.is_authenticated else session.get("language")
        accepted = request.accept_languages.best_match([one.code for one in LANGUAGES])
        g.lang = language(chosen or accepted).unbroken()
    found: Language = g.lang
    return found


def reader_zone() -> str:
    """The reader's time zone; UTC for a visitor."""
    if "zone" not in g:
        g.zone = str(current_user.person.zone) if current_user.is_authenticated else "UTC"
    found: str = g.zone
    return found


def written_in(speech: Language, code: str | None) -> str:
    """The note at a text that stays as it was written, for readers of another language; else nothing."""
    if not code or language(code).code == speech.code:
        return ""
    return speech.gettext(N_("Written in %(language)s."), language=speech.called(code))


def _instant(value: datetime) -> str:
    return lang().instant(value, reader_zone())


def _day(value: date | datetime) -> str:
    return lang().day(value, reader_zone())


def _day_short(value: date | datetime) -> str:
    return lang().day_short(value, reader_zone())


def paragraphs(text: str) -> list[str]:
    """A person's plain text as paragraphs; never Markdown."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def rule_html(text: str, number: str = "") -> Markup:
    """A clause's text as HTML: the one place where markup is declared safe, after `rendering.clause_html` cleaned it.

    `number`: by which the page cites it, so that the text need not begin with it again.
    """
    return Markup(clause_html(text, number))  # noqa: S704


def tagged(text: str, part: str, code: str | None) -> str:
    """A sentence with a part of it marked as of another language; as it is where nobody knows which (records of before)."""
    before, found, after = text.partition(part)
    if not code or not part or not found:
        return text
    return Markup('{}<bdi lang="{}">{}</bdi>{}').format(before, code, part, after)


def rule_words(clause: CitedClause) -> Markup:
    """A clause as it is quoted by itself: an item with the sentences that it goes on from before it."""
    leads = leads_to(whole(g.db, clause.version_id), clause) if clause.parent_key else []
    return Markup().join(rule_html(one.text, one.number) for one in (*leads, clause))


def asset(name: str) -> str:
    """The address of a static file with its content's hash, so that it can be cached for good."""
    return f"/static/{name}?{_digest(name)}"


_DIGESTS: dict[str, str] = {}


def _digest(name: str) -> str:
    if name not in _DIGESTS:
        _DIGESTS[name] = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return _DIGESTS[name]


def static(name: str) -> Response:
    """A file of the shell's own: styles, script, mark."""
    path = STATIC / name
    if path.suffix not in TYPES or not path.is_file() or path.parent != STATIC:
        abort(404)
    response = send_file(path, mimetype=TYPES[path.suffix])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _shared() -> dict[str, Any]:
    me, spoken = _me() if "reading" in g else None, lang()
    return {
        "lang": spoken, "_": spoken.gettext, "languages": LANGUAGES, "me": me, "now": g.get("now"), "navigation": _navigation(me),
        "marketplace": current_app.extensions["settings"].marketplace, "contact": current_app.extensions["settings"].contact,
    }


def _me() -> Me | None:
    if not current_user or not current_user.is_authenticated:
        return None
    person, actor = current_user.person, current_user.actor
    return Me(person.name, person.password_hash is not None, actor.is_staff,
              f"{lang().gettext('Reviewer')} {actor.handle}" if actor.handle else None,
              0 if actor.is_staff else unread(g.db, person.id))


def _navigation(me: Me | None) -> list[tuple[str, str, str, int | str]]:
    if me is None:
        links = PUBLIC
    elif may(current_user.actor, Permission.READ_DESK):
        links = DESK
    else:
        links = [*PERSON]
    shown: list[tuple[str, str, str, int | str]] = [(lang().gettext(label), href, key, 0) for label, href, key in links]
    if me is not None and not me.is_staff and Role.PERSON in current_user.actor.roles:
        shown.append((lang().gettext("Inbox"), "/me/inbox", "inbox", "99+" if me.unread > 99 else me.unread))
    return shown
