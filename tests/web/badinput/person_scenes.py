"""The forms of the person's own pages, each at its moment of the story."""

from __future__ import annotations

from portal.appeals.operations import save_appeal_draft
from portal.disputes.operations import answer_dispute, decide_dispute
from portal.disputes.queries import dispute_by_ref
from portal.web.person import (
    appeals,
    complaints,
    destinations,
    disputes,
    funds,
    identity,
    new_appeal,
    new_dispute,
    questions,
    reports,
    withheld,
)
from tests.appeals.conftest import BODY
from tests.disputes.deciding import REASONS
from tests.web.badinput.scenes import Place, Scene, scene
from tests.web.badinput.stages import (
    attached,
    bench,
    checks,
    closed_without_action,
    filed,
    informed,
    only_case,
    only_complaint,
    reported_desk,
)
from tests.web.badinput.world import World

WROTE = "I was ill for two weeks, and wrote so on the first day."


@scene(questions.AnswerForm)
def answer_to_our_question(world: World) -> Scene:
    desk = reported_desk(world)
    path, tim = f"/me/questions/{desk.ask()}", world.browser(world.story.tim)
    desk_page = Place(world.auditor(), f"/desk/cases/{desk.case_ref}", ("answer",))
    return Scene(questions.AnswerForm, tim, [(path, {})], {"answer": WROTE},
                 places=[Place(tim, path, ("answer",)), desk_page])


@scene(disputes.AnswerForm)
def answer_to_a_dispute(world: World) -> Scene:
    story = world.story
    ref = world.market.dispute(story.stacy, story.contract)["dispute"]
    path, tim, stacy = f"/disputes/{ref}", world.browser(story.tim), world.browser(story.stacy)
    places = [Place(tim, path, ("answer",)), Place(stacy, path, ("answer",)),
              Place(world.auditor(), f"/desk{path}", ("answer",))]
    return Scene(disputes.AnswerForm, tim, [(path, {})], {"answer": WROTE}, places=places)


@scene(disputes.ReviewForm)
def asking_for_a_review(world: World) -> Scene:
    story, market = world.story, world.market
    ref = str(market.dispute(story.stacy, story.contract)["dispute"])
    market.do(answer_dispute, story.tim.actor, dispute_ref=ref, answer=WROTE)
    with market.office.database.read() as session:
        version = dispute_by_ref(session, ref).version
    market.do(decide_dispute, story.rae.actor, dispute_ref=ref, version=version, outcome="split", refund_minor=15_000,
              cites="term:2", reasons=REASONS)
    tim = world.browser(story.tim)
    places = [Place(world.browser(story.stacy), f"/disputes/{ref}", ("reason",)),
              Place(world.auditor(), f"/desk/disputes/{ref}", ("reason",))]
    return Scene(disputes.ReviewForm, tim, [(f"/disputes/{ref}/review", {})], {"reason": WROTE}, places=places)


@scene(new_dispute.DisputeForm)
def opening_a_dispute(world: World) -> Scene:
    story, stacy = world.story, world.browser(world.story.stacy)
    good = {"amount": "400.00", "term": "3", "agreed": "A first version of the app.", "happened": "One drawing came.",
            "asks_for": "refund", "report": "y"}
    hidden = {"contract": story.contract.ref, "milestone": "1"}
    path, names = "/disputes/new", ("agreed", "happened")
    places = [Place(world.browser(story.tim), "<answer>", names), Place(stacy, "<answer>", names),
              Place(world.auditor(), "/desk<answer>", names)]
    ways = [(path, {"step": "check"}), (path, {"step": "send"})]
    return Scene(new_dispute.DisputeForm, stacy, ways, good, hidden, places=places, absent=frozenset({"file", "description"}))


@scene(new_dispute.DisputeForm)
def a_file_of_a_new_dispute(world: World) -> Scene:
    story, stacy = world.story, world.browser(world.story.stacy)
    hidden = {"contract": story.contract.ref, "milestone": "1"}
    path = f"/disputes/new?contract={story.contract.ref}&milestone=1"
    good = {"agreed": "A first version of the app.", "happened": "One drawing came.", "description": "The drawing"}
    return Scene(new_dispute.DisputeForm, stacy, [("/disputes/new", {"step": "add"})], good, hidden,
                 absent=frozenset({"amount", "term", "asks_for", "report"}),
                 places=[Place(stacy, path, ("description", "agreed", "happened"))])


UNUSED = ("how_3", "how_4", "how_5")
"""The letter of the scene names two things that would change it."""


@scene(new_appeal.AppealForm)
def a_late_appeal(world: World) -> Scene:
    made = bench(world)
    informed(world, made)
    made.later(days=220)
    world.market.do(save_appeal_draft, world.story.tim.actor, action_ref=made.action_ref, fields={"body": BODY})
    tim, path = world.browser(world.story.tim), "/appeals/new"
    good = {"grounds": ["not_the_rule", "would_change:1"], "body": BODY, "late_reason": WROTE, "mention": "y"}
    good |= {"how_1": "The whole work is in the shared folder.", "how_2": "The hospital's letter says so."}
    names = ("body", "late_reason", "how_1", "how_2")
    places = [Place(tim, "<answer>", ("body", "how_1", "how_2")), Place(world.auditor(), "/desk<answer>", names)]
    ways = [(path, {"step": "check"}), (path, {"step": "send"})]
    return Scene(new_appeal.AppealForm, tim, ways, good, {"action": made.action_ref}, places=places,
                 absent=frozenset({"file", "description", *UNUSED}))


