"""Identity checks of the demo: asked, sent in, not accepted with what exactly was wrong, accepted until a day."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from portal.core.access import Actor
from portal.core.store import FolderStore
from portal.documents.intake import Intake
from portal.documents.operations import open_document, receive_document
from portal.verification.operations import request_item, review_item, submit_item
from portal.verification.queries import item_by_ref

if TYPE_CHECKING:
    from portal.cli.demo.cases import Plot

PURPOSE = "Money is about to be paid to a new account, and rule 2.2 lets us ask once who owns it."
INSTEAD = "A passport\nA driving licence\nA residence permit"
ENDINGS = ("asked", "sent", "sent", "rejected", "accepted", "asked", "rejected", "accepted")
FIX = "The lower third of the page is cut off. Please photograph the whole page, all four corners in view."


def identity_later(plot: Plot, reviewer: Callable[[], str], clause: Callable[[str], UUID]) -> None:
    """What becomes of the check differs from case to case."""
    ending = ENDINGS[plot.turn % len(ENDINGS)]
    plot.later(2, partial(_request, reviewer=reviewer, clause=clause))
    if ending != "asked":
        plot.later(3, _submit)
    if ending in {"rejected", "accepted"}:
        plot.later(4, partial(_review, reviewer=reviewer, accepted=ending == "accepted"))


def _request(plot: Plot, *, reviewer: Callable[[], str], clause: Callable[[str], UUID]) -> None:
    done = plot.stage.act(
        request_item, plot.stage.reviewer(reviewer()), case_ref=plot.refs["case"], item="identity_document",
        clause_version_id=clause("identity"), purpose=PURPOSE, alternatives=INSTEAD,
    )
    plot.refs["item"] = done["item"]


def _owner(plot: Plot) -> Actor:
    return replace(plot.freelancer.actor, stepped_up_at=plot.stage.clock())


def _submit(plot: Plot) -> None:
    settings = plot.stage.settings
    intake = Intake(FolderStore(settings.documents_path), settings.master_public_key)
    taken = intake.take(io.BytesIO(picture()), "passport.png")
    done = plot.stage.act(
        receive_document, _owner(plot), account_id=plot.freelancer.account_id, case_ref=plot.refs["case"],
        subject_ref=f"{plot.refs['item']}.1", taken=taken,
    )
    plot.refs["document"] = done["document"]
    plot.stage.act(submit_item, _owner(plot), item_ref=plot.refs["item"], documents=[done["document"]], note="")


def _review(plot: Plot, *, reviewer: Callable[[], str], accepted: bool) -> None:
    by = plot.stage.reviewer(reviewer())
    plot.stage.act(open_document, by, document_ref=plot.refs["document"], purpose="identity")
    with plot.stage.office.database.read() as session:
        version = item_by_ref(session, plot.refs["item"]).version
    answer = (
        {"outcome": "accepted", "accepted_until": plot.stage.day(-700)} if accepted
        else {"outcome": "rejected", "code": "cut_off", "what_to_fix": FIX, "alternatives": INSTEAD}
    )
    plot.stage.act(review_item, by, item_ref=plot.refs["item"], version=version, **answer)


def picture(width: int = 64, height: int = 48) -> bytes:
    """A small grey PNG, in place of somebody's papers."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + bytes([120 + y]) * width for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
