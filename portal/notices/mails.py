"""One notice as a mail: plain text and small HTML from the plain templates, with headers that nobody can add to."""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import Message
from email.policy import compat32
from email.utils import format_datetime, formataddr
from pathlib import Path
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from portal.core.i18n import language
from portal.core.text import header_safe

_PLAIN = compat32.clone(linesep="\r\n", mangle_from_=False)
_SPECIAL = set('()<>[]:;,\\"')
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
LONGEST_DOMAIN = 253
TEMPLATES = Path(__file__).resolve().parent / "templates"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(["html"]), trim_blocks=True, lstrip_blocks=True,
    undefined=StrictUndefined,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What one mail says, to whom, and the link that signs in once."""

    message_id: str
    address: str
    name: str
    language: str
    subject: str
    text: str
    reference: str
    link_url: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to hand over: its envelope, and its bytes with the line ends that SMTP wants."""

    message_id: str
    sender: str
    recipient: str
    content: bytes


def build_mail(letter: Letter, *, marketplace: str, sender: str, now: datetime) -> Mail:
    """The mail of one notice. Errors: ValueError when the address is none.

    Made from the plain parts of the standard library: its parsing of every header costs five times as much.
    """
    lang = language(letter.language)
    values = {
        "_": lang.gettext, "lang": lang, "marketplace": marketplace, "subject": letter.subject,
        "greeting": lang.gettext("Hello %(name)s,", name=letter.name),
        "paragraphs": [part for part in letter.text.split("\n\n") if part.strip()],
        "link_url": letter.link_url, "link_label": lang.gettext("Read it in the portal"),
        "link_note": lang.gettext(
            "This link works once, for 30 minutes. After that it offers you a fresh one. You can also sign in as usual."
        ),
        "reference": "" if letter.reference == "-" else letter.reference,
    }
    address = recipient(letter.address)
    mail = Message(_PLAIN)
    for name, value in _headers(letter, formataddr((header_safe(marketplace), sender)), address, now):
        mail[name] = value
    mail.set_payload([
        _part(_ENVIRONMENT.get_template("mail.txt").render(values).strip() + "\n", "plain"),
        _part(_ENVIRONMENT.get_template("mail.html").render(values), "html"),
    ])
    return Mail(letter.message_id, sender, address, mail.as_bytes())


def _headers(letter: Letter, sender: str, address: str, now: datetime) -> Iterator[tuple[str, str]]:
    subject = header_safe(letter.subject)
    yield "From", sender
    yield "To", address
    yield "Subject", subject if subject.isascii() else Header(subject, "utf-8", header_name="Subject").encode()
    yield "Date", format_datetime(now)
    yield "Message-ID", letter.message_id
    yield "Auto-Submitted", "auto-generated"
    yield "Content-Language", letter.language
    yield "MIME-Version", "1.0"
    yield "Content-Type", f'multipart/alternative; boundary="=_{uuid4().hex}"'


def _part(text: str, kind: str) -> Message:
    part = Message(_PLAIN)
    part["Content-Type"] = f'text/{kind}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(b2a_qp(text.encode(), istext=True).decode("ascii"))
    return part


def recipient(address: str) -> str:
    """The address as a header carries it. Errors: ValueError when it is none, or would say more than an address."""
    if header_safe(address) != address or address.count("@") != 1 or " " in address or not address.isprintable():
        raise ValueError("not an e-mail address")
    local, domain = address.split("@")
    if not local or not domain or set(local) & _SPECIAL:
        raise ValueError("not an e-mail address")
    if not local.isascii():
        raise ValueError("an address whose first part is not ASCII cannot be reached by plain mail")
    domain = domain if domain.isascii() else domain.encode("idna").decode()
    if len(domain) > LONGEST_DOMAIN or not all(map(_LABEL.fullmatch, domain.split("."))):
        raise ValueError("not an e-mail address")
    return f"{local}@{domain}"
