"""The forms of the desk that lead to a decision, each at its moment of the story."""

from __future__ import annotations

import sqlalchemy as sa

from portal.accounts.joining import record_member
from portal.core.access import Role
from portal.enforcement.operations import propose_action
from portal.enforcement.receiving import report_somebody
from portal.enforcement.reporting import report_account
from portal.enforcement.rules import LONGEST_ITEM
from portal.ledger.extension_models import HoldExtension
from portal.ledger.operations import mark_payout
from portal.web.desk import (
    corrections,
    ending,
    forms,
    handing,
    leads,
    looking_again,
    other_deciding,
    other_forms,
    reports,
    returned,
    whom,
)
from tests.enforcement.conftest import Desk
from tests.enforcement.returning import Return, closed
from tests.enforcement.test_ordering import ORDER, begin_legal, legal_form, ordered
from tests.enforcement.test_protecting import begin, protective_form
from tests.web.badinput.scenes import Place, Scene, scene
from tests.web.badinput.stages import bench, notice_page, only_case, only_notice, reported_desk, take
from tests.web.badinput.world import World

REASON = "I read the whole case, and I see it in the same way."


@scene(forms.ClauseForm)
def picking_the_rule(world: World) -> Scene:
    desk = reported_desk(world)
    good = {"clause": str(desk.clause()), "day": "2026-11-15"}
    ways = [(f"/desk/cases/{desk.case_ref}/clause", {"go": go}) for go in ("ask", "start")]
    return Scene(forms.ClauseForm, world.browser(world.story.rae), ways, good, kinds={"clause": "choice"}, either=True,
                 absent=frozenset({"member"}))


@scene(forms.ClauseForm)
def picking_the_rule_for_one_member(world: World) -> Scene:
    desk, account, mia = reported_desk(world), world.story.tim.account, world.market.party("Mia Lund")
    member = world.market.make(lambda work: record_member(work, account, mia.person, "worker"))
    good = {"clause": str(desk.clause()), "day": "2026-11-15", "member": str(member.id)}
    ways = [(f"/desk/cases/{desk.case_ref}/clause", {"go": "start"})]
    return Scene(forms.ClauseForm, world.browser(world.story.rae), ways, good, kinds={"clause": "choice"})


@scene(corrections.CorrectionForm)
def proposing_a_correction_of_money(world: World) -> Scene:
    path, lee = "/desk/corrections", world.browser(world.market.staff("Lee Ahn", Role.LEAD))
    good = {"contract_ref": world.story.contract.ref, "number": "1", "kind": "taken", "amount": "12.50",
            "reason": "The milestone was put on record with a wrong amount."}
    return Scene(corrections.CorrectionForm, lee, [(path, {})], good, kinds={"contract_ref": "choice", "number": "number"},
                 places=[Place(world.auditor(), path, ("reason",))])


@scene(returned.WordsForm)
def writing_to_whose_money_came_back(world: World) -> Scene:
    market, tim = world.market, world.story.tim
    ref = str(market.pay_out(tim, world.story.destination, 10_000)["payout"])
    market.do(mark_payout, payout_ref=ref, state="failed")
    take(world, world.story.rae, ref)
    rae, here = world.browser(world.story.rae), f"/desk/returned/{ref}"
    places = [Place(rae, here, ("words",))]
    return Scene(returned.WordsForm, rae, [(here, {"go": "look"}), (here, {"go": "send"})],
                 {"words": "Your bank says that this account was closed."}, places=places)


@scene(handing.HandOverForm)
def giving_a_case_to_somebody_else(world: World) -> Scene:
    desk, lee = reported_desk(world), world.browser(world.market.staff("Lee Ahn", Role.LEAD))
    ref = desk.ready()
    good = {"what": ref, "to": world.story.ola.handle, "reason": "Rae is on leave until Monday."}
    return Scene(handing.HandOverForm, lee, [(f"/desk/cases/{desk.case_ref}/hand-over", {})], good)


