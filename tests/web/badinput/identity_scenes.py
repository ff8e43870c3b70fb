"""The forms of identity checks at the desk, each at its moment of the story."""

from __future__ import annotations

from typing import Any

from portal.core.access import Role
from portal.web.desk import identity_forms
from portal.web.person import identity
from tests.verification.making import FIX, INSTEAD, PURPOSE
from tests.web.badinput.scenes import Place, Scene, scene
from tests.web.badinput.stages import checks, notice_page, take
from tests.web.badinput.world import World

NEW: dict[str, Any] = {"new_reason": "law_asks", "new_words": "Tax law, section 93, asks for a new copy."}
REASON = "I have seen the letter of the tax office."


@scene(identity_forms.RequestForm)
def asking_for_proof(world: World) -> Scene:
    made = checks(world)
    item = made.accepted()
    good = {"item": "identity_document", "clause": str(made.clause_id), "purpose": PURPOSE, "alternatives": INSTEAD, **NEW}
    rae, tim = world.browser(world.story.rae), world.browser(world.story.tim)
    names = ("purpose", "alternatives", "new_words")
    places = [Place(tim, f"/me/identity/{item}", names), Place(rae, f"/desk/identity/{item}", ("purpose", "new_words"))]
    return Scene(identity_forms.RequestForm, rae, [(f"/desk/cases/{made.case_ref}/identity", {"go": "send"})], good,
                 beside={"alternatives": "A driving licence"}, places=places)


@scene(identity_forms.ReasonForm)
def signing_a_third_request(world: World) -> Scene:
    made = checks(world)
    made.accepted()
    made.accepted(**NEW)
    request = str(made.ask(**NEW)["request"])
    take(world, world.story.ola, request)
    path = f"/desk/identity-requests/{request}"
    ways = [(path, {"go": go}) for go in ("return", "sign")]
    return Scene(identity_forms.ReasonForm, world.browser(world.story.ola), ways, {"reason": REASON}, either=True)


@scene(identity_forms.ReasonForm)
def taking_a_request_back(world: World) -> Scene:
    made = checks(world)
    ref = made.ask()["item"]
    told = Place(world.browser(world.story.tim), lambda: notice_page(world, "identity_withdrawn"), ("reason",))
    return Scene(identity_forms.ReasonForm, world.browser(world.story.rae), [(f"/desk/identity/{ref}/withdraw", {})],
                 {"reason": REASON}, places=[told])


@scene(identity_forms.TalkForm)
def talking_after_three_tries(world: World) -> Scene:
    made = checks(world)
    ref = made.ask()["item"]
    for _ in range(3):
        made.send(ref)
        made.reject(ref)
    lead = world.browser(world.market.staff("Lena Ortiz", Role.LEAD))
    told = Place(world.browser(world.story.tim), lambda: notice_page(world, "identity_talked"), ("found",))
    return Scene(identity_forms.TalkForm, lead, [(f"/desk/identity/{ref}/talk", {})],
                 {"found": "A notary near you confirms it, and we pay for it."}, places=[told])


@scene(identity_forms.ReviewForm)
def answering_what_was_sent(world: World) -> Scene:
    made = checks(world)
    ref = made.ask()["item"]
    made.send(ref)
    made.take(ref)
    made.open_all(ref)
    good = {"outcome": "rejected", "code": "cut_off", "what_to_fix": FIX, "alternatives": INSTEAD, "accepted_until": ""}
    hidden = {"version": str(made.view(ref).item.version)}
    rae = world.browser(world.story.rae)
    places = [Place(world.browser(world.story.tim), f"/me/identity/{ref}", ("what_to_fix", "alternatives"))]
    return Scene(identity_forms.ReviewForm, rae, [(f"/desk/identity/{ref}", {"go": "send"})], good, hidden,
                 beside={"alternatives": "A driving licence"}, places=places)


@scene(identity.ContestForm)
def contesting_what_was_turned_down(world: World) -> Scene:
    made = checks(world)
    ref = made.ask()["item"]
    made.send(ref)
    made.reject(ref)
    rae, tim = world.browser(world.story.rae), world.browser(world.story.tim)
    return Scene(identity.ContestForm, tim, [(f"/me/identity/{ref}/contest", {})], {"why": REASON},
                 places=[Place(rae, f"/desk/identity/{ref}", ("why",))])
