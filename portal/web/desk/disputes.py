"""A dispute at the desk: both sides' words and the term beside the decision; what each would read before it is made."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request

from portal.accounts.models import Person
from portal.accounts.queries import handle_of
from portal.act import act
from portal.cases.drafts import forget_draft
from portal.cases.models import Message, WorkItem
from portal.cases.queries import case_file
from portal.contracts.queries import terms_of
from portal.contracts.ties import is_conflicted
from portal.core.access import Permission, Role, may
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.money import Money
from portal.core.work import Operation
from portal.disputes.deciding import draw_review_again, read_ahead, second_reader_limit, second_reader_needed
from portal.disputes.glance import MoneyLine, money_of_case
from portal.disputes.hearing_models import DisputeQuestion
from portal.disputes.matter import Matter, deciders_of, last_return, live_proposal, matter_of
from portal.disputes.misuse import Habits, habits_of, was_noted
from portal.disputes.models import DisputeProposal
from portal.disputes.operations import (
    decide_dispute,
    propose_decision,
    return_decision,
    review_dispute,
    second_decision,
    take_dispute,
)
from portal.disputes.outcome import OutcomeView, outcome_of
from portal.disputes.queries import DisputeView, pressure_said, questions_of, view_of
from portal.disputes.ruling import LEAST_REASONS, Ruling, citable, ruling_of
from portal.disputes.showing import ShownFile, shown_in
from portal.enforcement.queries import owner_zone
from portal.notices.operations import Text
from portal.rulebook.roles import DISPUTE_MISUSE, RETALIATION
from portal.web.desk import words
from portal.web.desk.dispute_forms import RULE, ClientQuestionForm, DisputeDecisionForm, SecondForm, decision_form
from portal.web.desk.history import Entry, history
from portal.web.desk.reach import require_reach
from portal.web.desk.redress_forms import DrawingForm
from portal.web.shell import guard
from portal.web.shell.acting import form_key, perform
from portal.web.shell.context import lang
from portal.web.shell.drafts import OURS, Drafts
from portal.web.shell.errors import message_of
from portal.web.shell.forms import PortalForm, sent_version
from portal.web.shell.guard import allow
from portal.web.shell.promised import rule_for

DRAFTS = Drafts("dispute_decision", "/desk/disputes")
REFUSED = (RuleBroken, Conflict, NotAllowed)


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page of one dispute."""

    view: DisputeView
    zone: str
    matter: Matter
    outcome: OutcomeView | None
    proposal: DisputeProposal | None
    proposed: Ruling | None
    returned: DisputeProposal | None
    writer: str | None
    item: WorkItem | None
    holder: str | None
    moments: list[Entry]
    questions: list[DisputeQuestion]
    files: list[ShownFile]
    pressed: list[Message]
    habits: Habits
    noted: bool
    money: list[MoneyLine]
    two_readers: bool
    limit: Money | None
    barred: str
    can: bool
    lead: bool

    @property
    def held(self) -> Money:
        """What can be given to either side: what is on hold, or was when our time ran out."""
        return Money(self.matter.hold.amount_minor, self.matter.hold.currency)

    @property
    def asked(self) -> DisputeQuestion | None:
        """Our question to the client that waits for its answer."""
        return next((one for one in self.questions if one.ended_at is None), None)

    @property
    def due(self) -> str:
        """Which decision is due: "first", "review", or "" for none."""
        dispute = self.view.dispute
        if dispute.ended_at is not None or self.asked is not None:
            return ""
        return "review" if self.outcome and self.outcome.reviews else "first" if dispute.state == "answered" else ""


def add_routes(blueprint: Blueprint) -> None:
    see, work, decide_ = allow(Permission.READ_DESK), allow(Permission.WORK_CASE), allow(Permission.DECIDE)
    here = "/desk/disputes/<ref>"
    blueprint.add_url_rule(here, "dispute", see(show))
    blueprint.add_url_rule(f"{here}/take", "take_dispute", work(take), methods=["POST"])
    blueprint.add_url_rule(f"{here}/draw", "draw_dispute", work(draw), methods=["POST"])
    blueprint.add_url_rule(f"{here}/keep", "keep_dispute", work(keep), methods=["POST"])
    blueprint.add_url_rule(f"{here}/check", "check_dispute", work(check), methods=["POST"])
    blueprint.add_url_rule(f"{here}/decide", "decide_dispute", decide_(decide), methods=["POST"])
    blueprint.add_url_rule(f"{here}/second", "second_dispute", decide_(second), methods=["POST"])


