"""Picking the rule first: what bound the person on the day of the conduct, and what each rule permits this time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request
from wtforms import StringField

from portal.accounts.models import Account
from portal.cases.models import Case
from portal.cases.queries import CaseFile, case_file
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.text import fold
from portal.enforcement.hearing import asked_since_decided
from portal.enforcement.operations import start_action
from portal.enforcement.queries import actions_of_case, permitted
from portal.enforcement.rules import Asked, Permitted
from portal.rulebook.binding import Binds
from portal.rulebook.clause_data import ClauseData
from portal.rulebook.models import PolicyKind
from portal.rulebook.queries import CitedClause, cited_clause, clauses_of, newer_unbound, policies
from portal.web.desk import words
from portal.web.desk.forms import ClauseForm
from portal.web.desk.reach import require_workable
from portal.web.desk.steps import OPEN_DRAFTS, reported_day
from portal.web.desk.whom import about_member, offer_members
from portal.web.shell.acting import perform
from portal.web.shell.context import lang
from portal.web.shell.guard import allow

PLAIN = ClauseData()


@dataclass(frozen=True, slots=True)
class Offer:
    """A rule that can be picked, and what it permits this time."""

    clause: CitedClause
    permitted: Permitted | None


@dataclass(slots=True)
class Section:
    """A section of a policy with its rules: those that publish what may follow, and those that permit only a warning."""

    clause: CitedClause
    offers: list[Offer] = field(default_factory=list)

    @property
    def major(self) -> list[Offer]:
        return [offer for offer in self.offers if offer.permitted is not None]

    @property
    def minor(self) -> list[Offer]:
        return [offer for offer in self.offers if offer.permitted is None]


@dataclass(frozen=True, slots=True)
class Book:
    """A policy as it bound the person on that day, and why newer versions did not; without sections nothing of it bound."""

    title: str
    effective_on: date
    sections: list[Section]
    unbound: list[tuple[date, str]]
    ground: str = ""


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk/cases/<ref>/clause", "clause", allow(Permission.WORK_CASE)(pick))
    blueprint.add_url_rule("/desk/cases/<ref>/clause", "picked", allow(Permission.WORK_CASE)(picked), methods=["POST"])


def pick(ref: str) -> Any:
    form = ClauseForm(request.args)
    return _page(ref, form, 200)


def picked(ref: str) -> Any:
    """Goes on with the rule: to the question, or into a decision that begins with it, and with the day if one was typed."""
    form = ClauseForm.sent()
    if not form.validate() or not known_rule(form.clause):
        return _page(ref, form, 422)
    if request.form.get("go") == "ask":
        chosen = {"clause": form.clause.data, "day": form.day.data or "", "member": form.member.data or ""}
        return redirect(f"/desk/cases/{ref}/ask?{urlencode(chosen)}", 303)
    try:
        answer = perform(
            start_action, case_ref=ref, clause_version_id=key_of(form.clause.data),
            **about_member(form.member),
        )
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return _page(ref, form, error.status)
    first_day = f"?day={form.day.data}" if form.day.data else ""
    return redirect(f"/desk/actions/{answer['action']}{first_day}", 303)


def key_of(text: str | None) -> UUID:
    """A key as it stands in an address. Errors: `NotFound` for what is none."""
    try:
        return UUID(text or "")
    except ValueError:
        raise NotFound from None


def clause_of(text: str | None) -> CitedClause:
    """The rule that an address names. Errors: `NotFound`."""
    found = cited_clause(g.db, key_of(text))
    if found is None:
        raise NotFound
    return found


def posted_clause() -> CitedClause:
    """The rule that the posted form carries. Errors: `NotFound`."""
    return clause_of(request.form.get("clause_version_id"))


def known_rule(field: StringField) -> bool:
    """Whether the field names a rule that there is; says so at the field otherwise."""
    try:
        clause_of(field.data)
    except NotFound:
        field.errors = [*field.errors, lang().gettext("Pick a rule from the list.")]
    return not field.errors


def pick_again(ref: str) -> Any:
    """The list of rules in place of a page whose rule is not there."""
    form = ClauseForm.sent()
    known_rule(form.clause)
    return _page(ref, form, 422)


def day_of(text: str | None, otherwise: date) -> tuple[date, bool]:
    """The day as typed, and whether it could be read."""
    try:
        return (date.fromisoformat(text), True) if text else (otherwise, True)
    except ValueError:
        return otherwise, False


def _page(ref: str, form: ClauseForm, status: int) -> Any:
    require_workable(ref)
    file = case_file(g.db, ref)
    day, readable = day_of(form.day.data, reported_day(file))
    if not readable and not form.day.errors:
        form.day.errors = [lang().gettext("Give this day as year, month and day, for example 2026-03-14.")]
    search = request.args.get("q", "")[:100]
    heard = asked_since_decided(g.db, file.case.id, file.about.id, g.now) is Asked.DONE
    draft = next((one for one in actions_of_case(g.db, file.case.id) if one.status in OPEN_DRAFTS), None)
    offer_members(form.member, file.about.id)
    return render_template(
        "desk/clause.html", current="queue", file=file, form=form, day=day, search=search, errors=form.summary, words=words,
        books=_books(file, day, search), asked=clause_of(_asked_about(file)) if heard else None, draft=draft,
        chosen=form.clause.data or _asked_about(file),
    ), status


def _asked_about(file: CaseFile) -> str:
    """The rule of the newest question: the likely one."""
    keys = [str(m.clause_version_id) for m in file.messages if m.clause_version_id]
    return keys[-1] if keys else ""


def _books(file: CaseFile, day: date, search: str) -> list[Book]:
    slugs = [policy.slug for policy in policies(g.db) if policy.kind == PolicyKind.TERMS]
    found = [_book(file.case, file.about, slug, day, fold(search)) for slug in slugs]
    return [book for book in found if book.sections or book.unbound]


def _book(case: Case, account: Account, slug: str, day: date, search: str) -> Book:
    bound, newer = newer_unbound(g.db, account, slug, day)
    unbound = [(version.effective_on, words.unbound(why)) for version, why in newer]
    clauses = clauses_of(g.db, bound.version_id) if isinstance(bound, Binds) else []
    if not isinstance(bound, Binds) or not clauses:
        return Book(newer[-1][0].title if newer else "", day, [], unbound)
    parents = {clause.parent_key for clause in clauses}
    sections: list[Section] = []
    for clause in clauses:
        whole = clause.key not in parents
        if not sections or not whole or clause.parent_key is None:
            sections.append(Section(clause))
        if whole and clause.number and _matches(clause, search):
            sections[-1].offers.append(Offer(clause, _step(case, clause)))
    shown = [section for section in sections if section.offers]
    return Book(clauses[0].policy_title, clauses[0].effective_on, shown, unbound, words.ground(bound))


def _step(case: Case, clause: CitedClause) -> Permitted | None:
    """What the rule permits this time; None for a rule that publishes nothing and so permits only a warning."""
    return None if clause.data.permits == PLAIN.permits else permitted(g.db, case, clause, g.now)


def _matches(clause: CitedClause, search: str) -> bool:
    return all(part in fold(f"{clause.number} {clause.heading} {clause.text}") for part in search.split())
