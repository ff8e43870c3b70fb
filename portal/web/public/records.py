"""The rules for programs: every version as JSON, and an Atom feed (RFC 4287) of what was published."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from flask import Blueprint, Response, current_app, g

from portal.core.clock import zone
from portal.core.errors import NotFound
from portal.core.i18n import N_, Language, language
from portal.core.text import canonical
from portal.rulebook.addresses import clause_path, comparison_path, version_path
from portal.rulebook.models import PolicyVersion
from portal.rulebook.queries import CitedClause, versions_of
from portal.rulebook.shelf import newest_published, whole
from portal.web.public.rules import on_day
from portal.web.shell import caching
from portal.web.shell.guard import open_to_all

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
ATOM = "http://www.w3.org/2005/Atom"
ENTRIES = 100
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ElementTree.register_namespace("", ATOM)


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/rules/changes.atom", view_func=open_to_all(feed))
    blueprint.add_url_rule("/rules/<slug>/<day>.json", view_func=open_to_all(as_json))


def as_json(slug: str, day: str) -> Response:
    """A version with all its clauses: the binding text, or a translation as `2026-03-01.es.json`."""
    on, _, code = day.partition(".")
    languages = on_day(versions_of(g.db, slug), on)
    shown = next((one for one in languages if one.language == code or (not code and one.binding)), None)
    if shown is None:
        raise NotFound
    changed = max(one.created_at for one in languages)

    def make() -> str:
        return canonical(_version(slug, shown, languages))

    return caching.record(make, "application/json", changed, caching.origin(), *(one.id for one in languages), shown.id)


def _version(slug: str, shown: PolicyVersion, languages: list[PolicyVersion]) -> dict[str, Any]:
    return {
        "v": 1, "policy": slug, "title": shown.title, "language": shown.language, "binding": shown.binding,
        "binding_language": next((one.language for one in languages if one.binding), None),
        "languages": sorted(one.language for one in languages), "published_on": shown.published_on,
        "effective_on": shown.effective_on, "changes": shown.changes, "sha256": shown.sha256, "corrects": _corrects(slug, shown),
        "url": f"{_address(slug, shown)}?in={shown.language}",
        "clauses": [_clause(slug, shown, one) for one in whole(g.db, shown.id)],
    }


def _corrects(slug: str, shown: PolicyVersion) -> str | None:
    """The day of the version whose wording it only corrects; None for a version with rules of its own."""
    before = next((one for one in versions_of(g.db, slug) if one.id == shown.corrects_id), None)
    return before.effective_on.isoformat() if before is not None else None


def _clause(slug: str, shown: PolicyVersion, clause: CitedClause) -> dict[str, Any]:
    """`text` is Markdown as it was published, its own heading line with it; `sha256` is that of its UTF-8 bytes."""
    return {
        "key": clause.key, "number": clause.number, "heading": clause.heading, "level": clause.level,
        "parent": clause.parent_key, "text": clause.text, "sha256": clause.sha256, "data": clause.data.canonical(),
        "url": f"{caching.origin()}{clause_path(slug, shown.effective_on, clause.key)}?in={shown.language}",
    }


def _address(slug: str, version: PolicyVersion) -> str:
    return f"{caching.origin()}{version_path(slug, version.effective_on)}"


def feed() -> Response:
    """One entry for each version in each language, what was published last first."""
    found = newest_published(g.db, ENTRIES)
    changed = max((updated(version, g.now) for version, _ in found), default=g.now)
    settings = current_app.extensions["settings"]

    def make() -> str:
        return _feed(found, changed, settings.marketplace)

    return caching.record(
        make, "application/atom+xml", changed, caching.origin(), settings.marketplace, changed,
        *(version.id for version, _ in found))


def _published(version: PolicyVersion) -> datetime:
    return datetime.combine(version.published_on, time(), zone("UTC"))


def updated(version: PolicyVersion, now: datetime) -> datetime:
    """When it was last news: it was frozen here, or the day of its publication came."""
    return version.created_at if _published(version) > now else max(version.created_at, _published(version))


def _feed(found: list[tuple[PolicyVersion, str]], changed: datetime, marketplace: str) -> str:
    root = ElementTree.Element(f"{{{ATOM}}}feed", {LANGUAGE: "en"})
    _add(root, "id", f"{caching.origin()}/rules/changes.atom")
    _add(root, "title", f"{marketplace}: changes of the rules")
    _add(root, "updated", _instant(changed))
    _add(root, "link", rel="self", type="application/atom+xml", href=f"{caching.origin()}/rules/changes.atom")
    _add(root, "link", rel="alternate", type="text/html", href=f"{caching.origin()}/rules")
    _add(_add(root, "author"), "name", marketplace)
    for version, slug in found:
        earlier = [one for one, its in found if its == slug and one.language == version.language]
        _entry(root, version, slug, [one for one in earlier if one.effective_on < version.effective_on])
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _entry(root: ElementTree.Element, version: PolicyVersion, slug: str, earlier: list[PolicyVersion]) -> None:
    spoken, address = language(version.language), _address(slug, version)
    entry = _add(root, "entry", **{LANGUAGE: version.language})
    _add(entry, "id", _name(slug, version))
    _add(entry, "title", _title(spoken, version))
    _add(entry, "updated", _instant(updated(version, g.now)))
    _add(entry, "published", _instant(_published(version)))
    place = f"?in={version.language}"
    _add(entry, "link", rel="alternate", type="text/html", hreflang=version.language, href=f"{address}{place}")
    code = "" if version.binding else f".{version.language}"
    _add(entry, "link", rel="alternate", type="application/json", hreflang=version.language, href=f"{address}{code}.json")
    if earlier:
        since = max(one.effective_on for one in earlier)
        span = f"{caching.origin()}{comparison_path(slug, since, version.effective_on)}"
        _add(entry, "link", rel="related", type="text/html", hreflang=version.language, href=span + place)
    _add(entry, "category", term=slug)
    if version.corrects_id is not None:
        _add(entry, "category", term="editorial", label=spoken.gettext(N_("Editorial correction")))
    _add(entry, "summary", version.changes.strip() or _title(spoken, version))


def _title(spoken: Language, version: PolicyVersion) -> str:
    return spoken.gettext(N_("%(title)s, in force from %(day)s"), title=version.title, day=spoken.day(version.effective_on))


def _name(slug: str, version: PolicyVersion) -> str:
    """A name that stays (RFC 4151): the same however often the feed is made, and wherever its pages move on this host."""
    host = urlsplit(caching.origin()).hostname
    return f"tag:{host},{version.published_on.isoformat()}:rules/{slug}/{version.effective_on.isoformat()}/{version.language}"


def _instant(at: datetime) -> str:
    return at.astimezone(zone("UTC")).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    """An element of the feed; characters that XML cannot hold are left out."""
    made = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}", {key: NOT_XML.sub("", value) for key, value in attributes.items()})
    made.text = NOT_XML.sub("", text) or None
    return made