def _in_reach(ref: str) -> DisputeView:
    """Errors: `NotFound`, `OutOfReach`."""
    view = view_of(g.db, ref, guard.actor())
    require_reach(matter_of(g.db, view.dispute).case.ref, "" if view.dispute.ended_at else ref)
    return view


def read_page(ref: str) -> Page:
    """The facts of the page. Errors: `NotFound`, `OutOfReach`."""
    view, me, work = _in_reach(ref), guard.person().id, guard.office().work(g.db, guard.actor())
    matter, proposal = matter_of(g.db, view.dispute), live_proposal(g.db, view.dispute.id)
    items = case_file(g.db, matter.case.ref).items
    item = next((one for one in items if one.subject_ref == ref and one.kind == "dispute"), None)
    barred = "conflicted" if is_conflicted(g.db, me, matter.case.id) else ""
    barred = barred or ("had_a_part" if me in deciders_of(g.db, view.dispute.id) else "")
    return Page(
        view=view, zone=owner_zone(g.db, matter.contract.freelancer_id),
        matter=matter, outcome=outcome_of(g.db, view.dispute, guard.actor()), proposal=proposal,
        proposed=ruling_of(g.db, matter, proposal) if proposal else None, returned=last_return(g.db, view.dispute.id),
        writer=handle_of(g.db, proposal.proposed_by) if proposal else None, item=item,
        holder=handle_of(g.db, item.assignee_id) if item and item.assignee_id not in (None, me) else None,
        moments=[one for one in history(matter.case.ref) if one.subject_ref in (ref, matter.hold.ref)],
        questions=questions_of(g.db, view.dispute.id), files=shown_in(g.db, view.dispute.id),
        pressed=[one for side in (view.client.id, view.freelancer.id) for one in pressure_said(g.db, view.dispute, side)],
        habits=habits_of(g.db, view.client.id, g.now), noted=was_noted(g.db, ref),
        money=money_of_case(g.db, matter.case.id),
        two_readers=second_reader_needed(work, view.dispute), limit=second_reader_limit(work, view.dispute),
        barred=barred, can=may(guard.actor(), Permission.DECIDE), lead=Role.LEAD in guard.actor().roles,
    )


def form_of(page: Page, sent: Any) -> DisputeDecisionForm:
    ref = page.view.dispute.ref
    kept = (DRAFTS.kept(ref) if sent is None else None) or _returned_to_me(page)
    return decision_form(
        page.view, page.held, terms_of(g.db, page.matter.contract.id), citable(g.db, page.matter), sent, kept,
        by_us=page.matter.paid_by_us,
    )


def _returned_to_me(page: Page) -> dict[str, str] | None:
    """What a second reader gave back to the reader of this page, so that they go on from it."""
    row = page.returned
    if row is None or row.proposed_by != guard.person().id:
        return None
    ruling = ruling_of(g.db, page.matter, row)
    cites = ruling.cites if ruling.term is not None else RULE
    return {
        "outcome": ruling.outcome, "amount": lang().typed(ruling.back), "cites": cites, "rule": ruling.cites,
        "reasons": ruling.reasons,
    }


def show(ref: str) -> str:
    """Both sides' words, the term, the money, and what can be done with it."""
    page = read_page(ref)
    return render(page, form_of(page, None))


def render(
    page: Page, form: DisputeDecisionForm, errors: list[tuple[str, str]] | None = None, second: SecondForm | None = None,
    drawing: DrawingForm | None = None, asking: ClientQuestionForm | None = None,
) -> str:
    return render_template(
        "desk/dispute.html", current="queue", page=page, form=form, words=words,
        second=second or SecondForm(), errors=form.summary if errors is None else errors, reader=guard.person().id,
        ahead=_ahead_of_proposal(page), drawing=drawing or DrawingForm(),
        asking=asking or ClientQuestionForm(), pressing=rule_for(RETALIATION), misuse=rule_for(DISPUTE_MISUSE),
        least=LEAST_REASONS,
    )


