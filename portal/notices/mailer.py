"""Handing mails over: to a folder of .eml files, or to a mail server by SMTP."""

from __future__ import annotations

import io
import re
import smtplib
import socket
import ssl
import time
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from portal.core.store import write_file
from portal.core.text import header_safe
from portal.notices.mails import Mail

TIMEOUT_SECONDS = 20.0
"""How long one answer of a mail server is waited for."""
WHOLE_SECONDS = 60.0
"""How long one mail may take in all: connecting, signing in and every answer, however little of it comes at a time."""
LONGEST_ANSWERS = 1_000_000
"""So many bytes a server may say of one mail."""
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


class _Limit:
    """When an attempt is over, and how long each of its waits may be until then."""

    def __init__(self, each: float, whole: float) -> None:
        self.each, self.until, self.bytes = each, time.monotonic() + whole, LONGEST_ANSWERS

    def wait(self) -> float:
        """How long to wait now. Errors: `TimeoutError` where the attempt is over."""
        left = self.until - time.monotonic()
        if left <= 0 or self.bytes <= 0:
            raise TimeoutError("the mail server took too long, or said too much")
        return min(self.each, left)


class _Answers(io.RawIOBase):
    """What a mail server says: each piece of it is waited for only as long as the attempt lasts."""

    def __init__(self, server: _Limited) -> None:
        self._server = server

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        server = self._server
        server.sock.settimeout(server.limit.wait())
        count: int = server.sock.recv_into(buffer)
        server.limit.bytes -= count
        return count


class _Limited(smtplib.SMTP):
    """SMTP whose attempts end: `smtplib` bounds each read, and a server that gives a byte at a time never ends one."""

    sock: socket.socket
    file: io.BufferedReader | None

    def __init__(self, host: str, port: int, *, limit: _Limit, **more: Any) -> None:
        self.limit = limit
        super().__init__(host, port, timeout=limit.each, **more)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            self.file = io.BufferedReader(_Answers(self))
        return super().getreply()

    def send(self, s: Any) -> None:
        """Piece by piece: also one who takes little at a time."""
        if not self.sock:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        left = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s)
        try:
            while left:
                self.sock.settimeout(self.limit.wait())
                left = left[self.sock.send(left):]
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(f"not sent: {type(error).__name__}") from error


class _LimitedTls(_Limited, smtplib.SMTP_SSL):
    """The same over a connection that is secret from its first byte on."""


class SmtpMailer:
    """Speaks SMTP over one connection that it keeps for the mails of a batch. Not for use by two threads at once."""

    def __init__(
        self, url: str, *, tls: ssl.SSLContext | None = None, timeout: float = TIMEOUT_SECONDS, whole: float = WHOLE_SECONDS
    ) -> None:
        parts = urlsplit(url)
        self._implicit_tls = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._implicit_tls else 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._tls = tls or ssl.create_default_context()
        self._timeout, self._whole = timeout, whole
        self._server: _Limited | None = None

    def send(self, mail: Mail) -> str:
        server = self._connected(_Limit(self._timeout, self._whole))
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

    def _connected(self, limit: _Limit) -> smtplib.SMTP:
        """The open connection, or a new one. Errors: `MailDown` when the server cannot be used at all."""
        if self._server is not None and self._alive(self._server, limit):
            return self._server
        try:
            self._server = self._connect(limit)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise MailDown(f"{type(error).__name__}: {header_safe(str(error))}"[:300]) from error
        return self._server

    @staticmethod
    def _alive(server: _Limited, limit: _Limit) -> bool:
        server.limit = limit
        try:
            return server.rset()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False

    def _connect(self, limit: _Limit) -> _Limited:
        if self._implicit_tls:
            server: _Limited = _LimitedTls(self._host, self._port, limit=limit, context=self._tls)
        else:
            server = _Limited(self._host, self._port, limit=limit)
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
