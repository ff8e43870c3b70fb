"""The forms in which both sides of a dispute are heard or settle it, and go on with a contract, each at its moment."""

from __future__ import annotations

from portal.contracts.operations import record_contract
from portal.disputes.operations import ask_client
from portal.web.desk import dispute_forms as desk_forms
from portal.web.person import chargebacks, contracts, dispute_forms, settling
from tests.disputes.deciding import answered
from tests.disputes.test_chargebacks import come
from tests.factories.market import TERMS
from tests.web.badinput.scenes import Place, Scene, scene
from tests.web.badinput.stages import take
from tests.web.badinput.world import World

ASKED = "On which day did you write that the drawing was not the first version?"
WROTE = "On Friday the 13th, by message, an hour after I had opened it."


def _everybody(world: World, path: str, names: tuple[str, ...]) -> list[Place]:
    """Both sides, and the desk."""
    sides = [Place(world.browser(who), path, names) for who in (world.story.stacy, world.story.tim)]
    return [*sides, Place(world.auditor(), f"/desk{path}", names)]


@scene(desk_forms.ClientQuestionForm)
def asking_the_client_before_a_dispute_is_decided(world: World) -> Scene:
    made = answered(world.market, world.story)
    take(world, world.story.rae, made.ref)
    path = f"/disputes/{made.ref}"
    return Scene(desk_forms.ClientQuestionForm, world.browser(world.story.rae), [(f"/desk{path}/ask", {})],
                 {"question": ASKED}, {"version": str(made.dispute.version)}, places=_everybody(world, path, ("question",)))


@scene(dispute_forms.ReplyForm)
def the_client_answers_our_question(world: World) -> Scene:
    made, story = answered(world.market, world.story), world.story
    take(world, story.rae, made.ref)
    world.market.do(ask_client, story.rae.actor, dispute_ref=made.ref, version=made.dispute.version, question=ASKED)
    path = f"/disputes/{made.ref}"
    return Scene(dispute_forms.ReplyForm, world.browser(story.stacy), [(f"{path}/question", {})], {"reply": WROTE},
                 places=_everybody(world, path, ("reply",)))


@scene(dispute_forms.FileForm)
def a_file_shown_in_a_dispute(world: World) -> Scene:
    path = f"/disputes/{answered(world.market, world.story).ref}"
    return Scene(dispute_forms.FileForm, world.browser(world.story.tim), [(f"{path}/files", {})],
                 {"description": "The drawing that I sent on 3 November"}, places=_everybody(world, path, ("description",)))


@scene(dispute_forms.PressureForm)
def pressure_while_a_dispute_goes_on(world: World) -> Scene:
    path = f"/disputes/{answered(world.market, world.story).ref}"
    tim = world.browser(world.story.tim)
    places = [Place(tim, path, ("pressure",)), Place(world.auditor(), f"/desk{path}", ("pressure",))]
    return Scene(dispute_forms.PressureForm, tim, [(f"{path}/pressure", {})],
                 {"pressure": "On Friday she wrote that she would report me."}, places=places)


@scene(chargebacks.WordsForm)
def words_for_a_bank(world: World) -> Scene:
    tim, path = world.browser(world.story.tim), f"/chargebacks/{come(world.market, world.story)}"
    places = [Place(tim, path, ("text",)), Place(world.auditor(), f"/desk{path}", ("text",))]
    return Scene(chargebacks.WordsForm, tim, [(f"{path}/words", {})], {"text": WROTE}, places=places)


@scene(settling.OfferForm)
def offering_a_settlement(world: World) -> Scene:
    here = f"/disputes/{answered(world.market, world.story).ref}/settlement"
    stacy, tim = world.browser(world.story.stacy), world.browser(world.story.tim)
    good = {"amount": "150.00", "days": "7", "text": "I keep the drawing and send the second one by Friday."}
    return Scene(settling.OfferForm, tim, [(here, {"step": "check"}), (here, {"step": "send"})], good,
                 kinds={"amount": "share", "days": "choice"}, places=[Place(stacy, here, ("text",)), Place(tim, here, ("text",))])


@scene(contracts.WayForm)
def choosing_how_a_contract_goes_on(world: World) -> Scene:
    contract, story = world.story.contract, world.story
    world.market.do(
        record_contract, external_id=contract.external_id, title="Photo app", terms=TERMS, started_on=contract.started_on,
        client_external_id=story.stacy.account.external_id, freelancer_external_id=story.tim.account.external_id,
        milestones=[{"number": n, "title": f"Part {n}", "amount_minor": 40_000, "currency": "USD", "state": state}
                    for n, state in enumerate(("released", "delivered", "funded"), 1)],
    )
    path, stacy, tim = f"/contracts/{contract.ref}", world.browser(story.stacy), world.browser(story.tim)
    good = {"way": "settle", "amount": "300.00", "words": "For what exists: the drawings and the first screen."}
    return Scene(contracts.WayForm, tim, [(path, {"step": "check"}), (path, {"step": "send"})], good,
                 kinds={"amount": "share"}, places=[Place(stacy, path, ("words",)), Place(tim, path, ("words",))])
