"""A translation that was adopted beside a text of others: shown beside what binds, and never instead of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from portal.core.database import Database
from portal.rulebook.importing import adopt
from portal.rulebook.models import PolicyVersion
from portal.rulebook.queries import in_force
from portal.rulebook.reading import read_policy
from portal.rulebook.translating import adopt_translation
from tests.factories.market import Market

ORIGINAL = "Hello.\n\nArticle 1 - Scope\n\nThis is for all.\n\nArticle 2 - Fees\n\n(a) Pay one.\n(b) Pay two.\n"
SPANISH = "Hola.\n\nArtículo 1 - Ámbito\n\nEsto es para todos.\n\nArtículo 2 - Precios\n\n(a) Pague uno.\n"
PATH, HOME = "/rules/house-rules/2024-03-01", "https://localhost"


@pytest.fixture
def client(app: Flask, market: Market, tmp_path: Path) -> FlaskClient:
    folder = tmp_path / "theirs" / "house-rules"
    folder.mkdir(parents=True)
    text = adopt(ORIGINAL, published_on=date(2024, 2, 1), effective_on=date(2024, 3, 1), language="en", title="House rules")[0]
    (folder / "2024-03-01.md").write_text(text, encoding="utf-8")
    theirs, differences = adopt_translation(SPANISH, read_policy(text), language="es", title="Reglas de la casa")
    assert [one.line.partition(" (")[0] for one in differences] == ["not translated: 2.b"]
    (folder / "2024-03-01.es.md").write_text(theirs, encoding="utf-8")
    market.policies = str(folder.parent)
    market.publish()
    return app.test_client()


def page(client: FlaskClient, path: str, language: str = "en") -> html.HtmlElement:
    answer = client.get(path, base_url=HOME, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return html.fromstring(answer.data)


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_it_is_shown_beside_the_text_that_binds(client: FlaskClient) -> None:
    both = page(client, f"{PATH}?beside=es")
    assert "Two languages side by side. The text in English is the one that binds." in words(both)
    pairs = both.xpath("//main//div[@class='beside']")
    assert any("This is for all." in words(pair) and "Esto es para todos." in words(pair) for pair in pairs)
    assert any("Pay two." in words(pair) and "This clause is not in this language." in words(pair) for pair in pairs)


def test_its_readers_hear_which_text_binds_and_what_is_not_in_their_language(client: FlaskClient) -> None:
    spanish = page(client, PATH, "es")
    said = words(spanish)
    assert "Esto es para todos." in said and "This is for all." not in said
    assert "Estas reglas no están en este idioma. También obligan. Léalas en inglés:" in said
    [left] = [one for one in spanish.xpath("//main//a[@lang='en']") if "2.b" in words(one)]
    assert "Pay two." in words(page(client, left.get("href"), "es"))
    assert "no están en este idioma" not in words(page(client, f"{PATH}?in=en", "es"))


def test_a_paragraph_is_shown_once_behind_its_number(client: FlaskClient) -> None:
    book = page(client, PATH)
    [clause] = book.xpath("//section[@id='2-a']")
    shown = [words(part) for part in clause.xpath("./*") if part.tag != "footer"]
    assert shown == ["2.a Pay one#", "Pay one."] and clause.xpath("./*/span[@class='hidden'][text()='Pay one']")
    [named] = book.xpath("//section[@id='2-fees']")
    assert named.xpath("./*/span[text()='Fees'][not(@class)]")
    levels = [one.get("class") for one in book.xpath("//nav[@class='contents']//li")]
    assert levels == ["level-1", "level-2", "level-2", "level-3", "level-3"]


def test_it_never_binds(client: FlaskClient, sqlite_database: Database) -> None:
    with sqlite_database.read() as session:
        versions = {one.language: one.binding for one in session.scalars(select(PolicyVersion))}
        standing = in_force(session, "house-rules", date(2026, 1, 1))
    assert versions == {"en": True, "es": False} and standing is not None and standing.language == "en"