@scene(new_appeal.AppealForm)
def a_file_of_a_new_appeal(world: World) -> Scene:
    made, tim = bench(world), world.browser(world.story.tim)
    good = {"grounds": ["not_me"], "body": BODY, "description": "The hospital's letter"}
    path = f"/appeals/new?action={made.action_ref}"
    return Scene(new_appeal.AppealForm, tim, [("/appeals/new", {"step": "add"})], good, {"action": made.action_ref},
                 absent=frozenset({"grounds", "late_reason", "mention", *UNUSED}),
                 places=[Place(tim, path, ("description", "body"))])


@scene(appeals.AddingForm)
def more_words_for_an_appeal(world: World) -> Scene:
    _made, ref = filed(world)
    tim, path = world.browser(world.story.tim), f"/appeals/{ref}"
    places = [Place(tim, path, ("body",)), Place(world.auditor(), f"/desk{path}", ("body",))]
    return Scene(appeals.AddingForm, tim, [(path, {})], {"body": WROTE}, places=places)


@scene(appeals.FileForm)
def one_more_file_for_an_appeal(world: World) -> Scene:
    _made, ref = filed(world)
    tim, path = world.browser(world.story.tim), f"/appeals/{ref}"
    places = [Place(tim, path, ("description",)), Place(world.auditor(), f"/desk{path}", ("description",))]
    return Scene(appeals.FileForm, tim, [(f"{path}/files", {})], {"description": "The hospital's letter"}, places=places)


@scene(funds.PayoutForm)
def a_payout(world: World) -> Scene:
    story = world.story
    hidden = {"account": story.tim.account.ref, "currency": "USD", "step": "send"}
    good = {"amount": "1,750.00", "destination": story.destination}
    return Scene(funds.PayoutForm, world.browser(story.tim), [("/me/funds", {})], good, hidden,
                 prefix=f"{story.tim.account.ref}-USD-")


@scene(destinations.PlaceForm)
def a_place_for_payouts(world: World) -> Scene:
    ref = world.story.tim.account.ref
    return Scene(destinations.PlaceForm, world.browser(world.story.tim), [("/me/funds/destinations", {})],
                 {"number": "ES91 2100 0418 4502 0005 1332"}, {"account": ref}, prefix=f"{ref}-", kinds={"number": "money"})


@scene(identity.SendForm)
def documents_for_an_identity_check(world: World) -> Scene:
    made = checks(world)
    ref = made.ask()["item"]
    attached(made, ref)
    tim, path = world.browser(world.story.tim), f"/me/identity/{ref}"
    places = [Place(world.auditor(), f"/desk/identity/{ref}", ("note",)), Place(tim, "<answer>", ("note",))]
    return Scene(identity.SendForm, tim, [(path, {"go": "add"}), (path, {"go": "send"})], {"note": WROTE}, places=places,
                 more={"file": ("file", 0)})


@scene(withheld.WithheldForm)
def contesting_what_is_withheld(world: World) -> Scene:
    made, tim = bench(world, exhibits=[], no_exhibit="shows_detection"), world.browser(world.story.tim)
    return Scene(withheld.WithheldForm, tim, [("/appeals/withheld", {})], {"body": BODY}, {"action": made.action_ref},
                 places=[Place(tim, "<answer>", ("body",))])


@scene(reports.SomebodyForm)
def a_report_about_somebody(world: World) -> Scene:
    stacy = world.browser(world.story.stacy)
    good = {"named": "https://northlight.example/listing/4711", "happened": "The pictures of this listing are mine."}
    places = [Place(stacy, "<answer>", ("named", "happened")), Place(world.auditor(), "/desk/reports", ("named", "happened"))]
    return Scene(reports.SomebodyForm, stacy, [("/reports/new", {})], good, places=places)


@scene(complaints.ComplaintForm)
def a_complaint(world: World) -> Scene:
    closed = closed_without_action(world)
    stacy, path = world.browser(world.story.stacy), f"/reports/{closed.report_ref}/complaint"
    places = [Place(stacy, "<answer>", ("body",)), Place(world.auditor(), lambda: only_complaint(world), ("body",))]
    return Scene(complaints.ComplaintForm, stacy, [(path, {"step": "send"})], {"body": BODY},
                 absent=frozenset({"file", "description"}), places=places)


@scene(complaints.ComplaintForm)
def a_file_of_a_complaint(world: World) -> Scene:
    closed = closed_without_action(world)
    stacy, path = world.browser(world.story.stacy), f"/reports/{closed.report_ref}/complaint"
    good = {"body": BODY, "description": "His message of 5 November"}
    return Scene(complaints.ComplaintForm, stacy, [(path, {"step": "add"})], good,
                 places=[Place(stacy, path, ("description", "body"))])


@scene(reports.ReportForm)
def a_report(world: World) -> Scene:
    story, stacy = world.story, world.browser(world.story.stacy)
    good = {"happened": "He took the money of the first milestone and has not written since."}

    places = [Place(stacy, "<answer>", ("happened",)),
              Place(world.auditor(), lambda: f"/desk/cases/{only_case(world)}", ("happened",))]
    return Scene(reports.ReportForm, stacy, [("/reports/new", {})], good, {"contract": story.contract.ref}, places=places)
