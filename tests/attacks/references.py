"""Another person's reference: every route, for each method, from every point of view, over the filled world.

Source: SECURITY, "Abuse and fault cases".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from lxml import html  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.core.access import TABLE
from portal.core.ids import new_token
from tests.attacks.ground import MEMBERS, MONEY, OWNERS, Ground, Viewer, is_in_reach, is_theirs
from tests.attacks.scripts import framable, strange_markup
from tests.attacks.things import Reference, references
from tests.attacks.watching import Watch
from tests.attacks.who import OF_MONEY, OF_OWNERS, TAKES, THING

AT_THE_DESK = frozenset(thing for endpoint, thing in THING.items() if endpoint.startswith("desk."))
REFUSED = frozenset({401, 403, 404})
OWN_PAGES = (
    "/me", "/me/funds", "/me/funds/destinations", "/me/identity", "/me/inbox", "/me/rules", "/me/security", "/me/needs/new",
    "/reports/new", "/desk", "/desk/find?q=o", "/desk/reports", "/desk/reports/new", "/desk/corrections", "/desk/many/new",
)
TYPED = "Something that nobody of this world has written."


@dataclass(frozen=True)
class Address:
    """A route with the references of one thing in it; what stands in no part of it goes into the query or the form."""

    rule: Rule
    thing: Reference

    @property
    def endpoint(self) -> str:
        return str(self.rule.endpoint)

    @property
    def path(self) -> str:
        parts = {name: value for name, value in self.thing.values.items() if name in self.rule.arguments}
        return re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda found: parts[found[1]], self.rule.rule)

    @property
    def beside(self) -> dict[str, str]:
        return {name: value for name, value in self.thing.values.items() if name not in self.rule.arguments}


@dataclass(frozen=True)
class Shown:
    """A form on a page of somebody who may send it: where it goes, and what it would send."""

    path: str
    fields: dict[str, Any]
    thing: Reference | None


@dataclass(frozen=True)
class Attempt:
    """What somebody asks for to whom it is closed, or sends there."""

    method: str
    endpoint: str
    path: str
    typed: dict[str, Any]


@dataclass
class Walk:
    """One walk: what was tried, what was open to whom it should be, and what is wrong.

    `by_role`: whether those try it too whom their role alone keeps out, which no query is asked for.
    """

    ground: Ground
    by_role: bool = True
    tried: Counter[str] = field(default_factory=Counter)
    opened: set[str] = field(default_factory=set)
    forms: dict[str, Shown] = field(default_factory=dict)
    pages: dict[str, list[str]] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)
    words: set[tuple[str, str]] = field(default_factory=set)
    markup: list[str] = field(default_factory=list)
    framed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def addresses(self, most: int) -> Iterator[tuple[str, Address]]:
        """Each method of each route, with the references that it is tried with."""
        for rule in sorted(self.ground.app.url_map.iter_rules(), key=lambda one: (one.rule, one.endpoint)):
            for thing in self._some(THING[rule.endpoint], most) if rule.endpoint in THING else ():
                for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                    yield method, Address(rule, thing)

    def _some(self, thing: str, most: int) -> list[Reference]:
        with self.ground.database.read() as session:
            found = references(session, thing)
        known = [one for one in found if any(self._is_somebodys(viewer, one, thing) for viewer in self.ground.viewers)] or found
        return known[::max(1, len(known) // most)][:most]

    def _is_somebodys(self, viewer: Viewer, thing: Reference, kind: str) -> bool:
        if kind in AT_THE_DESK:
            return (viewer.person, thing.case_ref) in self.ground.hands
        return viewer.case_ref is None and is_theirs(viewer, thing, MEMBERS)

    def entitled(self, viewer: Viewer, endpoint: str, thing: Reference | None) -> bool:
        """As `may`; where no thing is in the address, by their roles."""
        if thing is not None:
            return self.may(viewer, endpoint, thing)
        view: Any = self.ground.app.view_functions[endpoint]
        return bool(TABLE[view.permission].roles & viewer.roles)

    def may(self, viewer: Viewer, endpoint: str, thing: Reference) -> bool:
        """Whether this is open to them: by their roles, and by whose it is."""
        if not self.entitled(viewer, endpoint, None):
            return False
        if endpoint.startswith("desk."):
            return is_in_reach(self.ground, viewer, thing, takes=endpoint in TAKES)
        return is_theirs(viewer, thing, OWNERS if endpoint in OF_OWNERS else MONEY if endpoint in OF_MONEY else MEMBERS)


def forms_shown(ground: Ground, most: int) -> Walk:
    """Those who may open the pages do so: what was open, and the forms on them. `most`: so many things of each kind."""
    made = Walk(ground)
    for name in ("owner", "client with contract", "reviewer with something", "lead"):
        for path in OWN_PAGES:
            _look(made, ground.viewer(name), path, None)
    for method, address in made.addresses(most):
        if method == "GET":
            _open(made, address)
    return made


def walk(made: Walk, most: int, only: str = "") -> Walk:
    """Everybody else at every address, or at those of one route: they are refused, and nothing changes."""
    ground = made.ground
    every, watch = [one for one in made.addresses(most) if only in ("", one[1].endpoint)], Watch(ground.database)
    for viewer in ground.viewers:
        sent = set[str]()
        for method, address in every:
            _try(made, watch, viewer, method, address, sent)
    watch.close()
    return made


def _open(made: Walk, address: Address) -> None:
    """The first who may open it does so; so does the second, where it was closed to the first."""
    readers = [one for one in made.ground.viewers if made.may(one, address.endpoint, address.thing)]
    for viewer in readers[:3]:
        if _look(made, viewer, address.path + query_of(address.beside), address.thing) not in REFUSED:
            made.opened.add(address.endpoint)
            return


def query_of(typed: dict[str, str]) -> str:
    return "?" + urlencode(typed) if typed else ""


def _look(made: Walk, viewer: Viewer, path: str, thing: Reference | None) -> int:
    answer = viewer.browser.get(path)
    made.tried["opened"] += 1
    made.wrong += [f"{viewer.name}: GET {path} was answered with {answer.status_code}"] * (answer.status_code >= 500)
    if answer.status_code == 200 and answer.mimetype == "text/html":
        _keep_forms(made, answer, thing)
        _keep_page(made, viewer, path, answer)
    return answer.status_code


def _keep_page(made: Walk, viewer: Viewer, path: str, answer: TestResponse) -> None:
    """Where a page is that is of a new kind or shows words which no page showed before; what of its markup is not ours."""
    told, kind = made.ground.words.of(answer.text), re.sub(r"[A-Z]-[A-Z0-9]{8}|\?.*", "", path)
    if told - made.words or kind not in made.kinds:
        made.pages.setdefault(viewer.name, []).append(path)
    made.words, made.kinds = made.words | told, made.kinds | {kind}
    made.framed += [f"{viewer.name}: {path}"] * framable(answer)
    made.markup += [f"{viewer.name}: {path} has {one}" for one in strange_markup(answer.text)]


def _keep_forms(made: Walk, answer: TestResponse, thing: Reference | None) -> None:
    """What the page would send, by the route that takes it; what is typed is a sentence or a number."""
    for form in html.document_fromstring(answer.text).xpath("//form[@method='post']"):
        for way in {form.get("action") or "", *form.xpath(".//button/@formaction")}:
            try:
                endpoint, _ = made.ground.app.url_map.bind("localhost").match(urlsplit(way).path, "POST")
            except HTTPException:
                continue
            made.forms.setdefault(str(endpoint), Shown(way, _fields(form), thing))


def _fields(form: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in form.xpath(".//input[@name] | .//textarea[@name] | .//button[@name]"):
        kind = one.get("type", "text")
        if kind in ("radio", "checkbox") and one.get("name") in found:
            continue
        typed = one.tag == "textarea" or (kind == "text" and not one.get("value"))
        if kind != "file" and one.get("name") != "keep":
            found[one.get("name")] = ("12.00" if "amount" in one.get("name") else TYPED) if typed else one.get("value", "y")
    for one in form.xpath(".//select[@name]"):
        found[one.get("name")] = next((value for value in one.xpath(".//option/@value") if value), "")
    return found


def _try(made: Walk, watch: Watch, viewer: Viewer, method: str, address: Address, sent: set[str]) -> None:
    """Somebody to whom it is closed asks for it, and sends the form that somebody else's page showed, or one with nothing in it.

    `sent`: the forms of pages that this viewer sent already; each of them is of one thing, and an answer to it once is enough.
    """
    if not (made.by_role or made.entitled(viewer, address.endpoint, None)):
        return
    shown = made.forms.get(address.endpoint) if method == "POST" else None
    if shown is not None and shown.thing is not None and not made.may(viewer, address.endpoint, shown.thing):
        if address.endpoint not in sent:
            _refused(made, watch, viewer, Attempt("POST", address.endpoint, shown.path, shown.fields))
        sent.add(address.endpoint)
    if made.may(viewer, address.endpoint, address.thing):
        return
    there = Attempt(method, address.endpoint, address.path, address.beside)
    if shown is not None and shown.thing is None:
        _refused(made, watch, viewer, replace(there, typed=shown.fields | there.typed))
    _refused(made, watch, viewer, there)


def _refused(made: Walk, watch: Watch, viewer: Viewer, one: Attempt) -> None:
    made.tried["refused"] += 1
    where = f"{viewer.name}: {one.method} {one.path} {one.typed or ''}({one.endpoint})"
    if one.method == "GET":
        answer = viewer.browser.get(one.path + query_of(one.typed))
    else:
        answer = _send(viewer, one.path, one.typed)
    if answer.status_code not in REFUSED:
        made.wrong.append(f"{where} was answered with {answer.status_code}")
    words = made.ground.words
    made.wrong += [f"{where} shows {name} of {by}" for by, name in words.of(answer.text) - words.of(str(one.typed))]
    made.wrong += [f"{where} changed {table}" for table in watch.changed()]


def _send(viewer: Viewer, path: str, typed: dict[str, Any]) -> TestResponse:
    """Sends a form; whose it is comes before what is typed in it, also where nothing is."""
    return viewer.browser.post(path, **typed | {"form_key": new_token()[:40]})
