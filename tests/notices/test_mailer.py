"""Mails as others receive them: over a real SMTP server that accepts, refuses, drops, and as files."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from hypothesis import given
from hypothesis import strategies as st

from portal.core.store import write_file
from portal.core.text import header_safe
from portal.notices import mailer
from portal.notices.mailer import FileMailer, MailDown, MailLater, MailRefused, SmtpMailer, mailer_for
from portal.notices.mails import Letter, Mail, build_mail
from tests.factories.ports import nobody

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Receiving:
    """A mail server's other side: keeps mails, and answers some recipients in its own way."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.drops = 0

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("unknown"):
            return "550 5.1.1 no such user"
        if address.startswith("full"):
            return "452 4.2.2 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if self.drops:
            self.drops -= 1
            server.transport.close()
            return "250 never heard"
        if b"poison" in envelope.content:
            return "554 5.6.0 content refused"
        self.mails.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        return "250 OK"


class Listening(Controller):
    """At a port that is its own before it starts."""

    def __init__(self, handler: Receiving, **more: Any) -> None:
        self.own = socket.create_server(("127.0.0.1", 0))
        super().__init__(handler, hostname="127.0.0.1", port=self.own.getsockname()[1], ready_timeout=60, **more)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.own)


@pytest.fixture
def server() -> Iterator[Controller]:
    running = Listening(Receiving())
    running.start()
    yield running
    running.stop()


def letter(address: str = "ana@example.org", **more: Any) -> Letter:
    values: dict[str, Any] = {
        "message_id": "<1-2@notices.portal>", "name": "Ana", "language": "en", "subject": "We decided about A-1",
        "text": "We decided that rule 4.2 applies.\n\nYou can appeal.", "reference": "A-1",
        "link_url": "http://localhost:8000/in/" + "t" * 43, "has_password": True, **more,
    }
    return Letter(address=address, **values)


def read(made: Mail) -> EmailMessage:
    return message_from_bytes(made.content, policy=default)


def mail(address: str = "ana@example.org", **more: Any) -> Mail:
    return build_mail(letter(address, **more), marketplace="Northlight", sender="portal@example.org", now=NOW)


def test_a_mail_arrives_whole(server: Controller) -> None:
    mailer = SmtpMailer(f"smtp://127.0.0.1:{server.port}")
    assert mailer.send(mail(name="Añá <b>", subject="Café")) == "accepted"
    mailer.close()
    [got] = server.handler.mails
    assert (got["Subject"], got["Message-ID"], got["Content-Language"]) == ("Café", "<1-2@notices.portal>", "en")
    plain, html = got.get_body(("plain",)).get_content(), got.get_body(("html",)).get_content()
    assert "/in/" + "t" * 43 in plain
    assert "Añá &lt;b&gt;" in html


def test_the_lines_of_a_list_stay_lines_in_both_parts() -> None:
    got = read(mail(text="What to do:\n- Sign in.\n- Look at <it>."))
    plain, html = got.get_body(("plain",)), got.get_body(("html",))
    assert plain and html and "What to do:\r\n- Sign in.\r\n- Look at <it>." in plain.get_content()
    assert "<p>What to do:<br>- Sign in.<br>- Look at &lt;it&gt;.</p>" in html.get_content()


def test_one_connection_serves_many_mails_and_refusals_between_them(server: Controller) -> None:
    mailer = SmtpMailer(f"smtp://127.0.0.1:{server.port}")
    mailer.send(mail("first@example.org"))
    with pytest.raises(MailRefused, match="550"):
        mailer.send(mail("unknown@example.org"))
    with pytest.raises(MailLater, match="452"):
        mailer.send(mail("full@example.org"))
    with pytest.raises(MailRefused, match="554"):
        mailer.send(mail(subject="poison"))
    mailer.send(mail("last@example.org"))
    mailer.close()
    assert [got["To"] for got in server.handler.mails] == ["first@example.org", "last@example.org"]


def test_a_server_that_drops_after_data_gets_it_again(server: Controller) -> None:
    server.handler.drops = 1
    mailer = SmtpMailer(f"smtp://127.0.0.1:{server.port}")
    with pytest.raises(MailLater, match="broke"):
        mailer.send(mail())
    assert mailer.send(mail()) == "accepted"
    mailer.close()


def test_no_server_is_an_outage_and_no_ones_fault() -> None:
    with nobody() as held, pytest.raises(MailDown, match="refused"):
        SmtpMailer(f"smtp://127.0.0.1:{held.getsockname()[1]}").send(mail())


