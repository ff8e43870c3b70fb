"""What the page of an appeal at the desk shows, and what would be read and undone if it were decided so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g

from portal.accounts.models import Person
from portal.appeals.answering import read_end
from portal.appeals.changed import Changed, Wish, plan_change
from portal.appeals.evidence import Answered, answers_of, new_files, offered_until, reopenings_of
from portal.appeals.evidence_models import AppealReopening
from portal.appeals.messages import answered_text
from portal.appeals.models import LIVE, Appeal, AppealOutcome
from portal.appeals.queries import (
    Ground,
    grounds_of,
)
from portal.appeals.showing import hidden_rules, require_shown
from portal.core.i18n import Language, language
from portal.enforcement.changing import Theirs
from portal.enforcement.disclosing import Unshown
from portal.enforcement.models import Action, Restriction
from portal.enforcement.overturning import Cited, cited_in
from portal.enforcement.parting import parts_of
from portal.enforcement.queries import owners_of, rules_cited, standing, statement_of
from portal.enforcement.succession import stands_for
from portal.enforcement.told import told_outside
from portal.enforcement.undoing import UndoneReport, preview_undoing, texts
from portal.notices.operations import Text
from portal.rulebook.queries import CitedClause
from portal.web.desk.casefile import signer_names
from portal.web.desk.history import Entry, history
from portal.web.desk.redress_page import Redress, common
from portal.web.shell.letter import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Redress[Appeal]):
    """Everything on the page of one appeal."""

    action: Action
    rules: list[Cited]
    letter: dict[str, Any]
    signers: list[tuple[str, str]]
    grounds: list[Ground]
    moments: list[Entry]
    report: UndoneReport
    in_effect: bool
    hidden: list[Unshown]
    openings: dict[UUID, AppealReopening]
    earlier: list[Answered]
    fresh: frozenset[int]

    @property
    def opened(self) -> AppealReopening | None:
        """That it is open again on new evidence; None where it waits for its first answer, or for none."""
        return next((one for one in self.openings.values() if one.ended_at is None), None)

    @property
    def possible(self) -> tuple[AppealOutcome, ...]:
        """What this reader can make of it: who had a part overturns; a rule that shows its person nothing does not stay."""
        gone = {one.path for one in self.hidden}
        if self.had_a_part or gone >= {one.clause.path for one in self.rules}:
            return (AppealOutcome.REVERSED,)
        return tuple(AppealOutcome)[1 if gone else 0:]

    @property
    def parts(self) -> list[Restriction]:
        """What of several things can be given back alone."""
        return [] if self.had_a_part else parts_of(g.db, stands_for(g.db, self.action), g.now)

    @property
    def cited(self) -> dict[str, CitedClause]:
        """The rules of the decision, by where they can be read."""
        return {one.path: one for one in rules_cited(g.db, self.action)}


@dataclass(frozen=True, slots=True)
class Ahead:
    """What would be read, and by whom, if the appeal were decided so; `speech` is the person's language; `changed`: what
    would become of the decision, where it is changed."""

    mine: Text
    theirs: list[tuple[str, Text]]
    undone: bool
    speech: Language
    changed: Changed | None = None


def read_page(appeal: Appeal) -> Page:
    """The facts of the page."""
    action, alike = g.db.get_one(Action, appeal.action_id), common(appeal)
    answers, new = answers_of(g.db, appeal.id), new_files(g.db, appeal) if appeal.state in LIVE else []
    return Page(
        **alike, hidden=hidden_rules(g.db, action), action=action, rules=cited_in(g.db, stands_for(g.db, action)),
        letter=read(statement_of(g.db, action.ref)[0] or {}), signers=signer_names(action), grounds=grounds_of(g.db, appeal),
        openings={one.message_id: one for one in reopenings_of(g.db, appeal.id)},
        earlier=answers if appeal.outcome is None else answers[1:],
        fresh=frozenset(one.exhibit.number for one in new if one.exhibit is not None),
        moments=history(alike["case"].ref), report=preview_undoing(g.db, action, g.now),
        in_effect=action.id in {one.id for one in standing(g.db, appeal.account_id, g.now, action.member_id).actions},
    )


def ahead(page: Page, answer: dict[str, Any]) -> Ahead:
    """What the person and each of those who were told would read, made by the functions that the decision uses.

    Errors: those of `require_shown`, `read_end` and `plan_change`.
    """
    owner, action = owners_of(g.db, page.sent.account_id)[0], page.action
    outcome, speech = AppealOutcome(answer["outcome"]), language(owner.language)
    require_shown(g.db, action, outcome, answer["fallen"])
    if outcome is AppealOutcome.UPHELD:
        until = offered_until(g.db, page.sent, g.now)
        stands = answered_text(page.sent.ref, action.ref, outcome, answer["reasons"], again_until=until)
        return Ahead(stands(speech, owner), [], False, speech)
    if outcome is AppealOutcome.REVERSED:
        mine, theirs = texts(g.db, action, page.report, appeal_ref=page.sent.ref, reason=answer["our_error"])
        return Ahead(mine(speech, owner), _read_by(action, theirs), True, speech)
    now = stands_for(g.db, action)
    ends_at = read_end(g.db, page.sent, answer["new_ends_on"], g.now)
    wish = Wish(answer["reasons"], ends_at, answer["release_hold"], answer["fallen"], tuple(answer["parts"]))
    plan = plan_change(g.db, page.sent, now, wish, g.now)
    return Ahead(plan.mine(speech, owner), _read_by(now, plan.theirs), False, speech, plan)


def _read_by(action: Action, theirs: Theirs) -> list[tuple[str, Text]]:
    """What each of those who were told of an action would read, by name."""
    found = []
    for notice in told_outside(g.db, action, g.now):
        person, compose = g.db.get_one(Person, notice.recipient_id), theirs(notice)
        if compose is not None:
            found.append((person.name, compose(language(person.language), person)))
    return found
