"""The rules for programs, and who may keep what: JSON, the Atom feed, entity tags, and pages that no shared cache keeps."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.rulebook.models import PolicyVersion
from portal.settings import ROOT
from portal.web.public.records import _add, updated
from tests.factories.market import Market, Story
from tests.web.conftest import Doors

TERMS, OLD, NEW = "/rules/terms-of-service", "2024-03-01", "2026-03-01"
ATOM = "{http://www.w3.org/2005/Atom}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
FEED = "/rules/changes.atom"
PAGES = ["/rules", f"{TERMS}/{NEW}", f"{TERMS}/{NEW}/chargebacks", f"{TERMS}/compare/{OLD}..{NEW}", "/rules/before-you-pay"]
RECORDS = [FEED, f"{TERMS}/{NEW}.json", f"{TERMS}/{NEW}.es.json"]


@pytest.fixture
def client(app: Flask, story: Story) -> FlaskClient:
    """A visitor of a portal whose rules are published."""
    assert story
    return app.test_client()


def parsed(text: str) -> ElementTree.Element:
    """Our own feed, read as its readers do."""
    return ElementTree.fromstring(text)  # noqa: S314 - what we made ourselves


def get(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, base_url="https://localhost", headers={"Accept-Language": "en"} | sent)


class TestJson:
    @pytest.mark.parametrize(("suffix", "language"), [("", "en"), (".es", "es")])
    def test_is_the_whole_text_as_published_with_hashes_that_fit(self, client: FlaskClient, suffix: str, language: str) -> None:
        record = json.loads(get(client, f"{TERMS}/{NEW}{suffix}.json").text)
        source = (ROOT / "policies" / "terms-of-service" / f"{NEW}{suffix}.md").read_text(encoding="utf-8")
        assert source.endswith("".join(clause["text"] for clause in record["clauses"]))
        assert all(hashlib.sha256(c["text"].encode()).hexdigest() == c["sha256"] for c in record["clauses"])
        assert (record["language"], record["binding"], record["binding_language"]) == (language, language == "en", "en")
        assert record["languages"] == ["en", "es"] and record["effective_on"] == NEW

    def test_has_the_machine_data_and_addresses_that_lead_to_each_clause(self, client: FlaskClient) -> None:
        clauses = {c["key"]: c for c in json.loads(get(client, f"{TERMS}/{NEW}.json").text)["clauses"]}
        rule = clauses["off-platform-payment"]
        assert rule["number"] == "4.2" and rule["parent"] == "payments"
        assert rule["data"]["permits"][0] == ["warning", "restriction", "suspension"]
        path = rule["url"].removeprefix("http://localhost:8000")
        assert "4.2 Paying outside" in get(client, path).text


class TestFeed:
    def test_is_valid_atom(self, client: FlaskClient) -> None:
        """RFC 4287: what a feed and an entry must have, once each, and in which form."""
        answer = get(client, FEED)
        feed = parsed(answer.text)
        assert answer.content_type == "application/atom+xml; charset=utf-8" and feed.tag == f"{ATOM}feed"
        entries = feed.findall(f"{ATOM}entry")
        for element in (feed, *entries):
            for name in ("id", "title", "updated"):
                found = element.findall(f"{ATOM}{name}")
                assert len(found) == 1 and (found[0].text or "").strip(), name
            assert datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "").tzinfo
        assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Northlight"
        assert [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"] == [
            f"http://localhost:8000{FEED}"]
        ids = [entry.findtext(f"{ATOM}id") for entry in entries]
        assert len(ids) == len(set(ids)) == len(list((ROOT / "policies").glob("*/*.md")))
        for entry in entries:
            pages = entry.findall(f"{ATOM}link[@rel='alternate'][@type='text/html']")
            assert [one.get("hreflang") for one in pages] == [entry.get(LANGUAGE)]
            assert (entry.findtext(f"{ATOM}summary") or "").strip()
        assert max(e.findtext(f"{ATOM}updated") or "" for e in entries) == feed.findtext(f"{ATOM}updated")

    @pytest.mark.parametrize(("frozen", "now", "news"), [(1, 20, 10), (1, 5, 1), (15, 20, 15)])
    def test_no_entry_is_older_than_its_publication(self, frozen: int, now: int, news: int) -> None:
        """A version that was frozen ahead is news again on the day of its publication, here the tenth."""
        version = PolicyVersion(created_at=datetime(2026, 3, frozen, tzinfo=UTC), published_on=date(2026, 3, 10))
        assert updated(version, datetime(2026, 3, now, tzinfo=UTC)) == datetime(2026, 3, news, tzinfo=UTC)

    def test_says_what_changed_and_leads_there(self, client: FlaskClient) -> None:
        entries = {e.findtext(f"{ATOM}id"): e for e in parsed(get(client, FEED).text).findall(f"{ATOM}entry")}
        entry = entries["tag:localhost,2026-02-02:rules/terms-of-service/2026-03-01/es"]
        assert "tarifa" in (entry.findtext(f"{ATOM}summary") or "")
        assert entry.findtext(f"{ATOM}title") == "Términos del servicio, en vigor desde el domingo 1 de marzo de 2026"
        for link in entry.findall(f"{ATOM}link"):
            path = str(link.get("href")).removeprefix("http://localhost:8000")
            answer = get(client, path)
            assert answer.status_code == 200 and answer.content_type.startswith(str(link.get("type"))), path

    def test_an_empty_portal_has_an_empty_feed(self, app: Flask) -> None:
        assert parsed(get(app.test_client(), FEED).text).findall(f"{ATOM}entry") == []

    def test_what_xml_cannot_hold_is_left_out(self) -> None:
        root = ElementTree.Element("feed")
        _add(root, "title", "a\x0bb\ufffe\x01 <&>", href="\x0c\"")
        assert parsed(ElementTree.tostring(root, encoding="unicode")).findtext(f"{ATOM}title") == "ab <&>"


class TestWhoMayKeepWhat:
    @pytest.mark.parametrize("path", RECORDS)
    def test_records_are_for_all_and_set_no_cookie(self, client: FlaskClient, doors: Doors, story: Story, path: str) -> None:
        for answer in (get(client, path), doors.open(story.tim.person).get(path)):
            assert answer.headers["Cache-Control"] == "public, max-age=300"
            assert "Set-Cookie" not in answer.headers and "Cookie" not in answer.headers.get("Vary", "")
            assert answer.headers["Access-Control-Allow-Origin"] == "*" and answer.headers["Last-Modified"]
        assert get(client, path, Accept_Language="es").data == get(client, path).data

    @pytest.mark.parametrize("path", RECORDS)
    def test_a_record_that_did_not_change_is_not_sent_again(self, client: FlaskClient, path: str) -> None:
        first = get(client, path)
        again = get(client, path, If_None_Match=first.headers["ETag"])
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
        assert get(client, path, If_Modified_Since=first.headers["Last-Modified"]).status_code == 304
        assert get(client, path, If_None_Match='"another"', If_Modified_Since=first.headers["Last-Modified"]).status_code == 200

    @pytest.mark.parametrize("path", PAGES)
    def test_a_visitors_browser_keeps_a_page_and_asks_each_time(self, client: FlaskClient, path: str) -> None:
        first = get(client, path)
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert {"Accept-Language", "Cookie"} <= set(first.headers["Vary"].split(", "))
        again = get(client, path, If_None_Match=first.headers["ETag"])
        assert (again.status_code, again.data, again.headers["Cache-Control"]) == (304, b"", "private, no-cache")

    @pytest.mark.parametrize("path", PAGES)
    def test_another_reader_another_language_another_day_is_another_page(
        self, client: FlaskClient, app: Flask, market: Market, path: str
    ) -> None:
        tag = get(client, path).headers["ETag"]
        assert get(client, path, If_None_Match=tag, Accept_Language="es").status_code == 200
        assert get(app.test_client(), path, If_None_Match=tag).status_code == 200
        assert get(client, f"{path}?in=es", If_None_Match=tag).status_code == 200
        market.office.clock.advance(days=1)  # type: ignore[attr-defined]
        assert get(client, path, If_None_Match=tag).status_code == (304 if "compare" in path else 200)

    @pytest.mark.parametrize("path", PAGES)
    def test_nobody_keeps_a_page_of_somebody_who_is_signed_in(self, doors: Doors, story: Story, path: str) -> None:
        tim = doors.open(story.tim.person)
        first = tim.get(path)
        assert first.headers["Cache-Control"] == "no-store" and "ETag" not in first.headers
        assert story.tim.person.name in first.text

    def test_signing_in_makes_it_another_page(self, client: FlaskClient, doors: Doors, story: Story) -> None:
        tag = get(client, PAGES[1]).headers["ETag"]
        assert doors.open(story.tim.person).get(PAGES[1], **{"If-None-Match": tag}).status_code == 200

    def test_a_new_version_is_another_record_and_another_page(self, app: Flask, market: Market, client: FlaskClient) -> None:
        tags = {path: get(client, path).headers["ETag"] for path in (FEED, "/rules")}
        market.make(lambda work: work.db.connection().exec_driver_sql(
            "INSERT INTO policy_version (policy_id, title, published_on, effective_on, language, binding, changes, front, "
            "sha256, id, created_at) SELECT policy_id, title, published_on, '2027-01-01', language, binding, changes, front, "
            "sha256, lower(hex(randomblob(16))), created_at FROM policy_version WHERE language = 'en' LIMIT 1"))
        assert all(get(client, path, If_None_Match=tag).status_code == 200 for path, tag in tags.items())
