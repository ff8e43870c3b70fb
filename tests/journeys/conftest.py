"""A real Chromium against the real application on loopback, with a clock that the test moves and mail in a folder."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Locator, Page, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from portal import worker
from portal.accounts.operations import sign_in
from portal.accounts.passwords import password_fits
from portal.accounts.queries import sign_in_person
from portal.act import Office, act
from portal.app import create_app
from portal.cli.demo import make_demo
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.ids import new_token, token_hash
from portal.notices.mailer import FileMailer
from portal.notices.models import Delivery
from portal.settings import ROOT, Settings, load_settings
from portal.web.shell.guard import VISITOR
from tests.conftest import NOON
from tests.factories.chromium import launched
from tests.factories.compiled import with_shared_templates
from tests.factories.demo import Demo
from tests.factories.engines import OwnEngine
from tests.journeys.windows import Windows

HOME = "https://localhost"
PICTURES = ROOT / ".pictures"
WORDS = re.compile(r">[^<]*\w[^<]*<|(?<=value=\")[^\"]*|[\w-]*\d[\w-]*")
"""What is said, typed and counted: what differs between two runs of the same page, and is nothing to axe."""
SHOWN = "() => { const all = document.documentElement; return [all.outerHTML, all.scrollWidth > all.clientWidth + 1] }"
"""What is shown, and whether it is wider than the window."""
AXE, FINDINGS = Axe().axe_script, "axe.run({resultTypes: ['violations']}).then(results => results.violations)"
_FREE_OF_FINDINGS: set[tuple[str, str]] = set()


@pytest.fixture(scope="session")
def windows() -> Iterator[Windows]:
    with sync_playwright() as playwright:
        browser = launched(playwright)
        yield Windows(browser)
        browser.close()


@dataclass
class Live:
    """A running portal: its address, its clock, its mail, and browsers for people, who leave them at the end."""

    app: Flask
    url: str
    office: Office
    settings: Settings
    clock: MovedClock
    windows: Windows

    def work(self) -> None:
        """The worker does a round: mail goes out, clocks run, the log is put in order."""
        worker.run_once(self.office, FileMailer(self.settings.instance / "mail"), self.settings)

    def mails(self, address: str) -> list[EmailMessage]:
        """The mails to an address, oldest first."""
        files = (self.settings.instance / "mail").glob("*.eml")
        read = [message_from_bytes(path.read_bytes(), policy=default) for path in files]
        with self.office.database.read() as session:
            order = list(session.scalars(select(Delivery.message_id).order_by(Delivery.id)))
        mine = [mail for mail in read if isinstance(mail, EmailMessage) and address in str(mail["To"])]
        return sorted(mine, key=lambda mail: order.index(str(mail["Message-ID"])))

    def letters(self, address: str) -> list[EmailMessage]:
        """The mails to an address that are not about new rules, which everybody gets."""
        said = ("New version from", "Nueva versión desde")
        return [mail for mail in self.mails(address) if not str(mail["Subject"]).startswith(said)]

    def link_in(self, mail: EmailMessage) -> str:
        body = mail.get_body(("plain",))
        assert body is not None
        found = re.search(r"http://\S+/in/\S+", body.get_content())
        assert found, "the mail has its link"
        return found[0]

    def session(self, email: str, password: str, secret: str | None) -> Any:
        """Opens a session for whoever knows all this; the cookie that leads to it."""
        token, code = new_token(), ""
        if secret:
            self.clock.advance(seconds=31)
            code = pyotp.TOTP(secret).at(self.clock())
        with self.office.database.read() as session:
            person = sign_in_person(session, email)
        act(
            self.office, sign_in, VISITOR, new_token()[:40], email=email, code=code, csrf=new_token(),
            password_right=password_fits(person and person.password_hash, password), token_hash=token_hash(token),
        )
        client = self.app.test_client()
        with client.session_transaction(base_url=HOME) as cookie:
            cookie["_user_id"] = token
        kept = client.get_cookie(self.app.config["SESSION_COOKIE_NAME"], domain="localhost")
        assert kept is not None
        return {"name": kept.key, "value": kept.value, "url": HOME, "secure": True, "httpOnly": True, "sameSite": "Lax"}

    def person(self, **options: Any) -> Visitor:
        """A fresh browser for one person."""
        return Visitor(self, self.windows.lend(**options))

    def without_scripts(self) -> PlainVisitor:
        """A phone of 360 px whose browser runs no scripts."""
        return PlainVisitor(self, self.windows.lend(java_script_enabled=False, viewport={"width": 360, "height": 740}))


@dataclass
class Visitor:
    """One person at their browser; every page they see is checked with axe and for reports of the security policy."""

    live: Live
    page: Page

    def go(self, path: str) -> Page:
        self.page.goto(path if path.startswith("http") else f"{self.live.url}{path}")
        return self.seen()

    def seen(self) -> Page:
        """Checks the page that is shown: no accessibility findings, nothing wider than the window."""
        self.page.wait_for_load_state()
        content, wide = self.page.evaluate(SHOWN)
        self._accessible(content)
        assert not wide, f"{self.page.url} is wider than the window"
        return self.page

    def _accessible(self, content: str) -> None:
        """No findings of axe; the same markup in the same window is not looked through a second time."""
        skeleton = WORDS.sub(lambda found: ">#<" if found[0].startswith(">") else "#", content)
        markup = str(self.page.viewport_size), skeleton
        if markup in _FREE_OF_FINDINGS:
            return
        self.page.evaluate(AXE)
        findings = self.page.evaluate(FINDINGS)
        assert not findings, [(f["id"], [n["html"][:200] for n in f["nodes"][:3]]) for f in findings]
        _FREE_OF_FINDINGS.add(markup)

    def press(self, name: str) -> Page:
        return self.leads_on(self.page.get_by_role("button", name=name))

    def follow(self, name: str) -> Page:
        return self.leads_on(self.page.get_by_role("link", name=name).first)

    def leads_on(self, place: Locator) -> Page:
        """Clicks where another page follows, and waits for that one: the old page may say the same words."""
        with self.page.expect_navigation():
            place.click()
        return self.seen()

    def reads(self, *texts: str) -> None:
        """The page says all of this, in the words that people see."""
        body = " ".join(self.page.locator("body").inner_text().split())
        missing = [text for text in texts if text not in body]
        assert not missing, f"{missing} not on {self.page.url}: {body[:3000]}"

    def never_reads(self, *texts: str) -> None:
        body = self.page.content()
        assert not [text for text in texts if text in body]

    def picture(self, name: str) -> None:
        """Keeps a picture when PICTURES is asked for: `mkdir .pictures` before the run."""
        if PICTURES.is_dir():
            self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def sign_in(self, email: str, password: str, secret: str | None = None) -> None:
        """With a session as the page for it opens one; the main story, and whoever has no scripts, enter by that page."""
        self.page.context.add_cookies([self.live.session(email, password, secret)])

    def go_away(self) -> None:
        """Leaves this browser to the next one who wants such a window."""
        self.live.windows.take_back(self.page)

    def sign_in_by_hand(self, email: str, password: str, secret: str | None = None) -> None:
        self.go("/sign-in")
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.press("Sign in")
        if secret:
            self.live.clock.advance(seconds=31)
            self.page.get_by_label("Password").fill(password)
            self.page.get_by_label("Six digits").fill(pyotp.TOTP(secret).at(self.live.clock()))
            self.press("Sign in")


@dataclass
class PlainVisitor(Visitor):
    """One person without scripts: no page is wider than the phone, and none of ours has run a script."""

    def seen(self) -> Page:
        self.page.wait_for_load_state()
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360, f"{self.page.url} is {width} px wide"
        assert not self.page.locator(".draft").count(), "the page's script has run"
        return self.page

    def sign_in(self, email: str, password: str, secret: str | None = None) -> None:
        self.sign_in_by_hand(email, password, secret)

    def leave(self) -> PlainVisitor:
        """Closes the browser; a new one knows nothing of it."""
        self.page.context.close()
        return self.live.without_scripts()


@pytest.fixture(scope="session")
def demo(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The whole demo, made once: whoever changes anything does it in a copy."""
    folder = tmp_path_factory.mktemp("demo")
    database = OwnEngine.copy_of(sqlite_template, folder / "portal.db")
    settings = load_settings({"PORTAL_INSTANCE": str(folder / "instance")})
    office = create_app(settings, clock=MovedClock(NOON), database=database).extensions["office"]
    yield Demo(database, settings.instance, "\n".join(make_demo(office, settings)))
    database.dispose()


@pytest.fixture
def policies_dir() -> Path:
    """The published texts that the story cites."""
    return ROOT / "policies"


@pytest.fixture
def live(
    database: Database, clock: MovedClock, tmp_path: Path, windows: Windows, policies_dir: Path
) -> Iterator[Live]:
    """The portal on this database, served on a free port of loopback."""
    holder = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    url = f"http://localhost:{holder.server_port}"
    settings = load_settings({
        "PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_BASE_URL": url, "PORTAL_POLICIES_DIR": str(policies_dir),
    })
    app = with_shared_templates(create_app(settings, clock=clock, database=database))
    holder.app = app
    thread = threading.Thread(target=holder.serve_forever, daemon=True)
    thread.start()
    running = Live(app, url, app.extensions["office"], settings, clock, windows)
    yield running
    windows.take_back()
    holder.shutdown()
    thread.join()
    shutil.rmtree(tmp_path / "instance", ignore_errors=True)
