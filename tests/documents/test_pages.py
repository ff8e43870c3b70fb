"""Files over HTTP: in memory on the way in, on record and harmless on the way out, one document for four presses."""

import io
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.throttles import LIMITS
from portal.core.access import Actor
from portal.core.errors import Busy, Refusal
from portal.documents import operations
from portal.documents.intake import Intake
from portal.documents.models import Document
from portal.documents.queries import openings_of
from portal.settings import load_settings
from portal.web.shell import files, guard, uploads
from tests.documents.making import SAMPLES
from tests.documents.test_sending import FOR, count
from tests.factories.market import Market, Story

PHOTO = SAMPLES["image/png"]
NAME = "../bill, März \u202e2.png"


@pytest.fixture
def actors(story: Story, monkeypatch: pytest.MonkeyPatch) -> list[Actor]:
    """The last one is who acts."""
    acting = [story.tim.actor]
    monkeypatch.setattr(guard, "actor", lambda: acting[-1])
    return acting


@pytest.fixture
def app(market: Market, story: Story, tmp_path: Path, actors: list[Actor]) -> Flask:
    app = Flask("portal.web")
    app.config.update(MAX_CONTENT_LENGTH=4_000_000)
    app.extensions.update(office=market.office, settings=load_settings({"PORTAL_INSTANCE": str(tmp_path)}))
    uploads.prepare(app)
    app.register_error_handler(Refusal, lambda error: (error.code, error.status))

    @uploads.takes_files
    def send() -> str:
        args = {"account_id": story.tim.account.id, "case_ref": None, "subject_ref": FOR}
        return uploads.receive(request.files.get("file"), **args)

    def remove(ref: str) -> str:
        uploads.take_back(ref)
        return "gone"

    app.add_url_rule("/send", view_func=send, methods=["POST"])
    app.add_url_rule("/remove/<ref>", view_func=remove, methods=["POST"])
    app.add_url_rule("/small", "small", lambda: str(len(request.files)), methods=["POST"])
    app.add_url_rule("/documents/<ref>", "open", lambda ref: files.send_document(ref, purpose="own"))
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def post(client: FlaskClient, content: bytes = PHOTO, name: str = NAME, key: str = "k", to: str = "/send") -> TestResponse:
    return client.post(to, data={"file": (io.BytesIO(content), name), "form_key": key})


def stored(app: Flask) -> list[str]:
    return [key for key, _ in uploads.store_of(app).entries()]


def test_what_was_sent_comes_back_as_it_was(client: FlaskClient, market: Market, app: Flask) -> None:
    ref = post(client).text
    answer = client.get(f"/documents/{ref}")
    assert answer.data == PHOTO
    assert len(stored(app)) == 1
    with market.office.database.read() as session:
        assert [(one.role, one.purpose) for one in openings_of(session, ref)] == [("person", "own")]


def test_it_comes_as_a_download_that_nothing_runs_in(client: FlaskClient) -> None:
    headers = client.get(f"/documents/{post(client).text}").headers
    disposition = headers.getlist("Content-Disposition")
    assert disposition == ["attachment; filename=\"bill_ Marz 2.png\"; filename*=UTF-8''bill%2C%20M%C3%A4rz%202.png"]
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Type"] == "image/png"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Dest": "image"}, {"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Site": "cross-site"}], ids=str
)
def test_no_other_page_shows_or_opens_it(client: FlaskClient, market: Market, headers: dict[str, str]) -> None:
    ref = post(client).text
    assert client.get(f"/documents/{ref}", headers=headers).status_code == 404
    with market.office.database.read() as session:
        assert openings_of(session, ref) == []


