"""One notice as a mail: plain text and small HTML from the plain templates, with headers that nobody can add to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from portal.core.i18n import language
from portal.core.text import header_safe

TEMPLATES = Path(__file__).resolve().parent.parent / "web" / "shell" / "templates"
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


def build_mail(letter: Letter, *, marketplace: str, sender: str, now: datetime) -> EmailMessage:
    """The mail of one notice. Errors: ValueError when the address is none."""
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
    mail = _headers(letter, marketplace, sender, now)
    mail.set_content(_ENVIRONMENT.get_template("shell/mail.txt").render(values).strip() + "\n", cte="quoted-printable")
    html = _ENVIRONMENT.get_template("shell/mail.html").render(values)
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    mail["Content-Language"] = letter.language
    return mail


def _headers(letter: Letter, marketplace: str, sender: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(header_safe(marketplace), addr_spec=sender)
    mail["To"] = recipient(letter.address)
    mail["Subject"] = header_safe(letter.subject)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = letter.message_id
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def recipient(address: str) -> Address:
    """The address as a header carries it. Errors: ValueError when it is none, or would say more than an address."""
    if header_safe(address) != address or address.count("@") != 1 or " " in address:
        raise ValueError("not an e-mail address")
    local, domain = address.split("@")
    if not local or not domain:
        raise ValueError("not an e-mail address")
    return Address(username=local, domain=domain.encode("idna").decode() if not domain.isascii() else domain)
