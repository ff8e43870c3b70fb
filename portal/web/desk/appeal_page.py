"""What the page of an appeal at the desk shows, and what would be read and undone if it were decided so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g, request

from portal.accounts.models import Account, Person
from portal.accounts.queries import account_by_id, handle_of
from portal.appeals.messages import answered_text
from portal.appeals.models import LIVE, Appeal, AppealKind, AppealMessage, AppealOutcome
from portal.appeals.queries import (
    Ground,
    Shown,
    decision_of,
    files_of,
    grounds_of,
    had_a_part,
    item_of,
    messages_of,
    zone_of,
)
from portal.appeals.reviewing import ANSWER_FORM
from portal.cases.models import Case, WorkItem
from portal.contracts.ties import is_conflicted
from portal.core.access import Permission, Role, may
from portal.core.clock import end_of_day
from portal.core.errors import NotFound
from portal.core.i18n import Language, language
from portal.documents.queries import ShownExhibit, shown_exhibits, unopened_exhibits
from portal.enforcement.changing import told_outside
from portal.enforcement.models import Action
from portal.enforcement.queries import owners_of, rule_of, standing, statement_of
from portal.enforcement.undoing import UndoneReport, preview_undoing, texts
from portal.notices.operations import Text
from portal.rulebook.queries import CitedClause
from portal.web.desk.casefile import signer_names
from portal.web.desk.history import Entry, history
from portal.web.desk.reach import require_reach
from portal.web.shell import drafts, guard
from portal.web.shell.letter import read


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page of one appeal."""

    appeal: Appeal
    action: Action
    case: Case
    account: Account
    zone: str
    rule: CitedClause | None
    letter: dict[str, Any]
    signers: list[tuple[str, str]]
    messages: list[AppealMessage]
    grounds: list[Ground]
    files: list[Shown]
    exhibits: list[ShownExhibit]
    moments: list[Entry]
    report: UndoneReport
    item: WorkItem | None
    holder: str | None
    had_a_part: bool
    conflicted: bool
    can: bool
    lead: bool
    in_effect: bool
    decision: dict[str, Any] | None
    kept: dict[str, Any]
    unopened: tuple[int, ...]

    @property
    def live(self) -> bool:
        """Whether it waits for a decision."""
        return self.appeal.state in LIVE

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the exhibits that belong to the appeal."""
        return tuple(shown.exhibit.number for shown in self.files if shown.exhibit is not None)

    @property
    def names(self) -> dict[int, str]:
        """What the files of the appeal are called, by exhibit number."""
        return {shown.exhibit.number: shown.document.name or "" for shown in self.files if shown.exhibit is not None}

    @property
    def openable(self) -> dict[int, str]:
        """The references of those files that can still be opened, by exhibit number."""
        return {
            shown.exhibit.number: shown.document.ref for shown in self.files
            if shown.exhibit is not None and shown.document.wrapped_key is not None
        }

    @property
    def mine(self) -> bool:
        """Whether the reader may decide it: drawn for them, or they may only overturn in full."""
        drawn = self.item is not None and self.item.assignee_id in (None, guard.person().id)
        return self.live and self.can and not self.conflicted and (drawn or self.had_a_part)


@dataclass(frozen=True, slots=True)
class Ahead:
    """What would be read, and by whom, if the appeal were decided so; `speech` is the person's language."""

    mine: Text
    theirs: list[tuple[str, Text]]
    undone: bool
    speech: Language


def read_page(appeal: Appeal) -> Page:
    """The facts of the page. Errors: `OutOfReach`, `NotFound` for what has a page of its own."""
    if appeal.kind != AppealKind.ACTION:
        raise NotFound
    require_reach(g.db.get_one(Case, appeal.case_id).ref, appeal.ref if appeal.state in LIVE else "")
    action, me, actor = g.db.get_one(Action, appeal.action_id), guard.person().id, guard.actor()
    case, item = g.db.get_one(Case, appeal.case_id), item_of(g.db, appeal.ref)
    decided = decision_of(g.db, appeal.id)
    return Page(
        appeal=appeal, action=action, case=case, account=account_by_id(g.db, appeal.account_id), rule=rule_of(g.db, action),
        zone=zone_of(g.db, appeal.account_id),
        letter=read(statement_of(g.db, action.ref)[0] or {}), signers=signer_names(action),
        messages=messages_of(g.db, appeal.id), grounds=grounds_of(g.db, appeal), files=files_of(g.db, appeal.id),
        exhibits=shown_exhibits(g.db, case.id), moments=history(case.ref),
        report=preview_undoing(g.db, action, g.now), item=item,
        holder=handle_of(g.db, item.assignee_id) if item is not None and item.assignee_id else None,
        had_a_part=me in had_a_part(g.db, appeal), conflicted=is_conflicted(g.db, me, case.id),
        can=may(actor, Permission.DECIDE), lead=Role.LEAD in actor.roles,
        in_effect=action.id in {one.id for one in standing(g.db, appeal.account_id, g.now, action.member_id).actions},
        decision=decided[0] if decided and appeal.outcome else None, kept=_kept(appeal.ref),
        unopened=_unopened(appeal, me),
    )


def _unopened(appeal: Appeal, me: UUID) -> tuple[int, ...]:
    """The numbers of the appeal's exhibits that this reader has not opened yet."""
    return tuple(unopened_exhibits(g.db, [one.exhibit for one in files_of(g.db, appeal.id) if one.exhibit], me))


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
    ends_at = end_of_day(day, zone_of(g.db, page.appeal.account_id)) if day else None
    freed = [each.amount for each in page.report.holds] if answer["release_hold"] and day is None else []
    compose = answered_text(page.appeal.ref, page.action.ref, outcome, answer["reasons"], ends_at=ends_at, freed=freed)
    return compose(language(owner.language), owner)


def address(ref: str) -> str:
    """Where the draft of an answer is kept."""
    return f"/desk/appeals/{ref}/keep"


def _kept(ref: str) -> dict[str, Any]:
    """What this reviewer typed before. A form that was sent says itself with which version it began."""
    if request.method == "GET":
        return drafts.kept(ANSWER_FORM, ref, address(ref)) or {}
    return {}
