"""The one next step of a case, told from its facts: what a reviewer does with it now, or who else does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import g

from portal.cases.hands import CONDUCT, Holder, conduct_holder
from portal.cases.models import Message, WorkItem
from portal.cases.queries import CaseFile
from portal.core.clock import local_day
from portal.disputes.queries import disputes_of_case
from portal.enforcement.hearing import asked_since_decided
from portal.enforcement.models import Action, ActionStatus
from portal.enforcement.queries import owner_zone, signatures_of
from portal.enforcement.rules import Asked
from portal.rulebook.queries import CitedClause
from portal.web.shell.context import lang, reader_zone

OPEN_DRAFTS = (ActionStatus.DRAFT, ActionStatus.PROPOSED)


@dataclass(frozen=True, slots=True)
class Step:
    """The one next step: its words, what happens with it, and a page to open, a form to send there, or an item to take."""

    title: str
    text: str
    label: str = ""
    href: str = ""
    fields: Mapping[str, str] | None = None
    take: WorkItem | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """One question of ours with the rule it is about and its answer."""

    question: Message
    clause: CitedClause | None
    answer: Message | None
    over: bool
    until: datetime | None


def reported_day(file: CaseFile) -> date:
    """The day that is offered as the day of the conduct: of the first report or dispute, else of the case."""
    days = [report.received_at for report in file.reports] or [d.opened_at for d in disputes_of_case(g.db, file.case.id)]
    return local_day(min(days, default=file.case.created_at), "UTC")


def next_step(file: CaseFile, actions: list[Action], questions: list[Asking], me: UUID) -> Step:
    """What a reviewer does next with this case, told from its facts."""
    say, ref = lang().gettext, file.case.ref
    if file.case.closed_at is not None and not file.items:
        return Step(say("This case is closed"), say("It stays open to read. A new report about this account opens a new case."))
    live = next((action for action in actions if action.status in OPEN_DRAFTS), None)
    if live is not None and live.status == ActionStatus.PROPOSED:
        return _proposed(live, me)
    free = next((item for item in file.items if item.assignee_id is None), None)
    about = [item for item in file.items if item.kind in CONDUCT]
    if free is not None and not any(item.assignee_id for item in about or file.items):
        return Step(say("Take this case"), say("It is with nobody yet. While it is with you, others see that."), take=free)
    holder = conduct_holder(g.db, file.case.id)
    if holder is not None and holder.person_id != me:
        return _with_somebody_else(holder)
    if live is not None:
        text = say("A decision is begun. What was typed is kept.")
        return Step(say("Continue the draft"), text, say("Open the draft"), f"/desk/actions/{live.ref}")
    lead = next((item for item in file.items if item.kind == "lead"), None)
    if lead is not None and not questions:
        text = say("Something matches an account that was closed. Look at it, and at what could explain it.")
        return Step(say("A lead waits"), text, say("Look at the lead"), f"/desk/leads/{lead.subject_ref}")
    if any(item.kind in CONDUCT for item in file.items) or any(not q.answer and not q.over for q in questions):
        return _decide(file, questions, ref)
    return _nothing_now(file, actions)


def _with_somebody_else(holder: Holder) -> Step:
    say, who = lang().gettext, holder.handle
    title = say("Reviewer %(handle)s works on this", handle=who)
    if holder.since is None:
        return Step(title, say("They ask, write and decide here. A lead can give it to somebody else."))
    text = say("They have had it since %(when)s. They ask, write and decide here. A lead can give it to somebody else.",
               when=_when(holder.since))
    return Step(title, text)


def _proposed(action: Action, me: UUID) -> Step:
    say = lang().gettext
    mine = any(signature.person_id == me for signature in signatures_of(g.db, action.id))
    title = say("A second person has to sign") if mine else say("Read and sign, or return it")
    text = say("You proposed it, so somebody else reads it.")
    if not mine:
        text = say("You read all of it, then sign or return it with a reason.")
    return Step(title, text, say("Open the proposal"), f"/desk/actions/{action.ref}")


def _decide(file: CaseFile, questions: list[Asking], ref: str) -> Step:
    say = lang().gettext
    state = asked_since_decided(g.db, file.case.id, file.about.id, g.now)
    if state is Asked.NEVER:
        text = say("The rule comes first. Then you ask the person how they see it.")
        return Step(say("Pick the rule"), text, say("Pick the rule"), f"/desk/cases/{ref}/clause")
    clause = next((one.clause for one in reversed(questions) if one.clause), None)
    href, begin = f"/desk/cases/{ref}/clause", None
    if clause is not None:
        begin = {"clause": str(clause.id), "day": reported_day(file).isoformat(), "go": "start"}
    if state is Asked.WAITING:
        until = max((q.until for q in questions if q.until), default=g.now)
        text = say("The person can answer until %(until)s. You can prepare the decision meanwhile.", until=_theirs(file, until))
        return Step(say("Wait for the answer"), text, say("Prepare the decision"), href, begin)
    if clause is None:
        return Step(say("Decide"), say("The person was heard. Pick the rule."), say("Pick the rule"), href)
    text = say("The person was heard about rule %(number)s, %(heading)s.", number=clause.number, heading=clause.heading)
    return Step(say("Decide"), text, say("Start a decision"), href, begin)


def _theirs(file: CaseFile, at: datetime) -> str:
    """Until when the person has time: the end of a day of theirs, or a moment in the reader's time."""
    return lang().until(at, owner_zone(g.db, file.about.id), reader_zone())


def _when(at: datetime) -> str:
    return lang().instant(at, reader_zone())


def _nothing_now(file: CaseFile, actions: list[Action]) -> Step:
    """Nothing about conduct waits for staff: it is decided, or only the dispute goes on, or nothing was begun."""
    say, done = lang().gettext, next((one for one in actions if one.status not in OPEN_DRAFTS), None)
    for item in file.items:
        if item.kind == "appeal":
            text = say("Somebody who had no part in the decision answers it.")
            return Step(say("An appeal waits for its answer"), text, say("Open the appeal"), f"/desk/appeals/{item.subject_ref}")
        if item.kind == "withheld":
            text = say("The person contests what the letter withholds. Somebody who had no part in it answers.")
            return Step(say("A withheld detail is contested"), text, say("Open it"), f"/desk/withheld/{item.subject_ref}")
        if item.kind == "complaint":
            text = say("Whoever reported complains that nothing was done. Somebody who did not close the case answers.")
            return Step(say("A complaint waits for its answer"), text, say("Open the complaint"),
                        f"/desk/complaints/{item.subject_ref}")
        if item.kind == "identity":
            text = say("Documents were sent. What rests on this check ends when our answer is late.")
            return Step(say("An identity check waits for its answer"), text, say("Open the identity check"),
                        f"/desk/identity/{item.subject_ref}")
    if done is not None:
        text = say("An account action was decided here. A dispute of this case goes on by itself.")
        return Step(say("Decided"), text, say("Read the decision"), f"/desk/actions/{done.ref}")
    if file.items:
        text = say("Both sides are heard about the money. Nothing is said against the account.")
        return Step(say("The dispute goes on"), text)
    return Step(say("Nothing waits here"), say("It stays open to read."))
