"""The freelancer is heard by the bank: what they say goes there with what we send, and nowhere before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from portal.accounts.models import MemberRole
from portal.cases.models import Case
from portal.core.text import TEXT_LIMIT
from portal.disputes.bank_words import say_to_bank
from portal.disputes.chargeback_models import ChargebackWords
from portal.disputes.chargeback_queries import MOST_WORDS, words_for_bank
from portal.disputes.chargebacks import contest_chargeback
from portal.notices.models import Notice
from tests.disputes.test_chargebacks import bodies, come, mark, row, seen, violations
from tests.disputes.test_members import joined
from tests.factories.market import Market, Party, Story, refused
from tests.ledger.test_races import at_once

SAID = "I sent the drawing on 3 March. She thanked me for it on the same day."


@pytest.fixture
def called(market: Market, story: Story) -> Iterator[str]:
    yield come(market, story)
    assert violations(market, story) == [], "flask verify finds nothing"


def say(market: Market, who: Party, ref: str, text: str = SAID) -> None:
    market.do(say_to_bank, who.actor, chargeback_ref=ref, text=text)


def kept(market: Market, ref: str) -> list[str | None]:
    key = row(market, ref).id
    with market.office.database.read() as session:
        return [one.text for one in words_for_bank(session, key)]


def test_what_is_said_goes_to_the_bank_word_for_word(market: Market, story: Story, called: str) -> None:
    heard = bodies(market, "chargeback_received", story.tim)
    assert "You can write what the bank should know." in heard and "The bank's reason: Services not provided" in heard
    assert "You can write" not in bodies(market, "chargeback_received", story.stacy)
    say(market, story.tim, called)
    say(market, story.tim, called, "  And she asked for a second one.  ")
    assert kept(market, called) == [SAID, "And she asked for a second one."]
    assert "It goes to the bank word for word with our answer." in bodies(market, "chargeback_words_receipt", story.tim)
    with market.office.database.read() as session:
        told = set(session.scalars(sa.select(Notice.recipient_id).where(Notice.kind == "chargeback_words_receipt")))
    assert told == {story.tim.person.id}, "the client reads it once it is sent, and is told then"
    assert seen(market, called, story.stacy.actor).sent == {}
    market.do(contest_chargeback, story.rae.actor, chargeback_ref=called)
    for party in (story.stacy, story.tim):
        sent = seen(market, called, party.actor).sent["freelancer"]
        assert [(one["text"], one["language"]) for one in sent] == [(text, "en") for text in kept(market, called)]
    assert "what you wrote for the bank is in it" in bodies(market, "chargeback_contested", story.tim)
    assert "for the bank" not in bodies(market, "chargeback_contested", story.stacy)


def test_nothing_said_is_nothing_sent(market: Market, story: Story, called: str) -> None:
    market.do(contest_chargeback, story.rae.actor, chargeback_ref=called)
    assert seen(market, called, story.tim.actor).sent["freelancer"] == []
    assert "for the bank" not in bodies(market, "chargeback_contested", story.tim)
    mark(market, called, "lost")
    assert "was not sent" not in bodies(market, "chargeback_decided", story.tim)


def test_once_the_bank_was_answered_it_is_too_late(market: Market, story: Story, called: str) -> None:
    mark(market, called, "contested")
    assert refused(lambda: say(market, story.tim, called)) == "contested"
    mark(market, called, "won")
    assert refused(lambda: say(market, story.tim, called)) == "bank_decided"
    assert kept(market, called) == []


@pytest.mark.parametrize("end", ["won", "lost"])
def test_what_was_said_stays_where_the_bank_waited_for_no_answer(market: Market, story: Story, called: str, end: str) -> None:
    say(market, story.tim, called)
    mark(market, called, end)
    assert (kept(market, called), seen(market, called, story.stacy.actor).sent) == ([SAID], {})
    assert "so what you wrote for it was not sent" in bodies(market, "chargeback_decided", story.tim)
    assert "was not sent" not in bodies(market, "chargeback_decided", story.stacy)


@pytest.mark.parametrize(("text", "code"), [("", "empty"), (" \n ", "empty"), ("x" * (TEXT_LIMIT + 1), "too_long")])
def test_what_is_no_text(market: Market, story: Story, called: str, text: str, code: str) -> None:
    assert refused(lambda: say(market, story.tim, called, text)) == code


def test_so_often_and_no_more(market: Market, story: Story, called: str) -> None:
    for _ in range(MOST_WORDS):
        say(market, story.tim, called)
    assert refused(lambda: say(market, story.tim, called)) == "said_often"


def test_the_freelancers_owners_alone(market: Market, story: Story, called: str) -> None:
    for nobody in (story.stacy, story.omar):
        assert refused(lambda nobody=nobody: say(market, nobody, called)) == "not_found"  # type: ignore[misc]
    assert refused(lambda: market.do(say_to_bank, story.rae.actor, chargeback_ref=called, text=SAID)) == "not_found"
    with market.office.database.read() as session:
        own = session.scalars(sa.select(Case.ref).where(Case.id == row(market, called).case_id)).one()
    for case_ref, code in (("C-OTHER", "not_found"), (own, None)):
        actor = story.tim.by_link(case_ref)
        assert refused(lambda actor=actor: market.do(  # type: ignore[misc]
            say_to_bank, actor, chargeback_ref=called, text=SAID)) == code


@pytest.mark.parametrize("role", [MemberRole.FINANCE, MemberRole.WORKER])
def test_other_members_write_nothing(market: Market, story: Story, called: str, role: MemberRole) -> None:
    member = joined(market, story.tim, role)
    assert refused(lambda: market.do(say_to_bank, member, chargeback_ref=called, text=SAID)) == "owners_only"


def test_who_looks_after_the_money_is_not_told_that_they_can_write(market: Market, story: Story) -> None:
    finance = joined(market, story.tim, MemberRole.FINANCE)
    come(market, story)
    with market.office.database.read() as session:
        query = sa.select(Notice.body).where(Notice.kind == "chargeback_received", Notice.recipient_id == finance.person_id)
        [body] = session.scalars(query)
    assert "changes nothing about the standing" in (body or "") and "You can write" not in (body or "")


def test_nothing_goes_to_the_bank_that_the_desk_has_not_read(market: Market, story: Story, called: str) -> None:
    say(market, story.tim, called)
    answer = {"chargeback_ref": called, "words_read": 0}
    assert refused(lambda: market.do(contest_chargeback, story.rae.actor, **answer)) == "words_added"
    market.do(contest_chargeback, story.rae.actor, **answer | {"words_read": 1})


def test_words_meet_the_answer(market: Market, story: Story, called: str) -> None:
    """Whichever comes first: what was kept is in what was sent, and what is not in it was refused."""
    heard: list[str] = []

    def speak() -> None:
        say(market, story.tim, called)
        heard.append(SAID)

    at_once([*[speak] * MOST_WORDS, *[lambda: market.do(contest_chargeback, story.rae.actor, chargeback_ref=called)] * 3])
    sent = [one["text"] for one in seen(market, called, story.tim.actor).sent["freelancer"]]
    assert sent == heard == kept(market, called)


def test_the_words_are_kept_as_they_are(market: Market, story: Story, called: str) -> None:
    say(market, story.tim, called)
    for statement in (sa.update(ChargebackWords).values(text="x"), sa.delete(ChargebackWords)):
        with pytest.raises(sa.exc.DBAPIError, match="kept as they are"), market.office.database.writer.begin() as connection:
            connection.execute(statement)
