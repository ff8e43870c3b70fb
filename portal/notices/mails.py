"""One notice as a mail: plain text and small HTML from the plain templates, with headers that nobody can add to."""

from __future__ import annotations

import re
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import escape

from portal.core.i18n import language
from portal.core.text import header_safe

_LINE, KEPT = 76, 200
_NAME, _LINK, _REFERENCE = (uuid4().hex for _ in range(3))
_OWN = {_NAME: "%(name)s", _LINK: "%(link)s", _REFERENCE: "%(reference)s"}
_MARKS = re.compile("|".join(_OWN))
_BOUNDARY = "=_portal_notice"
"""Stands in no text: quoted-printable writes an equals sign only before two hexadecimal digits or at the end of a line."""
_MARKUP = re.compile("[&<>\"']")
_SPECIAL = re.compile(r'[()<>\[\]:;,\\"]')
Lines = tuple[tuple[bytes, str], ...]
"""A text in pieces: bytes that are the same for everybody, and the lines after them with marks for the words of each one."""
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
LONGEST_DOMAIN = 253
TEMPLATES = Path(__file__).resolve().parent / "templates"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(["html"]), trim_blocks=True, lstrip_blocks=True,
    undefined=StrictUndefined,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What one mail says, to whom, the link that signs in once, and whether the person can also sign in with a password."""

    message_id: str
    address: str
    name: str
    language: str
    subject: str
    text: str
    reference: str
    link_url: str
    has_password: bool


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to hand over: its envelope, and its bytes with the line ends that SMTP wants."""

    message_id: str
    sender: str
    recipient: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """A mail without the words of each one: its headers and its two parts with marks for them, and its end."""

    headers: str
    plain: Lines
    html: Lines
    end: bytes


def build_mail(letter: Letter, *, marketplace: str, sender: str, now: datetime) -> Mail:
    """The mail of one notice. Errors: ValueError when the address is none.

    Put together by hand from the encoders of the standard library: its message classes cost ten times as much as all
    the rest. Tests read the bytes back with its parser.
    """
    address = recipient(letter.address)
    frame = _frame(
        letter.language, marketplace, sender, letter.subject, letter.text, letter.reference != "-", letter.has_password
    )
    headers = {"address": address, "date": _dated(int(now.timestamp())), "message_id": letter.message_id}
    plain = {"name": letter.name, "link": letter.link_url, "reference": letter.reference}
    escaped = {mark: _escaped(words) for mark, words in plain.items()}
    content = [(frame.headers % headers).encode("ascii")]
    for words, lines in ((plain, frame.plain), (escaped, frame.html)):
        for same, own in lines:
            content += same, b2a_qp((own % words).encode(), istext=True).replace(b"\n", b"\r\n")
    content.append(frame.end)
    return Mail(letter.message_id, sender, address, b"".join(content))


@lru_cache(maxsize=KEPT)
def _frame(code: str, marketplace: str, sender: str, subject: str, text: str, referenced: bool, has_password: bool) -> Frame:
    """Everything that all who are told the same get alike, encoded; between it the lines where the words of each one go."""
    lang = language(code)
    notes = [lang.gettext("This link works once, for 30 minutes. After that it offers you a fresh one.")]
    notes += [lang.gettext("You can also sign in as usual.")] if has_password else []
    values = {
        "_": lang.gettext, "lang": lang, "marketplace": marketplace, "subject": subject,
        "greeting": lang.gettext("Hello %(name)s,", name=_NAME),
        "paragraphs": [part for part in text.split("\n\n") if part.strip()],
        "link_url": _LINK, "link_label": lang.gettext("Read it in the portal"),
        "link_note": " ".join(notes),
        "reference": _REFERENCE if referenced else "",
    }
    plain, after_plain = _encoded_once(_ENVIRONMENT.get_template("mail.txt").render(values).strip() + "\n")
    html, after_html = _encoded_once(_ENVIRONMENT.get_template("mail.html").render(values))
    return Frame(
        _headers(code, formataddr((header_safe(marketplace), sender)), subject), _begun("plain", b"", plain),
        _begun("html", after_plain, html), after_html + f"--{_BOUNDARY}--\r\n".encode(),
    )


def _encoded_once(drawn: str) -> tuple[Lines, bytes]:
    """What is the same for everybody, encoded, before each line with marks and after the last one."""
    lines, same = list[tuple[bytes, str]](), b""
    for marked, group in groupby(drawn.split("\n"), lambda line: _MARKS.search(line) is not None):
        joined = "\n".join(group)
        if marked:
            lines.append((same, _MARKS.sub(lambda found: _OWN[found[0]], _fixed(joined))))
            same = b"\r\n"
        else:
            same += b2a_qp(joined.encode(), istext=True).replace(b"\n", b"\r\n") + b"\r\n"
    return tuple(lines), same


def _begun(kind: str, before: bytes, lines: Lines) -> Lines:
    """The lines of a part of that kind, with what stands before them and the part's own headers."""
    (first, own), *others = lines
    headers = (
        f'--{_BOUNDARY}\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return (before + headers.encode("ascii") + first, own), *others


def _escaped(words: str) -> str:
    return str(escape(words)) if _MARKUP.search(words) else words


def _headers(code: str, sender: str, subject: str) -> str:
    """The headers of a mail, with marks for those that only it has."""
    return (
        f"From: {_fixed(sender)}\r\nTo: %(address)s\r\nSubject: {_fixed(_folded('Subject', header_safe(subject)))}\r\n"
        f"Date: %(date)s\r\nMessage-ID: %(message_id)s\r\n"
        f"Auto-Submitted: auto-generated\r\nContent-Language: {_fixed(code)}\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/alternative;\r\n boundary="{_BOUNDARY}"\r\n\r\n'
    )


def _fixed(words: str) -> str:
    """Words in which nothing is read as a mark."""
    return words.replace("%", "%%")


@lru_cache(maxsize=2)
def _dated(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC))


def _folded(name: str, value: str) -> str:
    """The value as a header carries it: encoded when it is not ASCII (RFC 2047), on several lines when it is long."""
    if value.isascii() and len(name) + 2 + len(value) <= _LINE:
        return value
    return Header(value, "utf-8" if not value.isascii() else "us-ascii", header_name=name).encode(linesep="\r\n")


def recipient(address: str) -> str:
    """The address as a header carries it. Errors: ValueError when it is none, or would say more than an address."""
    if header_safe(address) != address or address.count("@") != 1 or " " in address or not address.isprintable():
        raise ValueError("not an e-mail address")
    local, domain = address.split("@")
    if not local or not domain or _SPECIAL.search(local):
        raise ValueError("not an e-mail address")
    if not local.isascii():
        raise ValueError("an address whose first part is not ASCII cannot be reached by plain mail")
    return f"{local}@{_domain(domain)}"


@lru_cache(maxsize=KEPT)
def _domain(written: str) -> str:
    domain = written if written.isascii() else written.encode("idna").decode()
    if len(domain) > LONGEST_DOMAIN or not all(map(_LABEL.fullmatch, domain.split("."))):
        raise ValueError("not an e-mail address")
    return domain
