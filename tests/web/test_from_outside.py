"""A reviewer who does not work for us is called so by every answer of the appeals: to who reads it, and at the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from portal.appeals.models import Appeal
from portal.appeals.operations import contest_withheld, decide_withheld, draw_again, draw_request_again
from portal.appeals.queries import appeal_by_ref, item_of
from portal.core.access import Role
from portal.core.work import Operation
from tests.appeals.coming_back import closed
from tests.appeals.complaining import closed_case
from tests.enforcement.conftest import Desk
from tests.factories.market import Party, Staff
from tests.web.conftest import Doors

OUTSIDE, AT_THE_DESK = "This is a reviewer from outside, who does not work for us.", "From outside."
REASON = "Somebody else looks at this one from today on."


def drawn_for(desk: Desk, draw: Operation, named: str, ref: str, row: Callable[[], Any], *, external: bool) -> Staff:
    """Olive, for whom a lead drew it at last."""
    olive, lead = desk.market.staff("Olive Reed", external=external), desk.market.staff("Lea Maron", Role.LEAD)
    while holder(desk, ref) != olive.person.id:
        desk.market.do(draw, lead.actor, **{named: ref}, version=row().version, reason=REASON)
    return olive


def holder(desk: Desk, ref: str) -> UUID | None:
    with desk.office.database.read() as session:
        item = item_of(session, ref)
        return item.assignee_id if item is not None else None


def appeal(desk: Desk, ref: str) -> Callable[[], Appeal]:
    def read() -> Appeal:
        with desk.office.database.read() as session:
            return appeal_by_ref(session, ref)

    return read


def says(app: Flask, desk: Desk, reader: Party, page: str, at_desk: str, *, external: bool) -> None:
    doors = Doors(app, desk.market)
    assert (OUTSIDE in doors.open(reader.person).page(page)) is external
    assert (AT_THE_DESK in doors.open(desk.story.rae.person, fresh=True).page(at_desk)) is external


@pytest.mark.parametrize("external", [True, False])
def test_of_a_complaint(app: Flask, external: bool) -> None:
    desk = closed_case(app.extensions["office"])
    ref = desk.complain()
    desk.decide(ref, by=drawn_for(desk, draw_again, "appeal_ref", ref, appeal(desk, ref), external=external))
    says(app, desk, desk.story.stacy, f"/appeals/{ref}", f"/desk/complaints/{ref}", external=external)


@pytest.mark.parametrize("external", [True, False])
def test_of_a_request_to_come_back(app: Flask, external: bool) -> None:
    desk = closed(app.extensions["office"])
    ref = desk.come_back()
    olive = drawn_for(desk, draw_request_again, "reinstatement_ref", ref, lambda: desk.request(ref), external=external)
    desk.decide(ref, "declined", by=olive)
    says(app, desk, desk.story.tim, f"/reinstatements/{ref}", f"/desk/reinstatements/{ref}", external=external)


@pytest.mark.parametrize("external", [True, False])
def test_of_what_was_withheld(app: Flask, contested: Desk, external: bool) -> None:
    action = contested.ready()
    contested.issue(action, exhibits=[], no_exhibit="shows_detection")
    body = "I cannot answer what I have not read. It may be about somebody else."
    ref = str(contested.market.do(contest_withheld, contested.story.tim.actor, action_ref=action, body=body)["appeal"])
    row = appeal(contested, ref)
    olive = drawn_for(contested, draw_again, "appeal_ref", ref, row, external=external)
    contested.market.do(
        decide_withheld, olive.actor, appeal_ref=ref, version=row().version, outcome="reversed", reasons="It gives nobody away.",
        shown="Twelve equal messages within one hour.",
    )
    says(app, contested, contested.story.tim, f"/appeals/{ref}", f"/desk/withheld/{ref}", external=external)