@scene(forms.QuestionForm)
def asking_the_person_first(world: World) -> Scene:
    desk, rae = reported_desk(world), world.browser(world.story.rae)
    world.market.take(world.story.rae, desk.case_ref)
    good = {"clause": str(desk.clause()), "question": "What happened after the first drawing?", "days": "5"}
    path = f"/desk/cases/{desk.case_ref}"
    places = [Place(rae, path, ("question",)),
              Place(world.browser(world.story.tim), lambda: only_notice(world, "question"), ("question",))]
    return Scene(forms.QuestionForm, rae, [(f"{path}/ask", {"go": "send"})], good, kinds={"clause": "choice"},
                 places=places, elsewhere=frozenset({"clause"}), absent=frozenset({"member"}))


@scene(forms.QuestionForm)
def asking_about_one_member_first(world: World) -> Scene:
    desk, account, mia = reported_desk(world), world.story.tim.account, world.market.party("Mia Lund")
    world.market.take(world.story.rae, desk.case_ref)
    member = world.market.make(lambda work: record_member(work, account, mia.person, "worker"))
    good = {"clause": str(desk.clause()), "question": "What happened after the first drawing?", "days": "5",
            "member": str(member.id)}
    path = f"/desk/cases/{desk.case_ref}/ask"
    return Scene(forms.QuestionForm, world.browser(world.story.rae), [(path, {"go": "send"})], good, kinds={"clause": "choice"},
                 elsewhere=frozenset({"clause"}))


@scene(forms.ClosingForm)
def closing_a_case(world: World) -> Scene:
    stacy, contract = world.story.stacy, world.story.contract
    world.market.do(
        report_account, stacy.actor, account_id=stacy.account.id, contract_ref=contract.ref,
        happened="He asked me twice to pay him outside the marketplace.",
    )
    desk, rae = Desk(world.market, world.story, only_case(world)), world.browser(world.story.rae)
    world.market.take(world.story.rae, desk.case_ref)
    good = {"rules": [str(desk.clause())], "reason": "I read both sides. Nothing was asked for outside the marketplace."}
    path = f"/desk/cases/{desk.case_ref}"
    ways, hidden = [(f"{path}/close", {"go": go}) for go in ("look", "close")], {"seen": "1-0", "read": str(desk.clause())}
    return Scene(forms.ClosingForm, rae, ways, good, hidden,
                 places=[Place(rae, path, ("reason",))])


@scene(leads.LeadForm)
def answering_a_lead(world: World) -> Scene:
    market = world.market
    back = Return(Desk(market, world.story, ""), market.party("Max Orr"), market.party("Una Bell"), "")
    back.action_ref = closed(market, back.desk, back.closed)
    for party in (back.closed, back.new):
        back.keep(party)
    path, rae = f"/desk/leads/{back.take()}", world.browser(world.story.rae)
    rae.get(path)
    return Scene(leads.LeadForm, rae, [(path, {})], {"reason": REASON}, places=[Place(rae, path, ("reason",))])


@scene(forms.ExhibitForm)
def putting_an_exhibit_on_record(world: World) -> Scene:
    desk, rae = reported_desk(world), world.browser(world.story.rae)
    desk.start()
    good = {"source": f"pasted:{world.story.tim.account.ref}", "description": "The message of 15 November",
            "quoted": "I am ill and will be back in two weeks."}
    path = f"/desk/cases/{desk.case_ref}"
    return Scene(forms.ExhibitForm, rae, [(f"{path}/exhibits", {})], good, {"action": ""},
                 places=[Place(rae, path, ("description", "quoted"))])


