"""Notices and mails name the rule as its published translation calls it; what a reviewer wrote stays, and says so."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from portal.accounts.models import Person
from portal.core.i18n import language
from portal.core.money import Money
from portal.enforcement.queries import statement_of
from portal.notices.models import Notice
from portal.rulebook.queries import cited_clause
from tests.enforcement.conftest import Desk

EN, ES = language("en"), language("es")


def reads(desk: Desk, kind: str) -> Notice:
    with desk.office.database.read() as session:
        return session.scalars(select(Notice).where(Notice.kind == kind, Notice.recipient_id == desk.story.tim.person.id)).one()


def speaks(desk: Desk, code: str) -> None:
    mine = update(Person).where(Person.id == desk.story.tim.person.id).values(language=code)
    desk.market.make(lambda work: work.db.execute(mine))


def test_the_rule_is_named_in_the_readers_language(desk: Desk) -> None:
    speaks(desk, "es")
    desk.issue(desk.ready(), ends_on=(desk.market.day() + timedelta(days=20)).isoformat())
    for kind in ("question", "statement"):
        notice = reads(desk, kind)
        for text in (notice.body or "", notice.mail_body or ""):
            assert "regla 6.4, Cobrar por nada" in text and "Taking payment" not in text


def test_the_words_that_bind_stay_quoted(desk: Desk) -> None:
    speaks(desk, "es")
    ref = desk.ready()
    desk.issue(ref)
    with desk.office.database.read() as session:
        rule = (statement_of(session, ref)[0] or {})["rule"]
    assert rule["heading"] == "Taking payment for nothing" and rule["translation"]["heading"] == "Cobrar por nada"


def test_a_language_without_a_translation_reads_the_binding_heading(desk: Desk) -> None:
    with desk.office.database.read() as session:
        clause = cited_clause(session, desk.clause())
    assert clause is not None
    assert [clause.heading_in(code) for code in ("en", "es", "de")] == [
        "Taking payment for nothing", "Cobrar por nada", "Taking payment for nothing"
    ]


def test_a_currency_is_written_in_one_way() -> None:
    amount = Money(188_500, "USD")
    assert (EN.money(amount), ES.money(amount)) == ("$1,885.00 USD", "1.885,00 USD")
