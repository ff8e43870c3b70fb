"""The forms of a request that a decision waits until an appeal is answered, and of our answer."""

from __future__ import annotations

from portal.appeals.operations import ask_pause
from portal.web.desk import pauses
from portal.web.person import appeals
from tests.web.badinput.scenes import Place, Scene, scene
from tests.web.badinput.stages import filed
from tests.web.badinput.world import World

WHY = "My only client leaves on Friday if I cannot deliver."


@scene(appeals.PauseForm)
def asking_for_a_pause(world: World) -> Scene:
    _made, ref = filed(world)
    tim = world.browser(world.story.tim)
    return Scene(appeals.PauseForm, tim, [(f"/appeals/{ref}/pause", {})], {"why": WHY},
                 places=[Place(tim, f"/appeals/{ref}", ("why",))])


@scene(pauses.PauseAnswerForm)
def answering_a_request_for_a_pause(world: World) -> Scene:
    _made, ref = filed(world)
    request = world.market.do(ask_pause, world.story.tim.actor, appeal_ref=ref, why=WHY)["request"]
    ola, here = world.browser(world.story.ola), f"/desk/pauses/{request}"
    good = {"outcome": "refused", "reasons": "Two more clients have waited for an answer since the same week."}
    places = [Place(world.browser(world.story.tim), f"/appeals/{ref}", ("reasons",)), Place(ola, here, ("reasons",))]
    return Scene(pauses.PauseAnswerForm, ola, [(here, {"go": "look"}), (here, {"go": "answer"})], good, places=places)
