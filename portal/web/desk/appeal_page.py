"""What the page of an appeal at the desk shows, and what would be read and undone if it were decided so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g

from portal.accounts.models import Person
from portal.appeals.messages import answered_text
from portal.appeals.models import Appeal, AppealOutcome
from portal.appeals.queries import (
    Ground,
    grounds_of,
)
from portal.core.clock import end_of_day
from portal.core.i18n import Language, language
from portal.enforcement.changing import told_outside
from portal.enforcement.models import Action
from portal.enforcement.queries import owners_of, rule_of, standing, statement_of
from portal.enforcement.undoing import UndoneReport, preview_undoing, texts
from portal.notices.operations import Text
from portal.rulebook.queries import CitedClause
from portal.web.desk.casefile import signer_names
from portal.web.desk.history import Entry, history
from portal.web.desk.redress_page import Redress, common
from portal.web.shell.letter import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Redress):
    """Everything on the page of one appeal."""

    action: Action
    rule: CitedClause | None
    letter: dict[str, Any]
    signers: list[tuple[str, str]]
    grounds: list[Ground]
    moments: list[Entry]
    report: UndoneReport
    in_effect: bool


@dataclass(frozen=True, slots=True)
class Ahead:
    """What would be read, and by whom, if the appeal were decided so; `speech` is the person's language."""

    mine: Text
    theirs: list[tuple[str, Text]]
    undone: bool
    speech: Language


def read_page(appeal: Appeal) -> Page:
    """The facts of the page."""
    action, alike = g.db.get_one(Action, appeal.action_id), common(appeal)
    return Page(
        **alike, action=action, rule=rule_of(g.db, action), letter=read(statement_of(g.db, action.ref)[0] or {}),
        signers=signer_names(action), grounds=grounds_of(g.db, appeal), moments=history(alike["case"].ref),
        report=preview_undoing(g.db, action, g.now),
        in_effect=action.id in {one.id for one in standing(g.db, appeal.account_id, g.now, action.member_id).actions},
    )


def ahead(page: Page, answer: dict[str, Any]) -> Ahead:
    """What the person and each of those who were told would read, made by the functions that the decision uses."""
    owner = owners_of(g.db, page.appeal.account_id)[0]
    outcome = AppealOutcome(answer["outcome"])
    if outcome is not AppealOutcome.REVERSED:
        return Ahead(_answered(page, answer, outcome, owner), [], False, language(owner.language))
    mine, theirs = texts(g.db, page.action, page.report, appeal_ref=page.appeal.ref, reason=answer["our_error"])
    read_by = []
    for notice in told_outside(g.db, page.action, g.now):
        person, compose = g.db.get_one(Person, notice.recipient_id), theirs(notice)
        if compose is not None:
            read_by.append((person.name, compose(language(person.language), person)))
    return Ahead(mine(language(owner.language), owner), read_by, True, language(owner.language))


def _answered(page: Page, answer: dict[str, Any], outcome: AppealOutcome, owner: Person) -> Text:
    day = answer["new_ends_on"] if outcome is AppealOutcome.PARTIALLY_REVERSED else None
    ends_at = end_of_day(day, page.zone) if day else None
    freed = [each.amount for each in page.report.holds] if answer["release_hold"] and day is None else []
    compose = answered_text(page.appeal.ref, page.action.ref, outcome, answer["reasons"], ends_at=ends_at, freed=freed)
    return compose(language(owner.language), owner)
