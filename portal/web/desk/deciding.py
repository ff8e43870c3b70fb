"""The editor of a decision: the rule in sight, what it permits, the facts of the case, and a draft that is never lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, g, redirect, render_template, request

from portal.cases.hands import conduct_holder
from portal.cases.models import Case, Message
from portal.cases.queries import CaseFile
from portal.core.access import Permission
from portal.core.clock import local_day
from portal.core.errors import Conflict, NotAllowed, NotFound, Refusal, RuleBroken
from portal.documents.queries import own_documents
from portal.enforcement.before import Before, acted_first, signers_of
from portal.enforcement.corrected import waiting_correction
from portal.enforcement.decision import look_back
from portal.enforcement.hearing import Matter, asked_about
from portal.enforcement.lead_queries import open_leads
from portal.enforcement.members import member_person
from portal.enforcement.models import Action, ActionStatus, Measure
from portal.enforcement.notice import EXCEPTIONS
from portal.enforcement.operations import discard_action, save_action_draft
from portal.enforcement.proposals import last_return
from portal.enforcement.queries import action_by_ref, earlier_actions, owner_zone, permitted
from portal.enforcement.rules import LONGEST_ITEM, NO_EXHIBIT, SCOPES, Asked, Conduct, Permitted
from portal.rulebook.queries import CitedClause
from portal.verification.resting import open_checks
from portal.web.desk import decision_drafts, words
from portal.web.desk.casefile import Page, contracts_in, read_case
from portal.web.desk.clauses import clause_of, posted_clause
from portal.web.desk.decision_form import WholeForm
from portal.web.desk.forms import MEASURES, DecisionForm, typed
from portal.web.desk.other_forms import first_words, form_class
from portal.web.desk.picking import chosen, rules_to_add
from portal.web.desk.places import places_to_hold
from portal.web.desk.reach import require_reach
from portal.web.desk.rule_forms import kept_rules
from portal.web.desk.signing import show_issued, show_proposed
from portal.web.desk.steps import OPEN_DRAFTS
from portal.web.shell import drafts, guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.forms import offered
from portal.web.shell.guard import allow

OTHER_EDITORS: dict[str, Callable[[Action, DecisionForm, CitedClause, int, Page], tuple[str, int]]] = {}
"""How a decision that is not about conduct is written: each nature names its own page."""

ELSEWHERE = {"exhibit": "exhibits?action={ref}", "identity": "identity"}
"""Where else in the case a button of the editor leads; the draft is kept."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies beside the editor."""

    action: Action
    page: Page
    clause: CitedClause
    permitted: Permitted
    before: Before
    signed_it: bool
    acted_first: str | None
    offered: list[str]
    beyond: list[str]
    longest_until: date
    answer: Message | None
    asked: Asked
    otherwise: bool
    returned: str | None
    replaces: Action | None

    @property
    def file(self) -> CaseFile:
        return self.page.file


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk/actions/<ref>", "action", allow(Permission.READ_DESK)(show))
    for name, view in (("draft", save), ("discard", discard)):
        blueprint.add_url_rule(f"/desk/actions/<ref>/{name}", name, allow(Permission.WORK_CASE)(view), methods=["POST"])


def show(ref: str) -> Any:
    """A draft opens in the editor, a proposal to be signed, an issued action as the frozen statement."""
    action = action_by_ref(g.db, ref)
    waits = action.status in OPEN_DRAFTS or waiting_correction(g.db, action) is not None
    require_reach(case_of(action).ref, ref if waits else "")
    match action.status:
        case ActionStatus.PROPOSED:
            return show_proposed(action)
        case ActionStatus.ISSUED | ActionStatus.WITHDRAWN:
            return show_issued(action)
        case ActionStatus.DISCARDED:
            return redirect(f"/desk/cases/{case_of(action).ref}")
    holder, draft, page = conduct_holder(g.db, action.case_id), decision_drafts.kept(ref), read_case(case_of(action).ref)
    if draft is None or holder is None or holder.person_id != guard.person().id:
        return render_template("desk/other_draft.html", current="queue", action=action, page=page, errors=[])
    form = form_class(action)(data=first_filled(action, draft, page), more=kept_rules(draft))
    return editor(action, form, clause_of(draft.get("clause_version_id")), 200, page)


def case_of(action: Action) -> Case:
    found: Case = g.db.get_one(Case, action.case_id)
    return found


