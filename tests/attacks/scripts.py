"""Stored scripts: every page with hostile words on it, read as markup and opened in Chromium, as everybody who finds it.

Source: SECURITY, "Abuse and fault cases".
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from lxml import html  # type: ignore[import-untyped]
from playwright.sync_api import BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from tests.attacks.ground import AT, Ground, Viewer
from tests.factories.chromium import launched

REPORTS = (
    "window.asked = 0; window.alert = window.confirm = window.prompt = () => { window.asked += 1 }; window.broken = []; "
    " document.addEventListener('securitypolicyviolation', e => window.broken.push(e.violatedDirective))"
)
NODES = "[...document.scripts].filter(one => !one.src.startsWith(location.origin + '/static/')).length"
STRANGE = "//iframe | //object | //embed | //base | //style | //template | //math | //video | //marquee | //meta[@http-equiv]"
LINKED = "//@href | //@src | //@action | //@formaction | //@srcdoc | //@data | //@*[name() = 'xlink:href']"
OURS = re.compile(r"(/(?!/)|#|\?|mailto:|data:image/|$)")


def strange_markup(text: str) -> list[str]:
    """What of a page is not ours: scripts in it, handlers, frames and such, and links that lead out or run."""
    root = html.document_fromstring(text)
    found = [f"a script {one.get('src')!r}" for one in root.iter("script") if not (one.get("src") or "").startswith("/static/")]
    found += [f"a handler {name}" for one in root.iter() for name in one.keys() if name.startswith("on")]  # noqa: SIM118
    found += [f"an element {one.tag}" for one in root.xpath(STRANGE)]
    return found + [f"an address {one}" for one in root.xpath(LINKED) if not OURS.match(one.strip())]


def framable(answer: TestResponse) -> bool:
    """Whether another page may show this answer in a frame of its own, and lead a hand to our buttons."""
    policy = answer.headers.get("Content-Security-Policy", "")
    return "frame-ancestors 'none'" not in policy.split("; ") or answer.headers.get("X-Frame-Options") != "DENY"


@contextmanager
def served(ground: Ground) -> Iterator[str]:
    """The portal on a free port of loopback."""
    server = make_server("127.0.0.1", 0, ground.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()


def opened(ground: Ground, pages: dict[str, list[str]]) -> tuple[int, list[str]]:
    """Opens the pages of each viewer, in a browser of their own; how many were opened, and what ran or tried to.

    In a thread of its own: another test of this process may have a browser open, and each thread has one at most.
    """
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(_opened, ground, pages).result()


def _opened(ground: Ground, pages: dict[str, list[str]]) -> tuple[int, list[str]]:
    count, wrong = 0, list[str]()
    with served(ground) as url, sync_playwright() as playwright:
        browser = launched(playwright)
        for name, paths in pages.items():
            context = browser.new_context()
            page = _entered(context, ground, ground.viewer(name))
            for path in paths:
                wrong += _run_on(page, url, path, name)
                count += 1
            context.close()
        browser.close()
    return count, wrong


def _entered(context: BrowserContext, ground: Ground, viewer: Viewer) -> Page:
    cookie = viewer.browser.client.get_cookie(ground.app.config["SESSION_COOKIE_NAME"], domain=AT.removeprefix("https://"))
    if cookie is not None:
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": AT, "secure": True, "httpOnly": True}])
    context.add_init_script(REPORTS)
    return context.new_page()


def _run_on(page: Page, url: str, path: str, name: str) -> list[str]:
    found = list[str]()
    answer = page.goto(url + path)
    if answer is None or answer.status != 200:
        found.append(f"was not opened ({answer and answer.status})")
    found += [f"broke the policy: {one}" for one in page.evaluate("window.broken")]
    found += ["has inline scripts"] * (page.evaluate(NODES) > 0)
    found += ["opened a dialog"] * page.evaluate("window.asked")
    return [f"{name}: {path} {one}" for one in found]
