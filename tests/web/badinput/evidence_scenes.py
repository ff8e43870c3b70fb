"""The form by which a decided appeal is opened again on new evidence."""

from __future__ import annotations

from portal.core.access import Role
from portal.notices.operations import opening
from portal.web.person import evidence
from tests.appeals.anew import SHOWS, WHY, Anew
from tests.web.badinput.scenes import Place, Scene, scene
from tests.web.badinput.stages import bench, informed
from tests.web.badinput.world import World

LATE = "The hospital took eight months to write it."


@scene(evidence.EvidenceForm)
def opening_an_appeal_again(world: World) -> Scene:
    """The time for it is over, so that is asked for too."""
    made = bench(world)
    informed(world, made)
    ref = made.file()
    made.decide(ref)
    world.market.do(opening, world.story.tim.actor, about_ref=ref)
    lee = world.market.staff("Lee Ahn", Role.LEAD)
    made.later(days=220)
    anew = Anew(made, ref, (lee,))
    anew.show()
    tim, path = world.browser(world.story.tim), f"/appeals/{ref}/again"
    good = {"why": WHY, "body": SHOWS, "late_reason": LATE}
    places = [Place(tim, f"/appeals/{ref}", ("why", "body")),
              Place(world.browser(lee), f"/desk/appeals/{ref}", ("why", "body", "late_reason"))]
    return Scene(evidence.EvidenceForm, tim, [(path, {"step": "send"})], good, absent=frozenset({"file", "description"}),
                 places=places)