@scene(other_forms.ProtectForm)
def protecting_an_account(world: World) -> Scene:
    desk, rae, tim = reported_desk(world), world.browser(world.story.rae), world.browser(world.story.tim)
    ref, typed = begin(desk), protective_form(desk)
    hidden = {"clause_version_id": typed["clause_version_id"], "version": "1"}
    kept = ("measure", "conduct_from", "conduct_to", "exhibits", "facts", "why", "spoke_for")
    good = {name: typed[name] for name in kept} | {
        "would_change": "\n".join(typed["would_change"]), "no_exhibit": "", "source": "counterpart", "scope": [],
        "objects": [f"contract:{desk.story.contract.ref}"], "listing": "",
    }
    names = ("facts", "why", "spoke_for", "would_change")
    places = [Place(tim, f"/me/actions/{ref}", names), Place(rae, f"/desk/actions/{ref}", names)]
    path = f"/desk/actions/{ref}"
    return Scene(other_forms.ProtectForm, rae, [(f"{path}/preview", {}), (f"{path}/issue", {})], good, hidden,
                 beside={"would_change": "You tell us that it was you."},
                 line_limit={"would_change": LONGEST_ITEM}, places=places)


@scene(other_forms.OrderForm)
def naming_a_law_or_an_order(world: World) -> Scene:
    desk, rae = reported_desk(world), world.browser(world.story.rae)
    ref, typed = begin_legal(desk), legal_form(desk)
    hidden = {"clause_version_id": typed["clause_version_id"], "version": "1"}
    kept = ("measure", "exhibits", "facts", "why", "spoke_for", "order_dated_on", *ORDER)
    good = {name: typed[name] for name in kept} | {
        "would_change": "\n".join(typed["would_change"]), "no_exhibit": "", "source": "counterpart", "scope": [],
        "order_ends_on": world.market.day(-20).isoformat(), "silence": "", "silence_provision": "",
        "block_amount": "120.00", "block_currency": "USD",
    }
    places = [Place(rae, f"/desk/actions/{ref}", ("facts", "why", "spoke_for", "would_change", *ORDER))]
    path = f"/desk/actions/{ref}"
    return Scene(other_forms.OrderForm, rae, [(f"{path}/preview", {}), (f"{path}/propose", {})], good, hidden,
                 kinds={"block_amount": "stated"}, beside={"would_change": "The court lifts it."},
                 line_limit={"would_change": LONGEST_ITEM}, places=places)


@scene(other_deciding.LookForm)
def looking_at_an_order_again(world: World) -> Scene:
    desk, rae = reported_desk(world), world.browser(world.story.rae)
    ref = ordered(desk)
    path, version = f"/desk/actions/{ref}/order", str(desk.action(ref).version)
    return Scene(other_deciding.LookForm, rae, [(path, {"go": "order"})], {"reason": REASON}, {"version": version})


@scene(ending.EndingForm)
def lifting_a_suspension(world: World) -> Scene:
    made, rae = bench(world), world.browser(world.story.rae)
    path, version = f"/desk/actions/{made.action_ref}/lift", str(made.action(made.action_ref).version)
    places = [Place(world.browser(world.story.tim), lambda: notice_page(world, "action_changed"), ("reason",))]
    return Scene(ending.EndingForm, rae, [(path, {"go": "look"}), (path, {"go": "do"})], {"reason": REASON},
                 {"version": version}, places=places)


@scene(ending.PartForm)
def giving_back_a_part(world: World) -> Scene:
    made = bench(world, measure="restriction", scope=["search", "new_offers"])
    path, version = f"/desk/actions/{made.action_ref}/part", str(made.action(made.action_ref).version)
    good = {"reason": REASON, "parts": ["search"]}
    places = [Place(world.browser(world.story.tim), lambda: notice_page(world, "action_changed"), ("reason",))]
    return Scene(ending.PartForm, world.browser(world.story.rae), [(path, {"go": "look"}), (path, {"go": "do"})], good,
                 {"version": version}, places=places)


