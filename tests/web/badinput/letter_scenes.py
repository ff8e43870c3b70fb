"""The forms that write a decision of several rules, correct its letter and begin another in its place, each at its moment."""

from __future__ import annotations

from typing import Any

from portal.enforcement.operations import sign_correction, start_amendment
from portal.enforcement.rules import LONGEST_ITEM
from portal.web.desk import amending, correcting, decision_form, rule_forms
from tests.enforcement.conftest import SECOND, Desk, second
from tests.web.badinput.scenes import Place, Scene, scene
from tests.web.badinput.stages import bench, platform_desk, reported_desk, take
from tests.web.badinput.world import World

REASON = "The first letter named the wrong day. Nothing else changes."
NEW_FACTS = "He asked on 15 November to be paid by bank transfer, and wrote it to her twice in one day."
WRITTEN = ("facts", "why", "spoke_for", "weighed", "would_change")
BESIDE, LIMIT = {"would_change": "The work is delivered."}, {"would_change": LONGEST_ITEM}


def _filled(desk: Desk, **other: Any) -> dict[str, Any]:
    """The whole form of a suspension, as a browser sends it."""
    typed = desk.form(**other)
    del typed["clause_version_id"]
    return typed | {"would_change": "\n".join(typed["would_change"]), "no_exhibit": "", "source": "counterpart", "scope": []}


@scene(decision_form.WholeForm)
def writing_the_decision(world: World) -> Scene:
    desk, rae, tim = platform_desk(world), world.browser(world.story.rae), world.browser(world.story.tim)
    ref = desk.ready()
    good = _filled(desk) | {"hold_amount": "400.00", "hold_place": f"{desk.story.contract.ref}:1:USD"}
    hidden = {"clause_version_id": str(desk.clause()), "version": "1"}
    places = [Place(tim, f"/me/actions/{ref}", WRITTEN), Place(rae, f"/desk/actions/{ref}", WRITTEN)]
    path = f"/desk/actions/{ref}"
    return Scene(decision_form.WholeForm, rae, [(f"{path}/preview", {}), (f"{path}/issue", {})], good, hidden,
                 beside=BESIDE, line_limit=LIMIT, places=places)


@scene(rule_forms.RuleForm)
def a_further_rule_of_a_decision(world: World) -> Scene:
    desk, rae, tim = reported_desk(world), world.browser(world.story.rae), world.browser(world.story.tim)
    desk.answer(desk.ask(key=SECOND))
    ref, parts = desk.ready(), second(desk)
    good = {name.removesuffix("_2"): value for name, value in parts.items()} | {"listing": ""}
    good["clause"] = good.pop("clause_version_id")
    path, names = f"/desk/actions/{ref}", ("facts", "why")
    places = [Place(tim, f"/me/actions/{ref}", names), Place(rae, path, names)]
    return Scene(rule_forms.RuleForm, rae, [(f"{path}/preview", {}), (f"{path}/issue", {})], good,
                 {"clause_version_id": str(desk.clause()), "version": "1"}, prefix="r2-", rest=_filled(desk),
                 absent=frozenset(rule_forms.OF_THE_WHOLE), places=places)


@scene(correcting.CorrectionForm)
def correcting_a_letter(world: World) -> Scene:
    made, rae, tim = bench(world), world.browser(world.story.rae), world.browser(world.story.tim)
    ref, whole = made.action_ref, _filled(made)
    absent = frozenset(correcting.NOT_CORRECTED)
    good = {name: value for name, value in whole.items() if name not in absent} | {"reason": REASON}
    path = f"/desk/actions/{ref}/correct"

    def signed() -> str:
        """Tim's page of the letter, once a second person has signed the correction."""
        take(world, world.story.ola, ref)
        world.market.do(sign_correction, world.story.ola.actor, action_ref=ref, reason="I have read both letters.")
        return f"/me/actions/{ref}"

    places = [Place(rae, f"{path}ion", (*WRITTEN, "reason")), Place(tim, signed, (*WRITTEN, "reason"))]
    return Scene(correcting.CorrectionForm, rae, [(path, {"go": go}) for go in ("look", "do")], good,
                 {"version": str(made.action(ref).version), "rules": str(made.clause())}, absent=absent, beside=BESIDE,
                 line_limit=LIMIT, places=places)


@scene(rule_forms.FurtherWords)
def correcting_what_a_letter_says_of_a_further_rule(world: World) -> Scene:
    made, rae, tim = bench(world, second=True), world.browser(world.story.rae), world.browser(world.story.tim)
    ref, absent = made.action_ref, frozenset(correcting.NOT_CORRECTED)
    good = {name.removesuffix("_2"): value for name, value in second(made, facts=NEW_FACTS).items()} | {"listing": ""}
    del good["clause_version_id"]
    rest = {name: value for name, value in _filled(made).items() if name not in absent} | {"reason": REASON}
    rules = f"{made.clause()},{made.clause(SECOND)}"
    path, names = f"/desk/actions/{ref}/correct", ("facts", "why")

    def signed() -> str:
        """Tim's page of the letter, once a second person has signed the correction."""
        take(world, world.story.ola, ref)
        world.market.do(sign_correction, world.story.ola.actor, action_ref=ref, reason="I have read both letters.")
        return f"/me/actions/{ref}"

    return Scene(rule_forms.FurtherWords, rae, [(path, {"go": go}) for go in ("look", "do")], good,
                 {"version": str(made.action(ref).version), "rules": rules}, prefix="r2-", rest=rest,
                 absent=frozenset((*rule_forms.OF_THE_WHOLE, "clause")),
                 places=[Place(rae, f"{path}ion", names), Place(tim, signed, names)])


@scene(amending.ReplacingForm)
def picking_the_rule_of_a_decision_in_its_place(world: World) -> Scene:
    made, rae = bench(world), world.browser(world.story.rae)
    return Scene(amending.ReplacingForm, rae, [(f"/desk/actions/{made.action_ref}/replace", {})],
                 {"rule": str(made.clause())})


def a_decision_in_place_of_another(world: World) -> Scene:
    """Rae's draft that is to replace her suspension by a shorter one."""
    made, rae = bench(world), world.browser(world.story.rae)
    begun = world.market.do(start_amendment, world.story.rae.actor, action_ref=made.action_ref)
    good = _filled(made, ends_on=world.market.day(-3).isoformat())
    hidden = {"clause_version_id": str(made.clause()), "version": "1", "supersedes": made.action_ref}
    path = f"/desk/actions/{begun['action']}"
    return Scene(decision_form.WholeForm, rae, [(f"{path}/preview", {}), (f"{path}/issue", {})], good, hidden)
