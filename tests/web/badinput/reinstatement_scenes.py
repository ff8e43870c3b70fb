"""The forms of a request to come back after a termination, and of our answer."""

from __future__ import annotations

from portal.core.access import Role
from portal.web.desk import reinstatements as desk
from portal.web.person import reinstatements as person
from tests.appeals.coming_back import DIFFERENT, HAPPENED, REASONS, Closed
from tests.enforcement.conftest import with_exhibit
from tests.enforcement.test_cosigning import propose, sign
from tests.web.badinput.scenes import Place, Scene, scene
from tests.web.badinput.world import World


def closed(world: World) -> Closed:
    """Tim's account was closed by two, and the day has come on which he can ask."""
    market, story = world.market, world.story
    case = str(market.dispute(story.stacy, story.contract, report=True)["case"])
    made = Closed(market, story, case, kim=market.staff("Kim Soto"), lee=market.staff("Lee Marsh", Role.LEAD))
    with_exhibit(made)
    made.action_ref = propose(made)
    sign(made, made.action_ref)
    made.passes(days=31)
    made.passes(days=185)
    assert made.asking().why_not is None
    return made


@scene(person.ReinstatementForm)
def asking_to_come_back(world: World) -> Scene:
    made = closed(world)
    tim = world.browser(world.story.tim)
    good = {"happened": HAPPENED, "different": DIFFERENT}
    return Scene(
        person.ReinstatementForm, tim, [("/reinstatements/new", {"step": "send"})], good, {"action": made.action_ref},
        absent=frozenset({"file", "description"}), places=[Place(tim, "<answer>", ("happened", "different"))],
    )


@scene(desk.ReinstatementAnswerForm)
def answering_a_request_to_come_back(world: World) -> Scene:
    made = closed(world)
    ref = made.come_back()
    by, here = world.browser(made.holder(ref)), f"/desk/reinstatements/{ref}"
    good = {"outcome": "declined", "reasons": REASONS, "conditions": "", "next_on": made.day_in(60).isoformat()}
    places = [Place(world.browser(world.story.tim), f"/reinstatements/{ref}", ("reasons",)), Place(by, here, ("reasons",))]
    return Scene(
        desk.ReinstatementAnswerForm, by, [(f"{here}/decide", {"go": "look"}), (f"{here}/decide", {"go": "decide"})], good,
        {"version": str(made.request(ref).version)}, places=places,
    )
