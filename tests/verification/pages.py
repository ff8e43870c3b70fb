"""People at their browsers, who sign in by a session of their own."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import Person, UserSession
from portal.core.ids import new_token, token_hash
from portal.core.work import Work
from portal.log.operations import add
from tests.factories.market import Market

CSRF = "c" * 48


def read(response: TestResponse) -> str:
    """The words of a page, as one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


@dataclass
class Browser:
    """A signed-in browser."""

    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, base_url="https://localhost")

    def page(self, path: str) -> str:
        response = self.get(path)
        assert response.status_code == 200, (path, response.status_code, response.text[:2000])
        return read(response)

    def post(self, path: str, *, file: tuple[bytes, str] | None = None, **fields: Any) -> TestResponse:
        sent = {"csrf_token": CSRF, "form_key": new_token()[:40]} | fields
        if file is not None:
            sent["file"] = (io.BytesIO(file[0]), file[1])
        return self.client.post(path, data=sent, base_url="https://localhost")


@dataclass
class Doors:
    """Opens a browser for a person; `fresh`: they have just shown that it is them."""

    app: Flask
    market: Market

    def open(self, person: Person, *, case_ref: str | None = None, fresh: bool = True) -> Browser:
        token = new_token()
        at = self.market.now if fresh else None
        self.market.make(lambda work: _session(work, person, token, case_ref, at))
        client = self.app.test_client()
        with client.session_transaction(base_url="https://localhost") as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        return Browser(client)


def _session(work: Work, person: Person, token: str, case_ref: str | None, stepped_up_at: datetime | None) -> UserSession:
    return add(work, UserSession(
        token_hash=token_hash(token), person_id=person.id, case_ref=case_ref, csrf=CSRF, stepped_up_at=stepped_up_at,
        expires_at=work.now + timedelta(days=14),
    ))
