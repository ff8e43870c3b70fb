"""The forms of the desk that answer appeals and decide disputes, each at its moment of the story."""

from __future__ import annotations

from portal.appeals.queries import appeal_by_ref, files_of, grounds_of
from portal.core.access import Role
from portal.core.text import TEXT_LIMIT
from portal.disputes.matter import matter_of
from portal.disputes.operations import answer_dispute, propose_decision
from portal.disputes.queries import dispute_by_ref
from portal.disputes.ruling import citable
from portal.web.desk import appeal_forms, complaints, dispute_forms, redress_forms, withheld
from tests.appeals.conftest import Bench
from tests.disputes.deciding import REASONS, answered
from tests.web.badinput.scenes import Place, Scene, scene
from tests.web.badinput.stages import bench, closed_without_action, contested_withholding, filed, informed, take
from tests.web.badinput.world import World

WHY = "The letter says that he was in hospital, and Stacy knew of it."


def _version(made: Bench, ref: str) -> dict[str, str]:
    return {"version": str(made.appeal(ref).version)}


@scene(redress_forms.AskingForm)
def a_question_in_an_appeal(world: World) -> Scene:
    made, ref = filed(world)
    tim, ola = world.browser(world.story.tim), world.browser(world.story.ola)
    places = [Place(tim, f"/appeals/{ref}", ("question",)), Place(ola, f"/desk/appeals/{ref}", ("question",))]
    return Scene(redress_forms.AskingForm, ola, [(f"/desk/appeals/{ref}/ask", {})],
                 {"question": "Which hospital was it?", "days": "5"}, _version(made, ref), places=places)


@scene(appeal_forms.RefusalForm)
def not_taking_a_late_appeal(world: World) -> Scene:
    made = bench(world)
    informed(world, made)
    made.later(days=220)
    ref = made.file(late_reason="I forgot about it.")
    ola = world.browser(world.story.ola)
    places = [Place(world.browser(world.story.tim), f"/appeals/{ref}", ("reason",)),
              Place(ola, f"/desk/appeals/{ref}", ("reason",))]
    return Scene(appeal_forms.RefusalForm, ola, [(f"/desk/appeals/{ref}/refuse", {})], {"reason": WHY},
                 _version(made, ref), places=places)


@scene(redress_forms.DrawingForm)
def giving_an_appeal_to_somebody_else(world: World) -> Scene:
    made, ref = filed(world)
    lee = world.market.staff("Lee Ahn", Role.LEAD)
    return Scene(redress_forms.DrawingForm, world.browser(lee), [(f"/desk/appeals/{ref}/draw", {})],
                 {"draw_reason": "Ola is on leave."}, _version(made, ref))


@scene(appeal_forms.AnswerForm)
def answering_an_appeal(world: World) -> Scene:
    made = bench(world, second=True)
    made.attach()
    ref = made.file()
    with world.market.office.database.read() as session:
        appeal = appeal_by_ref(session, ref)
        grounds = [f"ground_{one.key}" for one in grounds_of(session, appeal)]
        number = next(one.exhibit.number for one in files_of(session, appeal.id) if one.exhibit)
    tim, ola = world.browser(world.story.tim), world.browser(world.story.ola)
    good = {
        "outcome": "partially_reversed", "new_ends_on": world.market.day(-5).isoformat(), "reasons": WHY,
        f"exhibit_{number}": "not_considered", f"why_{number}": "It is about another year.",
        **{name: "We looked at this again." for name in grounds}, f"falls_{made.clause()}": "The other side was silent.",
    }
    falls = f"falls_{made.clause()}"
    more = {falls: ("text", TEXT_LIMIT), **{name: ("text", TEXT_LIMIT) for name in grounds}, f"exhibit_{number}": ("choice", 0),
            f"why_{number}": ("line", redress_forms.LINE)}
    ways = [(f"/desk/appeals/{ref}/check", {"go": "check"}), (f"/desk/appeals/{ref}/decide", {})]
    names = ("reasons", falls, *grounds, f"why_{number}")
    return Scene(appeal_forms.AnswerForm, ola, ways, good, _version(made, ref), more=more,
                 places=[Place(tim, f"/appeals/{ref}", names), Place(ola, f"/desk/appeals/{ref}", ("reasons",))])