@scene(looking_again.LookForm)
def saying_what_stays(world: World) -> Scene:
    day = world.market.day
    made = bench(world, measure="restriction", scope=["search", "new_offers"], review_on_search=day(-4).isoformat())
    path, version = f"/desk/actions/{made.action_ref}/review", str(made.action(made.action_ref).version)
    good = {"reason": REASON, "parts": ["search"], "review_on": day(-6).isoformat()}
    places = [Place(world.browser(world.story.tim), lambda: notice_page(world, "action_changed"), ("reason",))]
    return Scene(looking_again.LookForm, world.browser(world.story.rae), [(path, {"go": "look"}), (path, {"go": "do"})], good,
                 {"version": version}, places=places)


@scene(whom.WhomForm)
def protecting_one_member(world: World) -> Scene:
    desk, account, mia = reported_desk(world), world.story.tim.account, world.market.party("Mia Lund")
    member = world.market.make(lambda work: record_member(work, account, mia.person, "worker"))
    world.market.take(world.story.rae, desk.case_ref)
    ways = [(f"/desk/cases/{desk.case_ref}/protect", {})]
    return Scene(whom.WhomForm, world.browser(world.story.rae), ways, {"member": str(member.id)}, prefix="protect-")


@scene(ending.ShorteningForm)
def giving_an_earlier_last_day(world: World) -> Scene:
    made, rae = bench(world), world.browser(world.story.rae)
    path, version = f"/desk/actions/{made.action_ref}/shorten", str(made.action(made.action_ref).version)
    good = {"reason": REASON, "new_ends_on": world.market.day(-5).isoformat()}
    return Scene(ending.ShorteningForm, rae, [(path, {"go": "look"}), (path, {"go": "do"})], good, {"version": version})


@scene(ending.EndingForm)
def holding_money_for_longer(world: World) -> Scene:
    held = {"hold_amount_minor": "85000", "hold_currency": "USD", "hold_milestone": "2"}
    made = bench(world, **held, hold_contract_ref=world.story.other_contract.ref)
    path, rae = f"/desk/actions/{made.action_ref}/extend", world.browser(world.story.rae)

    def waiting() -> str:
        """Rae's page of what waits for a second person."""
        with world.market.office.database.read() as session:
            return f"/desk/extensions/{session.scalars(sa.select(HoldExtension.ref)).one()}"

    places = [Place(rae, waiting, ("reason",))]
    return Scene(ending.EndingForm, rae, [(path, {"go": "look"}), (path, {"go": "do"})], {"reason": REASON}, places=places)


@scene(forms.SigningForm)
def a_second_signature(world: World) -> Scene:
    desk = reported_desk(world)
    ref = desk.ready()
    fields = desk.form(measure="termination", ends_on="")
    world.market.do(propose_action, world.story.rae.actor, action_ref=ref, version=1, fields=fields)
    world.market.take(world.story.ola, desk.case_ref)
    ways = [(f"/desk/actions/{ref}/sign", {"go": go}) for go in ("return", "sign")]
    return Scene(forms.SigningForm, world.browser(world.story.ola), ways, {"reason": REASON}, either=True)


@scene(reports.SortForm)
def saying_whom_a_report_is_about(world: World) -> Scene:
    said = {"account_id": world.story.stacy.account.id, "named": "A listing of pictures", "happened": REASON}
    ref = world.market.do(report_somebody, world.story.stacy.actor, **said)["report"]
    return Scene(reports.SortForm, world.browser(world.story.rae), [(f"/desk/reports/{ref}", {})],
                 {"about_ref": world.story.tim.account.ref}, kinds={"about_ref": "choice"})


@scene(reports.SawForm)
def what_a_reviewer_saw(world: World) -> Scene:
    rae = world.browser(world.story.rae)
    good = {"about_ref": world.story.tim.account.ref, "happened": "Twelve equal messages to strangers within one hour."}
    return Scene(reports.SawForm, rae, [("/desk/reports/new", {})], good, kinds={"about_ref": "choice"},
                 places=[Place(rae, lambda: f"/desk/cases/{only_case(world)}", ("happened",))])
