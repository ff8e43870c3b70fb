"""What the desk's pages of an appeal, a complaint, a contested withholding and a request to come back have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import g

from portal.accounts.models import Account
from portal.accounts.queries import account_by_id, handle_of
from portal.appeals.matter import part_in
from portal.appeals.models import LIVE, Appeal, AppealMessage, AppealState
from portal.appeals.own import Matter
from portal.appeals.queries import Shown, decision_of, files_of, item_of, messages_of, zone_of
from portal.appeals.reinstatement_models import ReinstatementMessage
from portal.cases.models import Case, WorkItem
from portal.contracts.ties import is_conflicted
from portal.core.access import Permission, Role, may
from portal.core.errors import NotFound
from portal.documents.queries import ShownExhibit, shown_exhibits, unopened_exhibits
from portal.web.desk.reach import require_reach, require_workable
from portal.web.shell import guard

M = TypeVar("M", bound=Matter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redress(Generic[M]):
    """What somebody asks to be looked at, with whom it is, and what this reader may do with it."""

    sent: M
    case: Case
    account: Account
    zone: str
    messages: Sequence[AppealMessage | ReinstatementMessage]
    files: list[Shown]
    exhibits: Sequence[ShownExhibit] = ()
    unopened: tuple[int, ...]
    item: WorkItem | None
    holder: str
    had_a_part: bool
    conflicted: bool
    can: bool
    lead: bool
    decision: dict[str, Any] | None

    @property
    def live(self) -> bool:
        """Whether it waits for a decision."""
        return self.sent.state in LIVE

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the exhibits that came with it."""
        return tuple(shown.exhibit.number for shown in self.files if shown.exhibit is not None)

    @property
    def names(self) -> dict[int, str]:
        """What its files are called, by exhibit number."""
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
        """Whether the reader may answer it: drawn for them, or they may only give the person everything (DESIGN 2.8)."""
        drawn = self.item is not None and self.item.assignee_id in (None, guard.person().id)
        return self.live and self.can and not self.conflicted and (drawn or self.had_a_part)


def reached(sent: M, *, takes: bool = False) -> M:
    """What was asked for; `takes`: also for whoever takes what is with nobody. Errors: `NotFound` before it was sent,
    `OutOfReach`."""
    if sent.state == AppealState.DRAFT:
        raise NotFound
    reach = require_workable if takes else require_reach
    reach(g.db.get_one(Case, sent.case_id).ref, sent.ref if sent.state in LIVE else "")
    return sent


def common(appeal: Appeal) -> dict[str, Any]:
    """The fields of `Redress` for an appeal of any kind, read once."""
    decided = decision_of(g.db, appeal.id)
    return alike(
        appeal, messages_of(g.db, appeal.id), files_of(g.db, appeal.id), decided[0] if decided and appeal.outcome else None
    ) | {"exhibits": shown_exhibits(g.db, appeal.case_id)}


def alike(
    sent: Matter, messages: Sequence[AppealMessage | ReinstatementMessage], files: list[Shown], decision: dict[str, Any] | None
) -> dict[str, Any]:
    """The fields of `Redress` but for the other exhibits of the case."""
    me, actor, item = guard.person().id, guard.actor(), item_of(g.db, sent.ref)
    return {
        "sent": sent, "case": g.db.get_one(Case, sent.case_id), "account": account_by_id(g.db, sent.account_id),
        "zone": zone_of(g.db, sent.account_id), "messages": messages, "files": files, "item": item, "decision": decision,
        "unopened": tuple(unopened_exhibits(g.db, [one.exhibit for one in files if one.exhibit], me)),
        "holder": handle_of(g.db, item.assignee_id) if item is not None and item.assignee_id else "",
        "had_a_part": me in part_in(g.db, sent), "conflicted": is_conflicted(g.db, me, sent.case_id),
        "can": may(actor, Permission.DECIDE), "lead": Role.LEAD in actor.roles,
    }
