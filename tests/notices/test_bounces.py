"""A mail that came back: the mail server pipes its report in, and its person does not count as informed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from portal.act import Office
from portal.app import create_app
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.notices.models import Attempt, Channel, Delivery, Informed
from portal.settings import Settings, load_settings
from portal.worker import run_once
from tests.notices.making import Collecting, a_case, all_of, people, told

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

Final-Recipient: rfc822; ana@example.org
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such mailbox

--part
Content-Type: {kind}

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
    app = create_app(settings, clock=clock, database=database)
    with app.app_context():
        yield app.test_cli_runner()


def sent(office: Office, settings: Settings) -> Delivery:
    """A mail to Ana that her server accepted."""
    [ana] = people(office, 1)
    told(office, [ana], case_ref=a_case(office, ana))
    run_once(office, Collecting(), settings)
    return next(one for one in all_of(office, Delivery) if one.channel == Channel.EMAIL)


def piped(flask: FlaskCliRunner, message_id: str, action: str = "failed", kind: str = HEADERS, body: str = "") -> str:
    report = REPORT.format(message_id=message_id, action=action, kind=kind, body=body)
    result = flask.invoke(args=["bounced"], input=report)
    assert result.exit_code == 0, result.output
    return result.output.strip()


@pytest.mark.parametrize("kind", [HEADERS, WHOLE])
def test_who_never_got_it_does_not_count_as_informed(
    office: Office, settings: Settings, flask: FlaskCliRunner, clock: MovedClock, kind: str
) -> None:
    mail = sent(office, settings)
    assert piped(flask, mail.message_id, kind=kind) == "1 of our mails came back."
    clock.advance(days=6)
    run_once(office, Collecting(), settings)
    [again] = [one for one in all_of(office, Delivery) if one.id == mail.id]
    assert (again.result, all_of(office, Informed)) == ("bounced", [])
    assert "no such mailbox" in all_of(office, Attempt)[-1].detail


@pytest.mark.parametrize("change", [{"action": "delayed"}, {"message_id": "<else@example.org>"}])
def test_what_is_no_bounce_of_ours_changes_nothing(
    office: Office, settings: Settings, flask: FlaskCliRunner, change: dict[str, str]
) -> None:
    mail = sent(office, settings)
    assert piped(flask, **({"message_id": mail.message_id} | change)) == "0 of our mails came back."
    assert [one.result for one in all_of(office, Delivery) if one.id == mail.id] == ["sent"]


def test_nonsense_is_taken_calmly(flask: FlaskCliRunner) -> None:
    empty = "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n--x--"
    for text in ("", "hello", empty):
        result = flask.invoke(args=["bounced"], input=text)
        assert (result.exit_code, result.output.strip()) == (0, "0 of our mails came back.")
