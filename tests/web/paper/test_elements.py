"""A statement that satisfies all the laws at once: each of its elements is in the record, on the page and on paper.

Sources: DSA 17(3), P2B 4(1), (2), PWD 11(1), GDPR 22; DESIGN 2.1, 2.2 and "Never withheld".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from html import unescape
from re import sub
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.text import sha256
from portal.enforcement.models import RestrictionKind, Statement
from tests.enforcement.conftest import Desk
from tests.factories.frozen import frozen
from tests.web.conftest import Doors
from tests.web.paper.conftest import Draw, text_of

FACTS = "On 12 November the first milestone of $400 was paid. One drawing came, and no message was answered since."
Record = dict[str, Any]
Element = tuple[Callable[[Record], Any], tuple[str, ...]]

ELEMENTS: dict[str, Element] = {
    "each restriction with kind, scope and its own end": (
        lambda r: all(one["kind"] in set(RestrictionKind) and one["scope"] and (one["ends_at"] or one["review_at"])
                      for one in r["restrictions"]) and r["restrictions"],
        ("Work in the account", "This limits all work here", "You can work here again from Sunday 13 December 2026"),
    ),
    "held money with its amount, contract, cause and end": (
        lambda r: all(one["amount"] and one["contract_title"] and one["until"] for one in r["money"]["held"]),
        ("$400.00 USD of “Photo app”", "until Thursday 21 January 2027 at the latest", "This is not held because of this"),
    ),
    "what happened": (lambda r: r["facts"], (FACTS,)),
    "when it happened": (
        lambda r: r["conduct_from"] <= r["conduct_to"], ("from Thursday 12 November 2026 to Saturday 21 November 2026",),
    ),
    "in what it happened": (lambda r: r["objects"], ("This is about: the contract “Photo app”",)),
    "what shows it, or the listed reason why nothing is shown": (
        lambda r: r["exhibits"] or r["no_exhibit"], ("Exhibit 1", "Full refund of a milestone if its work is not completed."),
    ),
    "the rule, its version and its frozen text": (
        lambda r: all(r["rule"][name] for name in ("number", "heading", "version", "text", "sha256", "path")),
        ("6.4 Taking payment for nothing", "in force since Sunday 1 March 2026", "Who takes the money of a milestone owes"),
    ),
    "why the facts fall under it": (lambda r: r["why"], ("The milestone was paid and its work never came.",)),
    "what the person said": (lambda r: r["answer_on_file"], ("I was ill for two weeks.",)),
    "what spoke for them, and how it was weighed": (
        lambda r: r["spoke_for"] and r["weighed"], ("Three good years.", "A suspension, and no more."),
    ),
    "where the case came from": (lambda r: r["detection"]["source"], ("A report from the other side of a contract.",)),
    "machines in noticing it": (lambda r: r["detection"]["automated_detection"] is False, ("No automated detection.",)),
    "machines in deciding it": (
        lambda r: r["detection"]["automated_decision"] is False, ("No machine took part in the decision.",),
    ),
    "what would change it": (
        lambda r: 2 <= len(r["would_change"]) <= 5, ("The work is delivered.", "Proof of an illness."),
    ),
    "redress and its last day": (
        lambda r: r["redress"]["appeal_until_at_least"] and r["redress"]["appeal_path"],
        ("You can appeal until at least Saturday 22 May 2027", "/appeals/new?action="),
    ),
    "other redress": (lambda r: r["redress"]["body"], ("a certified out-of-court body or to a court",)),
    "a contact": (lambda r: r["contact"].startswith("Northlight, C-"), ("Northlight, C-", "portal@localhost")),
    "who decided": (lambda r: r["decided_by"], ("Reviewer", "a person.")),
    "what is left out, and the published reason": (
        lambda r: r["left_out"]["grounds"] == ["protects_reporter"] and r["left_out"]["rule"],
        ("Left out of this letter", "Who told us: nobody should have to fear", "6.5 What we may leave out of a letter"),
    ),
    "when": (lambda r: r["issued_at"] and r["effective_at"], ("Sunday 22 November 2026, 12:00",)),
    "to whom": (lambda r: r["account_ref"] and r["account_name"], ("Tim Okafor",)),
    "whether it counts earlier ones": (lambda r: r["occurrence"] == 1 and r["earlier"] == [], ()),
    "further rules, what it replaces, why no notice is given: nothing here": (
        lambda r: (r["more"], r["replaces"], r["notice_exception"]) == ([], None, None), (),
    ),
}
COMMON = {
    "v", "ref", "case", "language", "person_language", "measure", "nature", "interim", "ends_at", "zone", "co_signed_by",
    "promise",
}
"""Parts of the record that are no element of their own: its own form, and what the elements are computed with."""
PARTS = {
    "restrictions", "money", "facts", "conduct_from", "conduct_to", "objects", "exhibits", "no_exhibit", "rule", "why",
    "answer_on_file", "spoke_for", "weighed", "detection", "would_change", "redress", "contact", "decided_by", "issued_at",
    "effective_at", "account_ref", "account_name", "occurrence", "earlier", "more",
    "replaces", "notice_exception", "left_out",
}


def plain(markup: str) -> str:
    return " ".join(unescape(sub(r"<[^>]+>", " ", markup)).split())


@pytest.fixture
def said(doors: Doors, contested: Desk) -> tuple[str, str, str]:
    """The record, the page and the paper of one statement, as texts."""
    action = contested.ready()
    contested.issue(action, facts=FACTS)
    with contested.office.database.read() as session:
        record = session.scalars(select(Statement.record)).one() or ""
    tim = doors.open(contested.story.tim.person)
    raw = tim.page(f"/me/actions/{action}")
    return record, f"{plain(raw)} {raw}", " ".join(text_of(tim.get(f"/me/actions/{action}.pdf").data).split())


def test_each_element_is_in_the_record_on_the_page_and_on_paper(said: tuple[str, str, str]) -> None:
    text, page, paper = said
    record = json.loads(text)
    for name, (there, words) in ELEMENTS.items():
        assert there(record), f"not in the record: {name}"
        for each in words:
            assert each in page, f"not on the page: {name}: {each}"
            assert each in paper or each.replace(" ", "") in paper.replace(" ", ""), f"not on paper: {name}: {each}"
    assert sha256(text) in page and sha256(text) in paper, "how to prove that it was not changed"
    assert record.keys() == COMMON | PARTS, "a new part of the record is shown and listed here, or is no part of it"


def test_who_reported_it_is_not_in_it(said: tuple[str, str, str]) -> None:
    """Whose dispute holds money is said beside it, on the page of the day; the letter names nobody."""
    record, _page, paper = said
    assert "Stacy" not in record and "Stacy" not in paper


def test_each_kind_of_restriction_is_named_with_its_own_end(draw_letter: Draw) -> None:
    ends = {"search": "2026-12-01", "new_contracts": "2026-12-05", "new_messages": "2026-12-09"}
    taken = [
        {"kind": kind, "scope": scope, "partial": True, "starts_at": "2026-11-22T14:05:00.000000Z",
         "ends_at": f"{ends[scope]}T23:00:00.000000Z", "review_at": None}
        for kind, scope in (("visibility", "search"), ("service", "new_contracts"), ("service", "new_messages"))
    ]
    held = {"kind": "monetary", "scope": "L-1", "partial": True, "starts_at": "2026-11-22T14:05:00.000000Z",
            "ends_at": "2026-12-22T23:00:00.000000Z", "review_at": None}
    text = " ".join(text_of(draw_letter(measure="restriction", restrictions=[*taken, held])).split())
    for words in (
        "This limits who sees the profile, in part", "shown again on Wednesday 2 December 2026", 
        "This limits what can be done here, in part",
        "You can take new contracts again from Sunday 6 December 2026", "write to them again from Thursday 10 December 2026",
        "This limits access to money, in part",
        "until Tuesday 22 December 2026 at the latest",
    ):
        assert words in text, words


def test_further_rules_and_an_exception_from_the_notice_and_what_it_replaces_are_on_paper(draw_letter: Draw) -> None:
    base = json.loads(frozen())
    parts = ("rule", "facts", "why", "conduct_from", "conduct_to", "objects", "exhibits", "no_exhibit")
    second = {name: base[name] for name in parts} | {"facts": "A second invoice for the same work.", "why": "It was paid twice."}
    told = {"kind": "repeated_infringement", "ground": "Article 4(4) P2B", "reason": "Three decisions in a year changed nothing.",
            "usual": "2026-12-22T23:00:00.000000Z"}
    text = " ".join(text_of(draw_letter(more=[second], replaces="A-22222222", notice_exception=told)).split())
    for words in (
        "The next rule, number 2 of this decision", "A second invoice for the same work.", "It was paid twice.",
        "It replaces our decision A-22222222", "Rules were not kept repeatedly", "Article 4(4) P2B",
        "Three decisions in a year changed nothing.", "23 December 2026",
    ):
        assert words in text, words


def test_an_item_is_quoted_below_the_sentence_that_it_goes_on_from(draw_letter: Draw) -> None:
    rule = json.loads(frozen())["rule"] | {
        "number": "1.1.b", "heading": "from nobody else.", "text": "       (b) from nobody else.\n",
        "leads": [{"number": "1.1", "text": "   1.1 A fee is asked for:\n", "sha256": "7" * 64}],
    }
    text = " ".join(text_of(draw_letter(rule=rule)).split())
    assert "A fee is asked for: from nobody else. 1.1.b" in text, text[:2_000]


def test_a_machine_that_took_part_is_named_on_both_sides(draw_letter: Draw) -> None:
    machine = {"source": "detection", "automated_detection": True, "automated_decision": True}
    text = " ".join(text_of(draw_letter(detection=machine)).split())
    for words in ("Automated detection.", "A machine took part in noticing it.", "A machine took part in the decision."):
        assert words in text, words


@pytest.mark.parametrize(
    ("ground", "words"), [("protects_reporter", "it would say who told us"), ("no_longer_exists", "no longer exists")]
)
def test_why_nothing_is_shown_is_said(draw_letter: Draw, ground: str, words: str) -> None:
    assert words in " ".join(text_of(draw_letter(exhibits=[], no_exhibit=ground)).split())
