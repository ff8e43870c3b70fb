"""What a reviewer and a person do on the pages of an identity check, as tests do it."""

from __future__ import annotations

from portal.verification.queries import ItemView
from tests.documents.making import SAMPLES
from tests.verification.making import FIX, INSTEAD, PURPOSE, Checks
from tests.verification.pages import Browser, read

PHOTO = (SAMPLES["image/png"], "passport.png")

LETTER = (SAMPLES["application/pdf"], "scan of page two.pdf")


def ask(rae: Browser, checks: Checks, **other: str) -> str:
    """Asks at the desk; returns the reference of the check."""
    fields = {"item": "identity_document", "clause": str(checks.clause_id), "purpose": PURPOSE, "alternatives": INSTEAD}
    sent = rae.post(f"/desk/cases/{checks.case_ref}/identity", **(fields | {"go": "send"} | other))
    assert sent.status_code == 303, read(sent)
    return str(sent.location.rsplit("/", 1)[-1])


def send(tim: Browser, ref: str) -> str:
    """Adds a photo and sends it; returns the page of the receipt."""
    assert tim.post(f"/me/identity/{ref}", file=PHOTO, go="add").status_code == 303
    sent = tim.post(f"/me/identity/{ref}", go="send", note="Page two is blank.")
    assert sent.status_code == 303, read(sent)
    return str(sent.location)


def answer(rae: Browser, view: ItemView, **fields: str) -> int:
    """Takes, opens and answers as a reviewer does."""
    ref = view.item.ref
    rae.post(f"/desk/identity/{ref}/take", version=str(view.item.version))
    assert view.last
    for document in view.last.documents:
        assert rae.get(f"/desk/identity/{ref}/documents/{document}").data == PHOTO[0]
    return rae.post(f"/desk/identity/{ref}", version=str(view.item.version + 1), go="send", **fields).status_code


REJECTED = {"outcome": "rejected", "code": "cut_off", "what_to_fix": FIX, "alternatives": INSTEAD}