def test_without_the_record_no_byte_is_served(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = post(client).text

    def fail(*_args: Any, **_named: Any) -> None:
        raise Busy

    monkeypatch.setattr(operations, "record", fail)
    answer = client.get(f"/documents/{ref}")
    assert (answer.status_code, answer.text) == (503, "busy")


def test_others_find_nothing(client: FlaskClient, story: Story, actors: list[Actor]) -> None:
    ref = post(client).text
    for actor in (story.stacy.actor, guard.VISITOR):
        actors.append(actor)
        known, unknown = client.get(f"/documents/{ref}"), client.get("/documents/D-NOTHING")
        assert (known.status_code, known.data) == (unknown.status_code, unknown.data) == (404, b"not_found")
        assert client.post(f"/remove/{ref}").status_code in {403, 404}


def test_four_presses_are_one_document(client: FlaskClient, app: Flask, market: Market) -> None:
    assert len({post(client).text for _ in range(4)}) == 1
    assert count(market.office) == 1
    assert len(stored(app)) == 1


def test_what_is_refused_leaves_nothing_in_the_store(
    client: FlaskClient, app: Flask, story: Story, actors: list[Actor]
) -> None:
    actors.append(story.stacy.actor)
    assert post(client).status_code == 404
    assert post(client, b"hello").text == "refused_type"
    assert client.post("/send", data={"form_key": "k"}).text == "no_file"
    assert stored(app) == []


def test_files_that_are_refused_are_counted_too_before_they_are_looked_at(
    client: FlaskClient, app: Flask, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same form sent again is looked at again, so it counts again."""
    looked_at: list[bytes] = []

    def look(content: bytes) -> str:
        looked_at.append(content)
        return "type"

    app.extensions["intake"] = Intake(uploads.store_of(app), app.extensions["settings"].master_public_key, examine=look)
    monkeypatch.setitem(LIMITS, "file", (2, timedelta(hours=1)))
    answers = [post(client, b"hello") for _ in range(3)]
    assert [(one.text, one.status_code) for one in answers] == [("refused_type", 422)] * 2 + [("too_many", 429)]
    assert looked_at == [b"hello"] * 2
    market.office.clock.advance(hours=1)
    assert post(client, b"hello").text == "refused_type"


def test_a_busy_place_keeps_the_bytes_for_the_sweep(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_args: Any, **_named: Any) -> None:
        raise Busy

    monkeypatch.setattr(uploads, "perform", busy)
    assert post(client).status_code == 503
    assert len(stored(app)) == 1


def test_taking_back_erases_row_and_bytes(client: FlaskClient, app: Flask, market: Market) -> None:
    ref = post(client).text
    assert client.post(f"/remove/{ref}").text == "gone"
    assert stored(app) == []
    with market.office.database.read() as session:
        assert session.scalars(sa.select(Document.wrapped_key)).one() is None
    assert client.get(f"/documents/{ref}").text == "erased_document"


def test_nothing_is_spooled_to_the_disk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_named: Any) -> None:
        raise AssertionError("a temporary file")

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)
    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with app.test_request_context("/send", method="POST", data={"file": (io.BytesIO(bytes(3_000_000)), "a.png")}):
        assert isinstance(request.files["file"].stream, uploads.Part)
        assert len(request.files["file"].read()) == 3_000_000


@pytest.mark.parametrize(("address", "size", "wanted"), [
    ("/small", 3_900_000, "1"),
    ("/small", 4_100_000, 413),
    ("/send", 4_100_000, "refused_type"),
    ("/send", 21 * 1024 * 1024, "too_large_file"),
    ("/send", 90 * 1024 * 1024, "too_large_file"),
    ("/send", 101 * 1024 * 1024, 413),
])
def test_only_views_that_take_files_take_much(client: FlaskClient, address: str, size: int, wanted: int | str) -> None:
    answer = post(client, bytes(size), to=address)
    assert wanted in (answer.status_code, answer.text)


def test_the_page_about_too_much_can_be_drawn(app: Flask) -> None:
    app.register_error_handler(413, lambda error: (f"{len(request.form)} fields, {len(request.files)} files", 413))
    answer = post(app.test_client(), bytes(5_000_000), to="/small")
    assert (answer.status_code, answer.text) == (413, "0 fields, 0 files")


def test_a_part_keeps_one_byte_past_its_limit_and_drops_the_rest() -> None:
    part = uploads.Part(10)
    assert [part.write(content) for content in (b"01234567", b"89abc", b"def")] == [8, 5, 3]
    assert part.getvalue() == b"0123456789a"
