"""A text that others wrote, in two versions: read and compared with its numbers said once, and no word shown twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.rulebook.importing import adopt
from portal.rulebook.reading import read_policy
from tests.factories.market import Market
from tests.web.test_rules_translated import page, words

FIRST = "1. Fees\n   1.1 A fee of five is due.\n       (a) from clients;\n       (b) from nobody else.\n2. Part\n3. Gone\n"
SECOND = "1. Fees\n   1.1 A fee of nine is due.\n       (a) from clients;\n       (b) from nobody else.\n2. Part\n"
PATH = "/rules/house-rules/2024-03-01"
COMPARED = "/rules/house-rules/compare/2024-03-01..2029-05-01"


@pytest.fixture
def client(app: Flask, market: Market, tmp_path: Path) -> FlaskClient:
    folder = tmp_path / "theirs" / "house-rules"
    folder.mkdir(parents=True)
    text = adopt(FIRST, published_on=date(2024, 2, 1), effective_on=date(2024, 3, 1), language="en", title="House rules")[0]
    later = adopt(SECOND, published_on=date(2029, 2, 1), effective_on=date(2029, 5, 1), language="en", title="House rules",
                  earlier=read_policy(text))[0]
    for name, file in (("2024-03-01.md", text), ("2029-05-01.md", later)):
        (folder / name).write_text(file, encoding="utf-8")
    market.policies = str(folder.parent)
    market.publish()
    return app.test_client()


def test_an_item_of_an_item_is_read_as_words(client: FlaskClient) -> None:
    [item] = page(client, PATH).xpath("//section[@id='1-1-a']")
    assert [words(one) for one in item.xpath("./p")] == ["from clients;"] and not item.xpath(".//pre | .//code")
    alone = page(client, f"{PATH}/1-1-a")
    assert [words(one) for one in alone.xpath("//section[contains(@class,'alone')]")] == ["from clients;"]
    assert alone.xpath("//h1/span[@class='hidden']")


def test_an_item_is_read_with_the_sentence_that_it_goes_on_from(client: FlaskClient) -> None:
    main = page(client, f"{PATH}/1-1-b").xpath("//main")[0]
    said = words(main)
    order = ["It goes on from:", "A fee of five is due.", "from nobody else."]
    assert sorted(order, key=said.index) == order and "It goes on" not in words(page(client, f"{PATH}/1"))


def test_the_number_in_the_margin_is_the_only_one(client: FlaskClient) -> None:
    found = page(client, COMPARED)
    [changed] = found.xpath("//section[@id='1-1']")
    assert words(changed.xpath("./p[not(@class)]")[0]) == "A fee of gone: five end of gone new: nine end of new is due."
    assert changed.xpath("./h2/span[@class='hidden']")


def test_what_is_gone_with_its_name_alone_is_not_called_the_same(client: FlaskClient) -> None:
    [gone] = page(client, COMPARED).xpath("//section[@id='3-gone' or @id='3']")
    assert "Removed" in words(gone) and "The words are the same" not in words(gone)
