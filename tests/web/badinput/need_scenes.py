"""The forms of people in danger or in need, and of whoever answers them."""

from __future__ import annotations

from portal.enforcement.needing import say_need
from portal.web.desk import needs as desk_needs
from portal.web.person import needs
from tests.web.badinput.scenes import Place, Scene, scene
from tests.web.badinput.stages import take
from tests.web.badinput.world import World

WORDS = "The rent went out yesterday and nothing is left for food."


def _said(world: World) -> str:
    tim = world.story.tim
    return str(world.market.do(say_need, tim.actor, account_id=tim.account.id, food=True, words=WORDS)["need"])


@scene(needs.NeedForm)
def telling_us_of_a_need(world: World) -> Scene:
    tim = world.browser(world.story.tim)
    places = [Place(tim, "<answer>", ("words",))]
    return Scene(needs.NeedForm, tim, [("/me/needs/new", {})], {"food": "y", "words": WORDS}, places=places)


@scene(needs.NeedForm)
def going_on_about_a_need(world: World) -> Scene:
    ref, tim = _said(world), world.browser(world.story.tim)
    places = [Place(tim, f"/me/needs/{ref}", ("words",)), Place(world.auditor(), f"/desk/needs/{ref}", ("words",))]
    return Scene(needs.NeedForm, tim, [(f"/me/needs/{ref}", {})], {"words": "It did not arrive."},
                 absent=frozenset({"danger", "food", "medicine"}), places=places)


@scene(desk_needs.NeedAnswerForm)
def answering_a_need(world: World) -> Scene:
    ref, rae = _said(world), world.browser(world.story.rae)
    take(world, world.story.rae, ref)
    here = f"/desk/needs/{ref}"
    places = [Place(world.browser(world.story.tim), f"/me/needs/{ref}", ("answer",)), Place(rae, here, ("answer",))]
    return Scene(desk_needs.NeedAnswerForm, rae, [(here, {"go": "look"}), (here, {"go": "answer"})],
                 {"answer": "You can withdraw what is available today."}, {"version": "2"}, places=places)