def _ahead_of_proposal(page: Page) -> list[tuple[Person, Text]]:
    """What both sides will read once the second reader makes the decision that waits."""
    if page.proposed is None:
        return []
    ruling = page.proposed
    return _ahead(page, {
        "outcome": ruling.outcome, "refund_minor": ruling.back.amount_minor, "cites": ruling.cites, "reasons": ruling.reasons
    })


def _ahead(page: Page, chosen: dict[str, Any]) -> list[tuple[Person, Text]]:
    work = guard.office().work(g.db, guard.actor())
    return read_ahead(work, dispute_ref=page.view.dispute.ref, **chosen)


def take(ref: str) -> Any:
    return _carry_out(ref, take_dispute, {"version": sent_version()})


def draw(ref: str) -> Any:
    """A lead gives a review to somebody else, at random, and says why."""
    form = DrawingForm.sent()
    return step(ref, form, draw_review_again, {"reason": form.draw_reason.data}, drawing=form)


def step(ref: str, form: PortalForm, operation: Operation, args: dict[str, Any], **shown: Any) -> Any:
    """A step with a form of its own; `shown`: under which name the page shows it again with what is wrong at its fields."""
    try:
        if form.validate():
            perform(operation, dispute_ref=ref, version=sent_version(), **args)
            return redirect(f"/desk/disputes/{ref}", 303)
        status = 422
    except REFUSED as error:
        form.refuse(error)
        status = error.status
    page = read_page(ref)
    return render(page, form_of(page, None), form.summary, **shown), status


def _carry_out(ref: str, operation: Operation, args: dict[str, Any], form: DisputeDecisionForm | None = None) -> Any:
    """Does it; a refusal is shown on the page as it is now, with everything typed kept."""
    try:
        perform(operation, dispute_ref=ref, **args)
    except REFUSED as error:
        page = read_page(ref)
        if form is None:
            return render(page, form_of(page, None), [(error.field or "", message_of(error))]), error.status
        form.refuse(error)
        return render(page, form), error.status
    return redirect(f"/desk/disputes/{ref}", 303)


def keep(ref: str) -> tuple[dict[str, Any], int]:
    """Keeps what the reviewer has typed so far. Errors: `NotFound`, `OutOfReach`."""
    _in_reach(ref)
    return DRAFTS.answered(ref)


def check(ref: str) -> Any:
    """Shows what each side would read; nothing is decided yet."""
    page = read_page(ref)
    form = form_of(page, request.form)
    try:
        with suppress(RuleBroken):  # what cannot be kept is said below, at its field
            DRAFTS.store(ref)
    except Conflict as error:
        DRAFTS.refuse(ref, form, error)
        return render(page, form), error.status
    if request.form.get("go") == "edit":
        return render(page, form)
    try:
        if not form.validate():
            return render(page, form), 422
        ahead = _ahead(page, form.chosen())
    except REFUSED as error:
        form.refuse(error)
        return render(page, form), error.status
    return render_template(
        "desk/dispute_check.html", current="queue", page=page, form=form, ahead=ahead, version=sent_version(), errors=[],
        kept=[pair for pair in request.form.items(multi=True) if pair[0] not in OURS],
    )


def decide(ref: str) -> Any:
    """Confirms it: decided and told in one act, or, above the published amount, put before a second reader."""
    page = read_page(ref)
    form = form_of(page, request.form)
    if not form.validate():
        return render(page, form), 422
    operation: Operation = review_dispute if page.due == "review" else decide_dispute
    operation = propose_decision if page.two_readers else operation
    answer = _carry_out(ref, operation, {"version": sent_version(), **form.chosen()}, form)
    if not isinstance(answer, tuple):
        key = f"forget_draft:{form_key()}"[:80]
        act(guard.office(), forget_draft, guard.actor(), key, form=DRAFTS.form, subject=ref)
    return answer


def second(ref: str) -> Any:
    """The second reader makes the decision, or gives it back with a reason."""
    form = SecondForm.sent()
    if request.form.get("go") == "sign":
        return _carry_out(ref, second_decision, {"version": sent_version()})
    return step(ref, form, return_decision, {"reason": form.reason.data}, second=form)
