"""RULES: the pages of the rulebook beside the same pages without session, rights and CSRF; and a page that the browser has.

Every text is warm: what is measured is the page with its clauses kept, as it is from the second reader on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

from werkzeug.test import Client

from portal.web.public import clauses, comparing, paying, searching
from portal.web.public import rules as book
from tests.benchmarks.bare import Page, call
from tests.benchmarks.filling import key
from tests.benchmarks.measuring import ROUNDS, Line, Rounds, for_seconds
from tests.benchmarks.pages import THREADS, Pages, beside_bare, product

TERMS = "terms-of-service"
WARM = 3


def rules(pages: Pages, seconds: float) -> Iterator[Line]:
    """Each kind of page beside the bare one, then what a visitor gets who has the page already."""
    for name, page in rules_pages(pages).items():
        for _ in range(WARM):
            product(pages, page)()
        yield from beside_bare(pages, f"RULES {name}", [page], seconds)
    yield from _unchanged(pages, seconds)


def rules_pages(pages: Pages) -> dict[str, Page]:
    """The pages as somebody who is signed in opens them; they get each one whole every time."""
    day = _newest(pages)
    reader = UUID(key("person", pages.town.client_of(0)))
    views: dict[str, tuple[str, Callable[[], Any]]] = {
        "version": (f"/rules/{TERMS}/{day}", partial(book.version, TERMS, day)),
        "clause": (f"/rules/{TERMS}/{day}/chargebacks", partial(clauses.clause, TERMS, day, "chargebacks")),
        "compare": (f"/rules/{TERMS}/compare/2024-03-01..{day}", partial(comparing.compared, TERMS, f"2024-03-01..{day}")),
        "before-you-pay": ("/rules/before-you-pay", paying.before_you_pay),
        "search": ("/rules/search?q=dispute", partial(searching.results, "dispute")),
    }
    return {name: pages.page(path, reader, view) for name, (path, view) in views.items()}


def _newest(pages: Pages) -> str:
    leads_to = Client(pages.app).get(f"/rules/{TERMS}", base_url="https://localhost").headers["Location"]
    return str(leads_to.rsplit("/", 1)[1])


def _unchanged(pages: Pages, seconds: float) -> Iterator[Line]:
    """A visitor's browser asks whether the longest page is still the same: 304, beside the same page sent whole."""
    path = f"/rules/{TERMS}/{_newest(pages)}"
    asked = _asked(pages, path)
    whole = {name: value for name, value in asked.items() if name != "HTTP_IF_NONE_MATCH"}
    record = _asked(pages, f"{path}.json")
    for name, first, second, status in (("304", asked, whole, "200"), ("304 JSON", record, asked, "304")):
        for threads in THREADS:
            rounds = Rounds()
            for _ in range(ROUNDS):
                mine = for_seconds([lambda environ=first: call(pages.app, dict(environ), "304")], threads, seconds)
                other = for_seconds([lambda environ=second, code=status: call(pages.app, dict(environ), code)], threads, seconds)
                rounds.add(mine, **{"page" if status == "200" else "304 page": other})
            beside = "page" if status == "200" else "304 page"
            goal = 2.0 if status == "200" else None
            stage = pages.stage
            yield from rounds.lines(f"RULES {name}", stage.engine, stage.cases, threads, {beside: goal}, stage.bytes() / 1e6)


def _asked(pages: Pages, path: str) -> dict[str, Any]:
    """What a server hands over when a visitor asks again for what they have."""
    visitor = Client(pages.app)
    first = visitor.get(path, base_url="https://localhost")
    cookie = re.match(r"[^;]+", first.headers.get("Set-Cookie", ""))
    headers = {"If-None-Match": first.headers["ETag"], **({"Cookie": cookie[0]} if cookie else {})}
    again = visitor.get(path, base_url="https://localhost", headers=headers)
    assert again.status_code == 304, path
    return {name: value for name, value in again.request.environ.items() if not name.startswith("werkzeug.request")}