def first_filled(action: Action, draft: dict[str, Any], page: Page) -> dict[str, Any]:
    """What the form shows: the draft; where nothing was typed yet, what the case itself says.

    The days on which it happened are never guessed: they decide which version of the rules binds, so somebody writes them
    down. The first day is there when it was typed with the rule.
    """
    data = typed(draft)
    if set(draft) - {"clause_version_id"}:
        return data
    if action.nature in OTHER_EDITORS:
        return data | first_words(action)
    contract = [f"contract:{one.contract.ref}" for one in page.disputes if one.contract]
    source = page.reports[0][0].source if page.reports else "reviewer"
    return {
        **data, "conduct_from": first_day(), "objects": list(dict.fromkeys(contract)), "source": source,
        "spoke_for": record_sentence(page),
    }


def first_day() -> str:
    """The day that was typed when the rule was picked."""
    try:
        return date.fromisoformat(request.args.get("day", "")).isoformat()
    except ValueError:
        return ""


def record_sentence(page: Page) -> str:
    """What the record itself says for the person, as a first sentence to go on from."""
    say, about = lang().gettext, page.file.about
    years = lang().ngettext("Here for %(num)s year.", "Here for %(num)s years.", page.record.years)
    ended = say("%(done)s of %(ended)s ended contracts completed.", done=page.record.completed, ended=page.record.ended)
    none = say("No earlier account action.") if not page.earlier else ""
    answered = say("Answered our question.") if any(one.answer for one in page.questions) else ""
    new = say("Here since %(day)s.", day=lang().day(about.joined_on))
    parts = [years if page.record.years else new, ended if page.record.ended else "", none, answered]
    return " ".join(part for part in parts if part)


def editor(action: Action, form: WholeForm, clause: CitedClause, status: int, page: Page | None = None) -> tuple[str, int]:
    """The editor with everything typed, and on top what has to be looked at again; `page`: its case, where it was read."""
    page = page or read_case(case_of(action).ref)
    if action.nature in OTHER_EDITORS:
        return OTHER_EDITORS[action.nature](action, form, clause, status, page)
    further = [chosen(rule) for rule in form.more]
    desk = _desk(page, action, clause, typed_conduct(form), replaced_by_form(form), [one for one in further if one is not None])
    offer_choices(form, desk.page)
    for rule in form.more:
        offer_evidence(rule, desk.page)
        elsewhere = {str(clause.id), *(one.clause.data or "" for one in form.more if one is not rule)}
        rule.clause.choices = offered([("", lang().gettext("Choose a rule")), *rules_to_add(desk.page.file, form, elsewhere)])
    return render_template(
        "desk/editor.html", current="queue", desk=desk, form=form, member=member_person(g.db, action), further=further,
        words=words, errors=form.summary, longest_item=LONGEST_ITEM,
    ), status


def typed_conduct(form: DecisionForm) -> Conduct | None:
    """What the form is about, as far as its days can be read."""
    try:
        first, last = date.fromisoformat(form.conduct_from.data or ""), date.fromisoformat(form.conduct_to.data or "")
    except ValueError:
        return None
    return Conduct(first, last, frozenset(form.objects.data or ()))


def replaced_by_form(form: DecisionForm) -> Action | None:
    """The decision that the form says it replaces; what cannot be stored is never looked for."""
    try:
        return action_by_ref(g.db, form.supersedes.data) if form.supersedes.data and not form.supersedes.errors else None
    except NotFound:
        return None


def _desk(
    page: Page, action: Action, clause: CitedClause, conduct: Conduct | None, replaces: Action | None,
    further: Sequence[CitedClause],
) -> Desk:
    besides = [replaces.id] if replaces is not None else []
    steps, before = look_back(g.db, action, clause, conduct, g.now, besides=besides)
    before = before if conduct else _overturned(action, clause)
    zone, person = owner_zone(g.db, action.account_id), member_person(g.db, action)
    matter = Matter(clause.clause_id, conduct.last if conduct else None, zone, before.overturned_at,
                    person.id if person is not None else None)
    state, answer = asked_about(g.db, action.case_id, action.account_id, g.now, matter)
    permits = {*steps.measures, *(name for one in further for name in permitted(g.db, action, one, g.now).measures)}
    offered = [name for name in MEASURES if name in permits]
    return Desk(
        action, page, clause, steps, before, guard.person().id in before.signers,
        acted_first(g.db, action.case_id, action.id), offered, [name for name in MEASURES if name not in offered],
        local_day(g.now, zone) + timedelta(days=steps.longest(Measure.SUSPENSION)), answer, state, bool(page.questions),
        last_return(g.db, action.ref), replaces,
    )


