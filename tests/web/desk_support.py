"""A desk for tests over HTTP: the story's marketplace, signed-in reviewers, and forms sent as a browser sends them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.operations import sign_in
from portal.act import act
from portal.app import create_app
from portal.core.access import Actor
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.ids import new_token, token_hash
from portal.enforcement.operations import answer_question, ask_first, start_action
from portal.rulebook.queries import binding_on, clauses_of
from portal.settings import load_settings
from tests.factories.compiled import with_shared_templates
from tests.factories.market import Market, Party, Staff, Story
from tests.factories.told import SECRET

CSRF = "c" * 40
RULE = "payment-for-nothing"
REPORT = "I paid the first milestone, got one drawing, and then heard nothing for ten days."


@dataclass
class Desk:
    """The application, the marketplace and its story; `browser` belongs to Rae."""

    app: Flask
    market: Market
    story: Story
    clock: MovedClock
    browser: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.sign_in(self.story.rae)

    def sign_in(self, staff: Staff) -> FlaskClient:
        """A browser in which this member of staff has just signed in with both factors."""
        self.clock.advance(seconds=31)
        token = new_token()
        act(
            self.market.office, sign_in, Actor("visitor", frozenset()), new_token()[:40], email=staff.person.email or "",
            password_right=True, code=staff.code(), csrf=CSRF, token_hash=token_hash(token),
        )
        return self._browser(token)

    def _browser(self, token: str) -> FlaskClient:
        browser = self.app.test_client()
        with browser.session_transaction(base_url="https://localhost") as session:
            session["_user_id"] = token
        return browser

    def visit_as(self, party: Party, path: str) -> TestResponse:
        """What somebody who is no staff gets there."""
        token = new_token()
        act(
            self.market.office, sign_in, Actor("visitor", frozenset()), new_token()[:40], email=party.person.email or "",
            password_right=True, code="", csrf=CSRF, token_hash=token_hash(token),
        )
        return self._browser(token).get(path, base_url="https://localhost")

    def get(self, path: str, browser: FlaskClient | None = None) -> str:
        response = (browser or self.browser).get(path, base_url="https://localhost")
        assert response.status_code == 200, (response.status_code, path, words_of(response.text)[:600])
        return response.text

    def send(self, path: str, data: dict[str, Any], browser: FlaskClient | None = None) -> TestResponse:
        """A form as a browser sends it, under a key of its own unless one is given."""
        sent = {"csrf_token": CSRF, "form_key": new_token()[:40], **data}
        return (browser or self.browser).post(path, data=sent, base_url="https://localhost")

    def disputed(self, *, report: bool = True) -> str:
        """Stacy disputes her milestone and reports; the reference of the case."""
        made = self.market.dispute(self.story.stacy, self.story.contract, report=report, happened=REPORT)
        return str(made["case"])

    def take(self, case_ref: str, browser: FlaskClient | None = None) -> str:
        """Presses "Take this case"; the reference of the case."""
        page = (browser or self.browser).get(f"/desk/cases/{case_ref}", base_url="https://localhost").text
        answer = self.send(f"/desk/cases/{case_ref}/take", taking(page), browser)
        assert answer.status_code == 303, words_of(answer.text)
        return case_ref

    def taken(self, *, report: bool = True) -> str:
        """Stacy disputes her milestone and reports, and Rae has taken the case; its reference."""
        return self.take(self.disputed(report=report))

    def clause(self, key: str = RULE, party: Party | None = None) -> Any:
        """The rule of that name in the version that binds the account today."""
        with self.market.office.database.read() as session:
            account = (party or self.story.tim).account
            version = binding_on(session, account, "terms-of-service", self.market.day())
            assert version is not None
            return next(clause for clause in clauses_of(session, version) if clause.key == key)

    def heard(self, case_ref: str, **whom: Any) -> None:
        """Rae asks Tim, and Tim answers. `whom`: a member who is asked too."""
        question = "Stacy says that nothing came after the first drawing. What happened?"
        asked = self.market.do(
            ask_first, self.story.rae.actor, case_ref=case_ref, clause_version_id=self.clause().id, question=question, days=5,
            **whom,
        )
        answer = "I was ill for two weeks. I am sorry."
        self.market.do(answer_question, self.story.tim.actor, message_ref=asked["message"], answer=answer)

    def drafted(self, case_ref: str, key: str = RULE) -> str:
        made = self.market.do(
            start_action, self.story.rae.actor, case_ref=case_ref, clause_version_id=self.clause(key).id
        )
        return str(made["action"])

    def decision(self, **other: Any) -> dict[str, Any]:
        """A whole decision form about the story: a warning."""
        today = self.market.day(10).isoformat()
        return {
            "clause_version_id": str(self.clause().id), "version": "1", "measure": "warning", "conduct_from": today,
            "conduct_to": self.market.day().isoformat(), "objects": [f"contract:{self.story.contract.ref}"],
            "exhibits": ["1"], "facts": "On the first milestone of $400.00 one drawing was delivered, then nothing came.",
            "why": "The rule speaks of taking payment and delivering nothing of what was agreed.",
            "spoke_for": "Three years here, no earlier action.", "weighed": "So this is a warning and not more.",
            "would_change": "Proof that the work was delivered\nA message in which Stacy agreed to wait", **other,
        }


def open_desk(database: Database, clock: MovedClock, folder: Path) -> Desk:
    """The story before its first step, and Rae at the desk."""
    settings = load_settings({"PORTAL_INSTANCE": str(folder), "PORTAL_SECRET_KEY": SECRET})
    app = with_shared_templates(create_app(settings, clock=clock, database=database))
    market = Market(app.extensions["office"])
    return Desk(app, market, market.story(), clock)


def words_of(page: str) -> str:
    """The page's words as somebody reads them."""
    body = page.partition("<main")[2] or page
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def hidden(page: str, action: str) -> dict[str, list[str]]:
    """The hidden fields of the form that leads there, as a browser would send them."""
    form = page.split(f'action="{action}"')[1].split("</form>")[0]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form):
        if name not in ("csrf_token", "form_key"):
            found.setdefault(name, []).append(unescape(value))
    return found


def taking(page: str) -> dict[str, list[str]]:
    """What the button "Take this case" sends."""
    path = re.findall(r'action="(/desk/cases/[^"]+/take)"', page)[0]
    return hidden(page, path)
