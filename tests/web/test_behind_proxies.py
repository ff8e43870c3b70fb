"""Settings for where people are: what our own proxies say of a request is believed and no more; whom people write to."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, request

from portal.app import create_app
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.settings import SettingsError, load_settings
from tests.web.signing_in import HOME, fields_of

BEHIND = {"REMOTE_ADDR": "10.0.0.1"}


def portal(tmp_path: Path, clock: MovedClock, database: Database, proxies: str) -> Flask:
    given = {"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_TRUSTED_PROXIES": proxies}
    return create_app(load_settings(given), clock=clock, database=database)


@pytest.mark.parametrize(("proxies", "forwarded", "source"), [
    ("0", "8.8.8.8", "10.0.0.1"), ("1", "8.8.8.8", "8.8.8.8"), ("1", "6.6.6.6, 8.8.8.8", "8.8.8.8"),
    ("2", "6.6.6.6, 8.8.8.8, 10.0.0.2", "8.8.8.8"), ("2", "8.8.8.8", "10.0.0.1"), ("1", "", "10.0.0.1"),
])
def test_as_many_proxies_are_believed_as_there_are(
    tmp_path: Path, clock: MovedClock, sqlite_database: Database, proxies: str, forwarded: str, source: str
) -> None:
    app, seen = portal(tmp_path, clock, sqlite_database, proxies), []
    app.before_request(lambda: seen.append(request.remote_addr))
    app.test_client().get("/healthz", environ_base=BEHIND, headers={"X-Forwarded-For": forwarded})
    assert seen == [source]


@pytest.mark.parametrize(("proxies", "last"), [("1", "Too many tries"), ("0", "do not belong together")])
def test_tries_are_counted_for_the_place_behind_the_proxy(
    tmp_path: Path, clock: MovedClock, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, proxies: str, last: str
) -> None:
    monkeypatch.setattr("portal.web.public.signing_in.password_fits", lambda _stored, _password: False)
    visitor = portal(tmp_path, clock, sqlite_database, proxies).test_client()
    fields, headers = fields_of(visitor), {"X-Forwarded-For": "11.22.33.44"}
    for number in range(61):
        data = {**fields, "email": f"a{number}@example.org", "password": "x"}
        answer = visitor.post("/sign-in", data=data, base_url=HOME, environ_base=BEHIND, headers=headers)
    assert last in answer.text


@pytest.mark.parametrize("proxies", ["-1", "10", "one", "", "²"])
def test_a_wrong_number_is_named_at_the_start(tmp_path: Path, proxies: str) -> None:
    with pytest.raises(SettingsError, match="PORTAL_TRUSTED_PROXIES"):
        load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_TRUSTED_PROXIES": proxies})


@pytest.mark.parametrize("contact", ["", "nobody", "http://help.example", "mailto:", "javascript:alert(1)"])
def test_where_people_can_write_to_is_an_address(tmp_path: Path, contact: str) -> None:
    with pytest.raises(SettingsError, match="PORTAL_CONTACT"):
        load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_CONTACT": contact})
