"""What may be kept of our answers, and by whom: records for everybody, pages only by the visitor's own browser.

Every page has the shell around it: the language form with this browser's token, and who is signed in. So no page is ever
kept by a cache that others share. A visitor's browser may keep a page of the rules if it asks each time whether it is
still the same; somebody who is signed in gets it anew each time, like every page of theirs. Records (JSON, Atom) are the
same for everybody, set no cookie and may be kept anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from flask import Response, current_app, request
from flask_login import current_user
from werkzeug.http import is_resource_modified

from portal.core.text import canonical
from portal.web.shell.context import lang
from portal.web.shell.guard import csrf_token

PROGRAM = Path(__file__).resolve().parents[2]
KEPT = {".py", ".html", ".css", ".js", ".svg", ".po"}
A_WHILE = 300
"""How many seconds a record may be used without asking again."""
VISITORS = "private, no-cache"
FOR_ALL = {
    "Cache-Control": f"public, max-age={A_WHILE}", "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@lru_cache
def program() -> str:
    """The hash of everything that a page is made by: another program makes other pages of the same rules."""
    digest = hashlib.sha256()
    for path in sorted(PROGRAM.rglob("*")):
        if path.suffix in KEPT:
            digest.update(path.relative_to(PROGRAM).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def tag_of(*parts: object) -> str:
    """An entity tag for what is made of these parts."""
    return hashlib.sha256(canonical([program(), *map(str, parts)]).encode()).hexdigest()[:32]


def page(make: Callable[[], str], *made_of: object) -> Response:
    """A page that depends on these parts and the shell: not made at all when the visitor's browser has it already."""
    if current_user.is_authenticated:
        return Response(make())
    settings = current_app.extensions["settings"]
    tag = tag_of("page", request.full_path, lang().code, csrf_token(), settings.marketplace, settings.contact, *made_of)
    unchanged = not is_resource_modified(request.environ, etag=tag)
    response = Response(status=304) if unchanged else Response(make())
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = VISITORS
    response.headers["Vary"] = "Accept-Language"
    return response


def record(make: Callable[[], str], media_type: str, changed: datetime, *made_of: object) -> Response:
    """A record that is the same for everybody and depends on these parts only."""
    tag, since = tag_of("record", media_type, *made_of), changed.replace(microsecond=0)
    same = not is_resource_modified(request.environ, etag=tag, last_modified=since)
    response = Response(status=304) if same else Response(make(), content_type=f"{media_type}; charset=utf-8")
    response.set_etag(tag)
    response.last_modified = since
    response.headers.update(FOR_ALL)
    return response


def origin() -> str:
    """Where this portal is, for addresses that leave it."""
    found: str = current_app.extensions["settings"].base_url.rstrip("/")
    return found
