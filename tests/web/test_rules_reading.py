"""Reading the rules: versions, one clause, two languages, what changed, searching, and what to know before paying."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from tests.factories.market import Story

TERMS, OLD, NEW = "/rules/terms-of-service", "2024-03-01", "2026-03-01"
HOME = "https://localhost"


@pytest.fixture
def client(app: Flask, story: Story) -> FlaskClient:
    """A visitor of a portal whose rules are published."""
    assert story
    return app.test_client()


def page(client: FlaskClient, path: str, language: str = "en") -> html.HtmlElement:
    answer = client.get(path, base_url=HOME, headers={"Accept-Language": language})
    assert answer.status_code == 200, (path, answer.status_code)
    return html.fromstring(answer.data)


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def links(element: html.HtmlElement) -> list[str]:
    return [str(one) for one in element.xpath("//main//a/@href")]


class TestVersion:
    def test_leads_to_each_clause_to_what_changed_and_to_the_other_versions(self, client: FlaskClient) -> None:
        found = links(page(client, f"{TERMS}/{NEW}"))
        assert {f"{TERMS}/{NEW}/chargebacks", f"{TERMS}/compare/{OLD}..{NEW}", f"{TERMS}/{OLD}"} <= set(found)
        assert f"{TERMS}/{NEW}.json" in found
        assert f"{TERMS}/compare/{OLD}..{NEW}#off-platform-payment" in found
        assert f"{TERMS}/compare/{OLD}..{NEW}#chargebacks" not in found

    def test_says_since_when_each_clause_stands_in_these_words(self, client: FlaskClient) -> None:
        shown = page(client, f"{TERMS}/{NEW}")
        said = {key: words(shown.get_element_by_id(key)) for key in ("chargebacks", "off-platform-payment")}
        assert "In these words since Friday 1 March 2024" in said["chargebacks"]
        assert "In these words since Sunday 1 March 2026" in said["off-platform-payment"]

    def test_only_rules_say_what_may_follow(self, client: FlaskClient) -> None:
        shown = page(client, f"{TERMS}/{NEW}")
        assert "What we may do" in words(shown.get_element_by_id("chargebacks"))
        assert "What we may do" not in words(shown.get_element_by_id("milestones"))

    def test_is_read_in_the_language_that_is_asked_for(self, client: FlaskClient) -> None:
        assert "Términos" in words(page(client, f"{TERMS}/{NEW}", "es").find(".//h1"))
        assert "Terms" in words(page(client, f"{TERMS}/{NEW}?in=en", "es").find(".//h1"))
        assert "Terms" in words(page(client, f"{TERMS}/{NEW}?in=xx").find(".//h1"))

    @pytest.mark.parametrize(("language", "beside"), [("en", "es"), ("es", "en"), ("es", "es"), ("en", "en")])
    def test_two_languages_stand_side_by_side_with_the_binding_one_named(
        self, client: FlaskClient, language: str, beside: str
    ) -> None:
        shown = page(client, f"{TERMS}/{NEW}?beside={beside}", language)
        heads = [words(one) for one in shown.xpath("//div[contains(@class, 'heads')]/p")]
        assert len(heads) == 2 and re.search("binds|obliga", heads[0]) and re.search("translation|traducción", heads[1])
        rows = shown.xpath("//div[@class='beside']")
        assert len(rows) == len(shown.xpath("//section[contains(@class, 'clause')]")) > 50
        assert all(row.xpath(".//div[@class='translated']/@lang") == ["es"] for row in rows)

    def test_a_language_that_is_not_there_is_not_beside(self, client: FlaskClient) -> None:
        assert not page(client, f"{TERMS}/{NEW}?beside=fr").xpath("//div[@class='beside']")


class TestClause:
    def test_has_its_words_its_ladder_and_its_history(self, client: FlaskClient) -> None:
        shown = page(client, f"{TERMS}/{NEW}/off-platform-payment")
        said = words(shown.find(".//main"))
        assert words(shown.find(".//h1")) == "4.2 Paying outside the marketplace"
        assert "Payments for work that began here" in said and "What we may do: the first time" in said
        assert "Other words than before" in said and "First version" in said
        assert {f"{TERMS}/{OLD}/off-platform-payment", f"{TERMS}/compare/{OLD}..{NEW}#off-platform-payment",
                f"{TERMS}/{NEW}/milestones", f"{TERMS}/{NEW}/chargebacks"} <= set(links(shown))

    def test_an_older_one_leads_to_what_is_in_force(self, client: FlaskClient) -> None:
        assert f"{TERMS}/{NEW}/identity" in links(page(client, f"{TERMS}/{OLD}/identity"))
        gone = words(page(client, f"{TERMS}/{OLD}/contact-details").find(".//main"))
        assert "Replaced on" in gone and "Not in this version" in gone and "as it is in force today" not in gone

    def test_a_translation_shows_the_text_that_binds(self, client: FlaskClient) -> None:
        shown = page(client, f"{TERMS}/{NEW}/chargebacks", "es")
        assert "A client may always turn to their bank" in words(shown.xpath("//details")[0])
        assert shown.xpath("//details//div[@lang='en']")

    def test_a_part_leads_to_its_clauses(self, client: FlaskClient) -> None:
        assert f"{TERMS}/{NEW}/chargebacks" in links(page(client, f"{TERMS}/{NEW}/payments"))

    @pytest.mark.parametrize("path", [
        f"{TERMS}/{NEW}/nothing", f"{TERMS}/2020-01-01/about", "/rules/nothing/2026-03-01/about", f"{TERMS}/2026-13-45",
        f"{TERMS}/compare/{OLD}..2020-01-01", f"{TERMS}/compare/x..y", f"{TERMS}/compare/x", "/rules/nothing/compare",
        f"{TERMS}/{NEW}.fr.json", f"{TERMS}/x.json", "/rules/nothing/2026-03-01.json",
    ])
    def test_what_is_not_there_is_not_found(self, client: FlaskClient, path: str) -> None:
        assert client.get(path, base_url=HOME).status_code == 404


class TestComparing:
    def test_marks_the_words_clause_by_clause(self, client: FlaskClient) -> None:
        shown = page(client, f"{TERMS}/compare/{OLD}..{NEW}")
        window = shown.get_element_by_id("dispute-window")
        assert [words(one) for one in window.xpath(".//del|.//ins")] == ["gone: 14 end of gone", "new: 30 end of new"]
        assert "4 clauses have other words; 2 clauses are new; 1 clause is gone" in words(shown.find(".//main"))
        assert "Removed" in words(shown.get_element_by_id("contact-details"))
        assert "New" in words(shown.get_element_by_id("return-after-closure"))

    def test_translations_are_compared_with_each_other(self, client: FlaskClient) -> None:
        shown = page(client, f"{TERMS}/compare/{OLD}..{NEW}", "es")
        assert "4 reglas tienen otras palabras" in words(shown.find(".//main"))
        assert "El texto que obliga es el que está en inglés" in words(shown.find(".//main"))

    @pytest.mark.parametrize(("path", "leads_to"), [
        (f"compare/{NEW}..{OLD}", f"compare/{OLD}..{NEW}"), (f"compare/{NEW}..{NEW}", NEW), (f"compare/{NEW}", NEW),
        ("compare", f"compare/{OLD}..{NEW}"), (f"compare?from={NEW}&to={OLD}", f"compare/{OLD}..{NEW}"),
        (f"compare?from={OLD}&to={OLD}", OLD), ("compare?from=x&to=//evil.example", f"compare/{OLD}..{NEW}"),
    ])
    def test_other_addresses_lead_to_the_one_that_stays(self, client: FlaskClient, path: str, leads_to: str) -> None:
        assert client.get(f"{TERMS}/{path}", base_url=HOME).location == f"{TERMS}/{leads_to}"


class TestSearching:
    def test_shows_number_heading_policy_version_and_the_words_marked(self, client: FlaskClient) -> None:
        first = page(client, "/rules/search?q=chargebacks").xpath("//ol[@class='hits']/li")[0]
        assert words(first.find(".//h2")) == "4.3 Chargebacks" and first.xpath(".//h2//mark")
        assert "Terms of Service · in force since Sunday 1 March 2026" in words(first)
        assert first.xpath(".//h2/a/@href") == [f"{TERMS}/{NEW}/chargebacks?in=en"]
        assert f"{TERMS}/{OLD}/chargebacks?in=en" in first.xpath(".//a/@href")

    def test_nothing_found_and_nothing_asked_help_on(self, client: FlaskClient) -> None:
        for query in ("", "?q=", "?q=unicorn", "?q=***", "?q=%20"):
            shown = page(client, f"/rules/search{query}")
            assert f"{TERMS}/{NEW}#payments" in links(shown), query
        assert "No clause says anything about “unicorn”" in words(page(client, "/rules/search?q=unicorn"))

    def test_what_was_typed_is_shown_as_text(self, client: FlaskClient) -> None:
        shown = page(client, "/rules/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
        assert shown.xpath("//input[@id='q']/@value") == ['"><script>alert(1)</script>']
        assert not shown.xpath("//script[not(@src)]")

    def test_a_query_has_an_end(self, client: FlaskClient) -> None:
        assert len(page(client, "/rules/search?q=" + "money " * 900).xpath("//input[@id='q']/@value")[0]) <= 200


class TestBeforePaying:
    def test_is_made_of_what_is_in_force(self, client: FlaskClient) -> None:
        shown = page(client, "/rules/before-you-pay")
        said = words(shown.find(".//main"))
        assert "until 30 days after it was released" in said and "We decide within 14 days of the last answer" in said
        assert "Money that you paid elsewhere cannot be refunded by us." in said
        quoted = ("milestones", "chargebacks", "off-platform-payment", "undelivered-work")
        assert {f"{TERMS}/{NEW}#{key}" for key in quoted} <= set(links(shown))
        assert "/rules/our-promises/2026-11-15#dispute-answer" in links(shown)
        assert "/disputes/new" in links(shown)

    def test_speaks_the_readers_language(self, client: FlaskClient) -> None:
        said = words(page(client, "/rules/before-you-pay", "es").find(".//main"))
        assert "hasta 30 días después" in said and "Un cliente siempre puede acudir a su banco" in said

    def test_says_so_where_the_rules_say_nothing(self, app: Flask) -> None:
        said = words(page(app.test_client(), "/rules/before-you-pay").find(".//main"))
        assert said.count("The rules in force say nothing about this.") == 4
