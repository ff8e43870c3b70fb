"""The statement of reasons as a PDF: drawn when it is asked for, from the frozen record and nothing else.

The same record gives the same bytes, whoever asks and whenever, as long as the program, its fonts and its address stay.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, request

from portal.core.errors import NotFound
from portal.core.i18n import N_, language
from portal.core.money import Money
from portal.core.text import sha256
from portal.enforcement.models import Statement
from portal.settings import Settings
from portal.web.shell import letter
from portal.web.shell.files import as_download
from portal.web.shell.paper.drawing import draw, drawable_here, require_drawable
from portal.web.shell.paper.glyphs import Pen

PDF = "application/pdf"
STYLE = Path(__file__).parent / "paper.css"
AVAILABLE, HELD, CLEARING = N_("Available"), N_("On hold"), N_("Being cleared")
Part = tuple[str, str, Money]


def pdf_of(app: Flask, record: str, number: int) -> bytes:
    """The letter of that frozen record as PDF/UA; `number` says which letter about its decision it is.

    Errors: `too_long_to_draw`, `Busy`; `Undrawn` where this machine has no fonts or libraries for it.
    """
    frozen, settings = json.loads(record), app.extensions["settings"]
    digest, pen = sha256(record), Pen(drawable_here())
    written = pen.write(frozen)
    require_drawable(written)
    html = _html(app, settings, letter.read(written), pen, digest, number)
    return draw(
        html, STYLE.read_text(encoding="utf-8"), base_url=settings.base_url, identifier=digest,
        epoch=int(letter.read(frozen)["issued_at"].timestamp()),
    )


def send_pdf(name: str, row: Statement) -> Response:
    """The letter of that statement as a file to keep. What was read so far is let go: nothing waits while it is drawn.

    Errors: `NotFound` once it is erased, those of `pdf_of`.
    """
    record, number = row.record, row.n
    if record is None:
        raise NotFound
    g.db.rollback()
    content = pdf_of(current_app, record, number)
    response = as_download(content, f"{name}.pdf", PDF)
    response.set_etag(hashlib.sha256(content).hexdigest())
    response.make_conditional(request)
    return response


def _html(
    app: Flask, settings: Settings, read: dict[str, Any], pen: Pen, digest: str, number: int
) -> str:
    """The document, made without a request: nothing of who asks can get into it."""
    say = letter.voice(read, language(read.get("person_language")))
    return app.jinja_env.get_template("shell/paper.html").render(
        letter=read, say=say, _=say.gettext, lang=say.lang, digest=digest, number=number, undrawn=pen.undrawn,
        pockets=_pockets(read, say), base=settings.base_url, contact=settings.contact,
        sender=read["contact"].removesuffix(f", {read['case']}"), said_at=read["issued_at"].strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _pockets(read: dict[str, Any], say: letter.Voice) -> list[list[Part]]:
    """What there was of each currency when the letter was written: available, on hold, being cleared."""
    money = read["money"]
    totals: dict[str, dict[str, int]] = {}
    for kind, amounts in (
        ("available", money["available"]), ("held", [one["amount"] for one in money["held"]]), ("pending", money["pending"]),
    ):
        for one in amounts:
            kinds = totals.setdefault(one.currency, {})
            kinds[kind] = kinds.get(kind, 0) + one.amount_minor
    words = {"available": say.gettext(AVAILABLE), "held": say.gettext(HELD), "pending": say.gettext(CLEARING)}
    return [
        [(kind, words[kind], Money(kinds.get(kind, 0), currency)) for kind in words if kinds.get(kind) or kind == "available"]
        for currency, kinds in totals.items() if any(kinds.values())
    ]
