"""One notice as a mail: plain text and small HTML from the plain templates, with headers that nobody can add to."""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
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
_MARKS = re.compile("|".join((_NAME, _LINK, _REFERENCE)))
_SPECIAL = set('()<>[]:;,\\"')
Drawn = tuple[bytes | str, ...]
"""A text in pieces of whole lines: bytes that are ready, and words with marks in them."""
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

    Put together by hand from the encoders of the standard library: its message classes cost five times as much as all
    the rest. Tests read the bytes back with its parser.
    """
    address, boundary = recipient(letter.address), f"=_{uuid4().hex}"
    text, html = _drawn(letter.language, marketplace, letter.subject, letter.text, letter.reference != "-")
    content = [
        *_headers(letter, _from(marketplace, sender), address, now, boundary),
        *_part(boundary, "plain", text, _own(letter)),
        *_part(boundary, "html", html, {mark: str(escape(words)) for mark, words in _own(letter).items()}),
        f"--{boundary}--\r\n".encode(),
    ]
    return Mail(letter.message_id, sender, address, b"".join(content))


@lru_cache(maxsize=KEPT)
def _drawn(code: str, marketplace: str, subject: str, text: str, referenced: bool) -> tuple[Drawn, Drawn]:
    """Text and HTML that all who are told the same get alike, with marks where the words of each one go."""
    lang = language(code)
    values = {
        "_": lang.gettext, "lang": lang, "marketplace": marketplace, "subject": subject,
        "greeting": lang.gettext("Hello %(name)s,", name=_NAME),
        "paragraphs": [part for part in text.split("\n\n") if part.strip()],
        "link_url": _LINK, "link_label": lang.gettext("Read it in the portal"),
        "link_note": lang.gettext(
            "This link works once, for 30 minutes. After that it offers you a fresh one. You can also sign in as usual."
        ),
        "reference": _REFERENCE if referenced else "",
    }
    return (
        _encoded_once(_ENVIRONMENT.get_template("mail.txt").render(values).strip() + "\n"),
        _encoded_once(_ENVIRONMENT.get_template("mail.html").render(values)),
    )


def _encoded_once(drawn: str) -> Drawn:
    """Lines that are the same for everybody, encoded; between them the lines with marks, as they are."""
    pieces: list[bytes | str] = []
    for marked, lines in groupby(drawn.split("\n"), lambda line: _MARKS.search(line) is not None):
        joined = "\n".join(lines)
        pieces.append(joined if marked else _quoted(joined))
    return tuple(pieces)


def _quoted(text: str) -> bytes:
    return b2a_qp(text.encode(), istext=True).replace(b"\n", b"\r\n")


def _own(letter: Letter) -> dict[str, str]:
    return {_NAME: letter.name, _LINK: letter.link_url, _REFERENCE: letter.reference}


def _filled(drawn: str, words: dict[str, str]) -> str:
    """Each mark replaced in one pass, so that nobody's name is read as a mark."""
    return _MARKS.sub(lambda found: words[found[0]], drawn)


def _headers(letter: Letter, sender: str, address: str, now: datetime, boundary: str) -> Iterator[bytes]:
    yield (
        f"From: {sender}\r\nTo: {address}\r\nSubject: {_subject(letter.subject)}\r\nDate: {format_datetime(now)}\r\n"
        f"Message-ID: {letter.message_id}\r\nAuto-Submitted: auto-generated\r\nContent-Language: {letter.language}\r\n"
        f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'
    ).encode("ascii")


@lru_cache(maxsize=KEPT)
def _subject(subject: str) -> str:
    return _folded("Subject", header_safe(subject))


@lru_cache(maxsize=KEPT)
def _from(marketplace: str, sender: str) -> str:
    return formataddr((header_safe(marketplace), sender))


def _folded(name: str, value: str) -> str:
    """The value as a header carries it: encoded when it is not ASCII (RFC 2047), on several lines when it is long."""
    if value.isascii() and len(name) + 2 + len(value) <= _LINE:
        return value
    return Header(value, "utf-8" if not value.isascii() else "us-ascii", header_name=name).encode(linesep="\r\n")


def _part(boundary: str, kind: str, drawn: Drawn, words: dict[str, str]) -> Iterator[bytes]:
    yield (
        f'--{boundary}\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode("ascii")
    for piece in drawn:
        yield piece if isinstance(piece, bytes) else _quoted(_filled(piece, words))
        yield b"\r\n"


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
