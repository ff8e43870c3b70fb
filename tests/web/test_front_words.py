"""What the web server tells the application of a request, and what it says itself."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from portal.app import in_front
from portal.web.front.arriving import SMALL, Pace
from portal.web.front.environ import environ_of, who
from portal.web.front.whole import Limits
from portal.web.shell.uploads import most_of
from tests.web.test_front import Asked, gone, said, together


def test_a_request_in_the_words_of_wsgi() -> None:
    headers = [
        (b"host", b"a"), (b"a-b", b"1"), (b"a-b", b"2"), (b"cookie", b"c=1"), (b"cookie", b"d=2"), (b"x_forwarded_for", b"evil"),
        (b"content-type", b"text/plain"), (b"content-length", b"3"),
    ]
    environ = environ_of({
        "method": "GET", "path": "/", "raw_path": b"/caf%C3%A9/%ff", "query_string": b"a=%20b", "scheme": "https",
        "http_version": "1.1", "server": ("127.0.0.1", "8000"), "client": ("127.0.0.9", "1"), "headers": headers,
    })
    assert (environ["PATH_INFO"].encode("latin-1"), environ["QUERY_STRING"]) == (b"/caf\xc3\xa9/\xff", "a=%20b")
    assert (environ["HTTP_A_B"], environ["HTTP_COOKIE"]) == ("1,2", "c=1; d=2")
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"], environ["wsgi.url_scheme"]) == ("text/plain", "3", "https")
    assert "HTTP_X_FORWARDED_FOR" not in environ and environ["REMOTE_ADDR"] == "127.0.0.9"


@pytest.mark.parametrize(("forwarded", "proxies", "wanted"), [
    ("1.1.1.1", 0, "127.0.0.1"), ("1.1.1.1, 2.2.2.2", 1, "2.2.2.2"), ("1.1.1.1, 2.2.2.2", 2, "1.1.1.1"),
    ("1.1.1.1", 2, "127.0.0.1"),
    ("2001:db8:1:2:3::4", 1, "2001:0db8:0001:0002"), ("::ffff:9.9.9.9", 1, "9.9.9.9"), ("nobody", 1, "nobody"),
])
def test_the_address_that_takes_its_turn(forwarded: str, proxies: int, wanted: str) -> None:
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}
    assert who(environ, proxies)[0] == wanted


def test_only_views_that_take_files_are_given_room_for_them(app: Flask) -> None:
    def most(path: str, method: str = "POST") -> int:
        return most_of(app)({"PATH_INFO": path, "REQUEST_METHOD": method, "HTTP_HOST": "localhost", "wsgi.url_scheme": "http"})

    assert most("/sign-in") == most("/nothing/is/here") == most("/appeals/A-1/files", "GET") == app.config["MAX_CONTENT_LENGTH"]
    rules = {rule.endpoint for rule in app.url_map.iter_rules() if hasattr(app.view_functions[rule.endpoint], "takes_bytes")}
    assert rules and {most(rule.rule.replace("<ref>", "A-1").replace("<name>", "a")) for rule in app.url_map.iter_rules()
                      if rule.endpoint in rules and "POST" in (rule.methods or ())} != {app.config["MAX_CONTENT_LENGTH"]}


@pytest.mark.parametrize(("language", "words"), [
    (b"en", ("We are busy", "too long to arrive", "too large to send", "could not read")),
    (b"es", ("mucho que atender", "demasiado en llegar", "demasiado grande", "No pudimos leer")),
])
def test_who_is_not_answered_reads_why_in_their_language(app: Flask, language: bytes, words: tuple[str, ...]) -> None:
    front = in_front(app, Limits(sending=Pace(0.05, 100, 5), room=0))
    spoken = [(b"accept-language", language), (b"cookie", b"__Host-portal=x")]
    answers = together(*(
        Asked("POST", "/sign-in", [*spoken, (b"content-length", str(length).encode())]).of(front, parts)
        for length, parts in (
            (SMALL + 9, said(b"x" * (SMALL + 1), ends=False)), (500, said(b"x", ends=False)), (300_000_000, said(ends=False)),
            (500, gone()),
        )
    ))
    for answer, status, wanted in zip(answers, (503, 408, 413, 400), words, strict=True):
        page = answer.body.decode()
        assert answer.status == status and wanted in page and f'lang="{language.decode()}"' in page
        assert b"set-cookie" not in answer.told and not re.search("csrf|form_key", page)
        assert (answer.told[b"cache-control"], int(answer.told[b"retry-after"]) > 0) == (b"no-store", True)
        assert b"content-security-policy" in answer.told and ("Go back" in page or "Vuelva atrás" in page)


def test_a_page_comes_through_as_it_is(app: Flask) -> None:
    front, client = in_front(app), app.test_client()
    page, head = together(Asked(target="/sign-in", headers=[(b"host", b"localhost")]).of(front),
                          Asked("HEAD", "/rules", [(b"host", b"localhost")]).of(front))
    plain = client.get("/sign-in")
    assert (page.status, page.told[b"content-type"].decode()) == (200, plain.headers["Content-Type"])
    assert len(page.body) == int(page.told[b"content-length"]) and b"Sign in" in page.body
    assert (head.status, head.body) == (200, b"") and head.told.get(b"content-length") != b"0"