@scene(appeal_forms.ShowingForm)
def showing_what_a_rule_rests_on(world: World) -> Scene:
    made = bench(world, exhibits=[], no_exhibit="shows_detection")
    ref = made.file()
    tim, ola = world.browser(world.story.tim), world.browser(world.story.ola)
    return Scene(appeal_forms.ShowingForm, ola, [(f"/desk/appeals/{ref}/disclose", {})],
                 {"shown": "Twelve equal messages within one hour."}, _version(made, ref),
                 places=[Place(tim, f"/me/actions/{made.action_ref}", ("shown",))])


@scene(withheld.WithheldAnswer)
def answering_what_is_withheld(world: World) -> Scene:
    made, ref = contested_withholding(world)
    tim, ola = world.browser(world.story.tim), world.browser(world.story.ola)
    good = {"outcome": "reversed", "reasons": WHY, "shown": "Twelve equal messages within one hour."}
    places = [Place(tim, f"/appeals/{ref}", ("reasons",)), Place(tim, f"/me/actions/{made.action_ref}", ("shown",))]
    ways = [(f"/desk/withheld/{ref}/decide", {"go": go}) for go in ("look", "decide")]
    return Scene(withheld.WithheldAnswer, ola, ways, good, _version(made, ref), places=places)


@scene(complaints.ComplaintAnswer)
def answering_a_complaint(world: World) -> Scene:
    closed = closed_without_action(world)
    closed.attach()
    ref = closed.complain()
    here, number = f"/desk/complaints/{ref}", 2
    stacy, ola = world.browser(world.story.stacy), world.browser(world.story.ola)
    good = {"outcome": "upheld", "reasons": WHY, f"exhibit_{number}": "not_considered",
            f"why_{number}": "It is about another year."}
    more = {f"exhibit_{number}": ("choice", 0), f"why_{number}": ("line", redress_forms.LINE)}
    ways = [(f"{here}/decide", {"go": "look"}), (f"{here}/decide", {"go": "decide"})]
    hidden = {"version": str(closed.complaint(ref).version)}
    return Scene(complaints.ComplaintAnswer, ola, ways, good, hidden, more=more,
                 places=[Place(stacy, f"/appeals/{ref}", ("reasons", f"why_{number}")), Place(ola, here, ("reasons",))])


@scene(dispute_forms.DisputeDecisionForm)
def deciding_a_dispute(world: World) -> Scene:
    made, story = answered(world.market, world.story), world.story
    with world.market.office.database.read() as session:
        rule = citable(session, matter_of(session, made.dispute))[0]
    take(world, story.rae, made.ref)
    good = {"outcome": "split", "amount": "150.00", "cites": "rule", "rule": f"clause:{rule.id}", "reasons": REASONS}
    rae, path = world.browser(story.rae), f"/disputes/{made.ref}"
    places = [Place(world.browser(story.stacy), path, ("reasons",)), Place(world.browser(story.tim), path, ("reasons",)),
              Place(rae, f"/desk{path}", ("reasons",))]
    ways = [(f"/desk{path}/check", {"go": "check"}), (f"/desk{path}/decide", {})]
    return Scene(dispute_forms.DisputeDecisionForm, rae, ways, good, {"version": str(made.dispute.version)}, places=places)


@scene(dispute_forms.SecondForm)
def giving_a_decision_back(world: World) -> Scene:
    market, story = world.market, world.story
    shop = market.contract(story.stacy, story.tim, "Shop", [150_000], released={1: 8}, started=12)
    ref = str(market.dispute(story.stacy, shop, 150_000)["dispute"])
    market.do(answer_dispute, story.tim.actor, dispute_ref=ref, answer="The shop works as agreed.")
    with market.office.database.read() as session:
        version = dispute_by_ref(session, ref).version
    market.do(propose_decision, story.rae.actor, dispute_ref=ref, version=version, outcome="split", refund_minor=50_000,
              cites="term:2", reasons=REASONS)
    take(world, story.ola, ref)
    path = f"/desk/disputes/{ref}"
    with market.office.database.read() as session:
        hidden = {"version": str(dispute_by_ref(session, ref).version)}
    return Scene(dispute_forms.SecondForm, world.browser(story.ola), [(f"{path}/second", {"go": "return"})],
                 {"reason": "Name the day on which it came."}, hidden,
                 places=[Place(world.browser(story.rae), path, ("reason",))])
