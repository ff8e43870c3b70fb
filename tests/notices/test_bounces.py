"""A mail that came back: the mail server pipes its report in, and its person does not count as informed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from portal.accounts.models import Person
from portal.accounts.operations import add_person
from portal.act import Office, act
from portal.app import create_app
from portal.core.access import OPERATOR, Actor, Role
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.notices.models import Attempt, Channel, Delivery, Informed
from portal.notices.operations import opening
from portal.settings import Settings, load_settings
from portal.worker import run_once
from tests.factories.compiled import with_shared_templates
from tests.notices.making import Collecting, a_case, all_of, told

REPORT = """From: MAILER-DAEMON@mail.example.org
To: portal@localhost
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain

It could not be delivered.

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; {to}
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such mailbox

--part
Content-Type: {kind}{charset}

Message-ID: {message_id}
Subject: Our decision

{body}
--part--
"""
HEADERS, WHOLE = "text/rfc822-headers", "message/rfc822"


@pytest.fixture
def settings(tmp_path: Path, database: Database) -> Settings:
    url = database.url.render_as_string(hide_password=False)
    return load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_DATABASE_URL": url,
                          "PORTAL_SECRET_KEY": "a secret for tests " * 3})


@pytest.fixture
def flask(settings: Settings, clock: MovedClock, database: Database) -> Iterator[FlaskCliRunner]:
    app = with_shared_templates(create_app(settings, clock=clock, database=database))
    with app.app_context():
        yield app.test_cli_runner()


def sent(office: Office, settings: Settings, email: str = "ana@example.org") -> Delivery:
    """A mail to Ana that her server accepted."""
    with office.database.write() as session:
        ana = add_person(office.work(session, OPERATOR), name="Ana", email=email)
    told(office, [ana], case_ref=a_case(office, ana))
    run_once(office, Collecting(), settings)
    return next(one for one in all_of(office, Delivery) if one.channel == Channel.EMAIL)


GOOD = {"action": "failed", "kind": HEADERS, "body": "", "charset": ""}


def piped(flask: FlaskCliRunner, mail: Delivery, **other: str) -> str:
    report = REPORT.format(**(GOOD | {"message_id": mail.message_id, "to": mail.target.upper()} | other))
    result = flask.invoke(args=["bounced"], input=report)
    assert result.exit_code == 0, result.output
    return result.output.strip()


@pytest.mark.parametrize("kind", [HEADERS, WHOLE])
def test_who_never_got_it_does_not_count_as_informed(
    office: Office, settings: Settings, flask: FlaskCliRunner, clock: MovedClock, kind: str
) -> None:
    mail = sent(office, settings)
    assert piped(flask, mail, kind=kind) == "1 of our mails came back."
    clock.advance(days=6)
    run_once(office, Collecting(), settings)
    [again] = [one for one in all_of(office, Delivery) if one.id == mail.id]
    assert (again.result, all_of(office, Informed)) == ("bounced", [])
    assert "no such mailbox" in all_of(office, Attempt)[-1].detail


@pytest.mark.parametrize("change", [
    {"action": "delayed"}, {"message_id": "<else@example.org>"}, {"to": "hana@example.org"}, {"to": ""}, {"to": "\x00"},
    {"message_id": "<\x00>"}, {"message_id": "=?nope?q?x?="},
])
def test_what_is_no_bounce_of_ours_changes_nothing(
    office: Office, settings: Settings, flask: FlaskCliRunner, change: dict[str, str]
) -> None:
    mail = sent(office, settings)
    assert piped(flask, mail, **change) == "0 of our mails came back."
    assert [one.result for one in all_of(office, Delivery) if one.id == mail.id] == ["sent"]


@pytest.mark.parametrize("charset", ["; charset=nope", "; charset=idna", "\nContent-Transfer-Encoding: base64"])
def test_no_alphabet_stops_it(office: Office, settings: Settings, flask: FlaskCliRunner, charset: str) -> None:
    mail = sent(office, settings)
    assert "of our mails came back." in piped(flask, mail, charset=charset)


def test_who_has_read_it_is_informed_whatever_comes_back(office: Office, settings: Settings, flask: FlaskCliRunner) -> None:
    mail = sent(office, settings)
    [ana] = all_of(office, Person)
    act(office, opening, Actor("person:ana", frozenset({Role.PERSON}), ana.id), "open", about_ref="A-1")
    assert len(all_of(office, Informed)) == 1
    assert piped(flask, mail) == "0 of our mails came back."
    assert [one.result for one in all_of(office, Delivery) if one.id == mail.id] == ["sent"]


@pytest.mark.parametrize("rounds", [0, 1])
def test_after_five_days_nothing_comes_back(
    office: Office, settings: Settings, flask: FlaskCliRunner, clock: MovedClock, rounds: int
) -> None:
    mail = sent(office, settings)
    clock.advance(days=5)
    for _ in range(rounds):
        run_once(office, Collecting(), settings)
    assert piped(flask, mail) == "0 of our mails came back."
    run_once(office, Collecting(), settings)
    assert len(all_of(office, Informed)) == 1


def test_the_domain_may_be_written_in_either_way(office: Office, settings: Settings, flask: FlaskCliRunner) -> None:
    mail = sent(office, settings, "ana@b\u00fccher.example")
    assert piped(flask, mail, to="ana@xn--bcher-kva.example") == "1 of our mails came back."


def test_nonsense_is_taken_calmly(flask: FlaskCliRunner) -> None:
    empty = "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n--x--"
    deep = "Content-Type: message/rfc822\n\n" * 20_000
    for text in ("", "hello", empty, deep, b"Message-ID: \xff\n\n\xff"):
        result = flask.invoke(args=["bounced"], input=text)
        assert (result.exit_code, result.output.strip()) == (0, "0 of our mails came back.")
