"""People, notices and mailers for the tests of this room."""

from __future__ import annotations

from collections.abc import Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Person
from portal.accounts.operations import add_person, record_account
from portal.act import Office
from portal.core.access import OPERATOR, Actor, Role
from portal.core.i18n import Language
from portal.core.ids import new_id
from portal.core.work import Work
from portal.log.operations import record
from portal.notices.delivery import Post
from portal.notices.mailer import MailDown, Mailer, MailLater, MailRefused
from portal.notices.mails import Mail
from portal.notices.models import Notice
from portal.notices.operations import Text, tell
from tests.factories.opened import on_record


def people(
    office: Office, count: int, *, language: str = "en", address: bool = True, password_hash: str | None = None
) -> list[Person]:
    with office.database.write() as session:
        work = office.work(session, OPERATOR)
        mark = new_id().hex
        return [
            add_person(
                work, name=f"Person {n}", email=f"p{n}-{mark}@example.org" if address else None, language=language,
                password_hash=password_hash,
            )
            for n in range(count)
        ]


def a_case(office: Office, owner: Person) -> str:
    with office.database.write() as session:
        work = office.work(session, OPERATOR)
        account = record_account(
            work, external_id=new_id().hex, kind="individual", name="Studio", joined_on=office.clock().date(), owner=owner
        )
        work.db.flush()
        return on_record(work, account.id, []).ref


def simple(_language: Language, person: Person) -> Text:
    return Text("We decided about A-1", f"Hello {person.name}. All of it.", "We decided that rule 4.2 applies.")


def write_notices(work: Work, recipients: Sequence[Person], **more: Any) -> list[Notice]:
    """One telling and its event, inside an act."""
    event_id = new_id()
    given: dict[str, Any] = {
        "kind": "statement", "account_id": None, "about_ref": "A-1", "target": "/me/actions/A-1", "compose": simple, **more
    }
    notices = tell(work, event_id=event_id, recipients=recipients, **given)
    record(work, "test.told", given["about_ref"], case_ref=more.get("case_ref"), rows=notices, event_id=event_id)
    return notices


def told(office: Office, recipients: Sequence[Person], **more: Any) -> list[Notice]:
    with office.database.write() as session:
        return write_notices(office.work(session, OPERATOR), recipients, **more)


def as_person(person_id: UUID, *, case_ref: str | None = None) -> Actor:
    role = Role.LINK if case_ref else Role.PERSON
    return Actor(f"person:{person_id}", frozenset({role}), person_id=person_id, case_ref=case_ref)


class Collecting:
    """A mailer that keeps what it was given; `answers` tells it how to fail, by address."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse: set[str] = set()
        self.later: set[str] = set()
        self.down = False

    def send(self, mail: Mail) -> str:
        address = mail.recipient
        if self.down:
            raise MailDown("no connection")
        if address in self.refuse:
            raise MailRefused("550 no such user")
        if address in self.later:
            raise MailLater("451 later")
        self.mails.append(message_from_bytes(mail.content, policy=default))
        return "accepted"

    def close(self) -> None:
        """Nothing is kept open."""

    def text(self, place: int = -1) -> str:
        body = self.mails[place].get_body(("plain",))
        assert body is not None
        content: str = body.get_content()
        return content


def post(mailer: Mailer) -> Post:
    return Post(mailer, "portal@example.org", "http://localhost:8000")


def all_of(office: Office, model: Any) -> list[Any]:
    with office.database.read() as session:
        return list(session.scalars(select(model).order_by(model.id)))