def _overturned(action: Action, clause: CitedClause) -> Before:
    """What was overturned under the rule, whatever it was about: no days are typed yet."""
    earlier = earlier_actions(g.db, action.account_id, clause.clause_id, besides=[action.id], member_id=action.member_id)
    found = tuple(one for one in earlier if one.reversed_at is not None)
    return Before(None, found, signers_of(g.db, found))


def offer_choices(form: DecisionForm, page: Page) -> None:
    """Fills the lists that come from the case."""
    say = lang().gettext
    offer_evidence(form, page)
    form.measure.choices = offered((name, words.named("Measure", name).capitalize()) for name in MEASURES)
    scopes = [name for name in SCOPES if f"starts_on_{name}" in form]
    form.scope.choices = offered((name, words.thing(name)) for name in scopes)
    if "rests_on" in form:
        kinds = {one.view.item.ref: one.what for one in page.checks}
        checks = [(view.item.ref, f"{kinds[view.item.ref]} ({view.item.ref})") for view in open_checks(g.db, page.file.case.id)]
        form.rests_on.choices, form.resting.choices = offered([("", say("With none")), *checks]), form.scope.choices
    form.source.choices = offered((n, words.named("ReportSource", n)) for n in words.SOURCES)
    if "hold_place" in form:
        why = [("", say("The usual notice is given")), *((name, words.word(words.EXCEPTIONS, name)) for name in EXCEPTIONS)]
        form.notice_exception.choices = offered(why)
        form.hold_place.choices = offered([("", say("Choose a milestone or a contract")), *places_to_hold(page.file)])


def offer_evidence(form: DecisionForm, page: Page) -> None:
    """Fills the lists of what a decision can be about, and of what shows it."""
    say = lang().gettext
    messages, contracts = [m for m in page.file.messages if m.kind != "question"], contracts_in(page.file)
    objects = offered([
        *((f"contract:{c.ref}", say("Contract “%(title)s” (%(ref)s)", title=c.title, ref=c.ref)) for c in contracts),
        *((f"message:{m.ref}", say("Message %(ref)s of %(day)s", ref=m.ref, day=_short(m.sent_at))) for m in messages),
        *((f"document:{d.ref}", say("Their document “%(name)s” of %(day)s", name=d.name, day=_short(d.received_at)))
          for d in own_documents(g.db, page.file.case.id, page.file.about.id)),
    ])
    if "objects" in form:
        form.objects.choices = objects
    form.exhibits.choices = offered(
        (str(e.number), f"{e.number} · {e.description or words.named('ExhibitKind', e.kind)}") for e in page.exhibits
    )
    reasons = [(name, words.word(words.NO_EXHIBIT, name)) for name in NO_EXHIBIT]
    form.no_exhibit.choices = offered([("", say("An exhibit can be shown")), *reasons])
    if "leads" in form:
        form.leads.choices = offered((one.ref, say("Lead %(ref)s", ref=one.ref)) for one in open_leads(g.db, page.file.case.id))


def _short(at: datetime) -> str:
    return lang().day_short(at, reader_zone())


def save(ref: str) -> Any:
    """Keeps the draft: by itself while typing, or by a button that goes on to another page."""
    form = form_class(action_by_ref(g.db, ref)).sent()
    go = request.form.get("go", "")
    form.add_or_leave_out(go)
    try:
        if not go:
            return decision_drafts.answered(ref, form, lambda: keep(ref, form))
        keep(ref, form)
    except (RuleBroken, Conflict, NotAllowed) as error:
        return _not_kept(ref, form, error) if go else ("", error.status)
    if go in ELSEWHERE:
        return redirect(f"/desk/cases/{case_of(action_by_ref(g.db, ref)).ref}/{ELSEWHERE[go].format(ref=ref)}", 303)
    place = f"#r{len(form.more) + 1}" if go == "more" else ""
    return redirect(f"/desk/actions/{ref}{place}", 303)


def _not_kept(ref: str, form: WholeForm, error: Refusal) -> Any:
    decision_drafts.refuse(ref, form, error)
    return editor(action_by_ref(g.db, ref), form, posted_clause(), error.status)


def keep(ref: str, form: WholeForm) -> int:
    """Saves the draft; its version now. Errors: those of `save_action_draft`."""
    fields = form.fields(str(posted_clause().id))
    return drafts.save(save_action_draft, decision_drafts.address(ref), action_ref=ref, fields=fields)


def discard(ref: str) -> Any:
    """Drops the draft; the case waits again. Errors: those of `require_reach`."""
    require_reach(case_of(action_by_ref(g.db, ref)).ref)
    answer = perform(discard_action, action_ref=ref, reason=request.form.get("reason", ""))
    return redirect(f"/desk/cases/{answer['case']}", 303)
