"""Handing mails over: to a folder of .eml files, or to a mail server by SMTP."""

from __future__ import annotations

import re
import smtplib
import ssl
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from portal.core.store import write_file
from portal.core.text import header_safe
from portal.notices.mails import Mail

TIMEOUT_SECONDS = 20.0
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class MailDown(Exception):
    """The mail server cannot be used at all just now: this says nothing about any one mail."""


class MailLater(Exception):
    """This mail was not taken now; trying again later may help."""


class MailRefused(Exception):
    """This mail will not be taken, however often it is tried."""


class Mailer(Protocol):
    """Takes one mail and answers what the other side said. Errors: `MailDown`, `MailLater`, `MailRefused`."""

    def send(self, mail: Mail) -> str: ...

    def close(self) -> None: ...


class FileMailer:
    """Writes each mail as one .eml file named by its Message-ID: a second try of a mail replaces the first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail: Mail) -> str:
        name = re.sub(r"[^A-Za-z0-9-]", "", mail.message_id.split("@")[0]) + ".eml"
        try:
            write_file(self.folder, name, mail.content)
        except OSError as error:
            raise MailDown(str(error)) from error
        return name

    def close(self) -> None:
        """Nothing is kept open."""


class SmtpMailer:
    """Speaks SMTP over one connection that it keeps for the mails of a batch. Not for use by two threads at once."""

    def __init__(self, url: str, *, tls: ssl.SSLContext | None = None, timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(url)
        self._implicit_tls = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._implicit_tls else 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._tls = tls or ssl.create_default_context()
        self._timeout = timeout
        self._server: smtplib.SMTP | None = None

    def send(self, mail: Mail) -> str:
        server = self._connected()
        try:
            server.sendmail(mail.sender, [mail.recipient], mail.content)
        except smtplib.SMTPRecipientsRefused as error:
            raise _by_code(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPSenderRefused as error:
            raise MailLater(_said(error.smtp_code, error.smtp_error)) from error
        except smtplib.SMTPResponseException as error:
            raise _by_code(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise MailLater(f"the connection broke: {type(error).__name__}") from error
        return "accepted"

    def _connected(self) -> smtplib.SMTP:
        """The open connection, or a new one. Errors: `MailDown` when the server cannot be used at all."""
        if self._server is not None and self._alive(self._server):
            return self._server
        try:
            self._server = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise MailDown(f"{type(error).__name__}: {header_safe(str(error))}"[:300]) from error
        return self._server

    @staticmethod
    def _alive(server: smtplib.SMTP) -> bool:
        try:
            return server.rset()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False

    def _connect(self) -> smtplib.SMTP:
        if self._implicit_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=self._tls)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        self._server = server
        server.ehlo()
        secure = self._implicit_tls
        if not secure and server.has_extn("starttls"):
            server.starttls(context=self._tls)
            server.ehlo()
            secure = True
        if self._user:
            if not secure and self._host not in LOOPBACK:
                raise smtplib.SMTPException("the server offers no encryption, so the password was not sent")
            server.login(self._user, self._password)
        return server

    def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()


def _by_code(code: int, said: bytes | str) -> Exception:
    """A 5xx answer about a mail or its recipient is for good; anything else may change."""
    return (MailRefused if 500 <= code < 600 else MailLater)(_said(code, said))


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return header_safe(f"{code} {text}")[:300]


def mailer_for(url: str) -> Mailer:
    """The mailer of a MAIL_URL: `file://folder`, `smtp://user:password@host:port`, `smtps://...`."""
    if urlsplit(url).scheme == "file":
        return FileMailer(Path(unquote(urlsplit(url).path)))
    return SmtpMailer(url)