def test_a_password_is_not_sent_in_the_clear_to_another_host(monkeypatch: pytest.MonkeyPatch, server: Controller) -> None:
    port, real = server.port, mailer._Limited
    monkeypatch.setattr(mailer, "_Limited", lambda _host, _port, **more: real("127.0.0.1", port, **more))
    with pytest.raises(MailDown, match="password was not sent"):
        SmtpMailer("smtp://u:p@relay.example:25").send(mail())


def test_signing_in_to_the_server() -> None:
    seen: list[Any] = []

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: Any, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss", handled=False)

    running = Listening(Receiving(), authenticator=check, auth_require_tls=False)
    running.start()
    try:
        right = SmtpMailer(f"smtp://ana:p%40ss@127.0.0.1:{running.port}")
        right.send(mail())
        right.close()
        with pytest.raises(MailDown, match="535"):
            SmtpMailer(f"smtp://ana:wrong@127.0.0.1:{running.port}").send(mail())
    finally:
        running.stop()
    assert seen[0] == (b"ana", b"p@ss")


def test_nothing_in_a_letter_can_add_a_header() -> None:
    made = mail(subject="x=?UTF-8?Q?=0A?=Bcc: a@b.c", name="Ana\r\nBcc: a@b.c", text="Bcc: a@b.c")
    again = read(made)
    assert again["Bcc"] is None
    assert set(again.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "MIME-Version", "Content-Type",
    }


def test_a_file_for_each_mail_written_whole(tmp_path: Path) -> None:
    mailer = mailer_for(f"file://{tmp_path}/mail%20box")
    assert isinstance(mailer, FileMailer)
    name = mailer.send(mail())
    mailer.send(mail())
    [file] = (tmp_path / "mail box").iterdir()
    assert file.name == name
    assert message_from_bytes(file.read_bytes(), policy=default)["To"] == "ana@example.org"


def test_a_file_name_cannot_lead_elsewhere(tmp_path: Path) -> None:
    for name in ("../x", "/etc/x", ".hidden", "a/b"):
        with pytest.raises(ValueError, match="plain file name"):
            write_file(tmp_path, name, b"")
    assert list(tmp_path.iterdir()) == []


def test_spanish_mail_speaks_spanish_in_its_frame() -> None:
    body = read(mail(language="es")).get_body(("html",))
    assert body is not None
    assert '<html lang="es"' in body.get_content()


def test_who_reads_the_same_words_reads_their_own_name_link_and_reference() -> None:
    ana = mail(name="Ana", link_url="http://localhost:8000/in/a", reference="A-1", subject="The same", text="The same.")
    ben = mail(name="B & <n>", link_url="http://localhost:8000/in/b", reference="A-2", subject="The same", text="The same.")
    for made, has, lacks in ((ana, ("Ana", "/in/a", "A-1"), ("/in/b", "A-2")), (ben, ("/in/b", "A-2"), ("Ana", "/in/a", "A-1"))):
        bodies = [read(made).get_body((kind,)).get_content() for kind in ("plain", "html")]  # type: ignore[union-attr]
        assert all(words in body for words in has for body in bodies)
        assert not any(words in body for words in lacks for body in bodies)
    assert "B & <n>" in read(ben).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "B &amp; &lt;n&gt;" in read(ben).get_body(("html",)).get_content()  # type: ignore[union-attr]


def test_nothing_that_somebody_wrote_is_read_as_a_mark_or_as_the_end_of_a_part() -> None:
    written = "100 % of %(name)s %% %(link)s =_portal_notice"
    made = read(mail(
        name=written, subject=written, text=f"{written}\n--=_portal_notice--\n\n{written}", reference="A-%(link)s",
        link_url="http://localhost/in/%(name)s",
    ))
    assert made["Subject"] == written
    for part in made.iter_parts():
        body = " ".join(part.get_content().split())  # type: ignore[attr-defined]
        assert [body.count(words) for words in (written, "A-%(link)s", "/in/%(name)s")] == [4 + ("<" in body), 1, 1]
    assert len(list(made.iter_parts())) == 2


@given(
    subject=st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=300),
    text=st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\x00"), max_size=400),
    marketplace=st.sampled_from(["Northlight", "Nördliches Licht", '"Quoted", Inc.']),
)
def test_every_mail_reads_back_as_it_was_written(subject: str, text: str, marketplace: str) -> None:
    made = build_mail(letter(subject=subject, text=text), marketplace=marketplace, sender="portal@example.org", now=NOW)
    assert all(len(line) <= 998 and line.isascii() for line in made.content.split(b"\r\n"))
    assert b"\n" not in made.content.replace(b"\r\n", b"")
    got = read(made)
    assert not got.defects
    assert " ".join(str(got["Subject"]).split()) == " ".join(header_safe(subject).split())
    assert got["From"].addresses[0].display_name == marketplace
    assert [part.get_content_type() for part in got.iter_parts()] == ["text/plain", "text/html"]
