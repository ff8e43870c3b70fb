"""What the desk's pages of an appeal, a complaint and a contested withholding have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g

from portal.accounts.models import Account
from portal.accounts.queries import account_by_id, handle_of
from portal.appeals.models import LIVE, Appeal, AppealKind, AppealMessage
from portal.appeals.queries import (
    Shown,
    appeal_by_ref,
    decision_of,
    files_of,
    had_a_part,
    item_of,
    messages_of,
    zone_of,
)
from portal.cases.models import Case, WorkItem
from portal.contracts.ties import is_conflicted
from portal.core.access import Permission, Role, may
from portal.core.errors import NotFound
from portal.documents.queries import ShownExhibit, shown_exhibits, unopened_exhibits
from portal.web.desk.reach import require_reach, require_workable
from portal.web.shell import guard


@dataclass(frozen=True, slots=True, kw_only=True)
class Redress:
    """What somebody asks to be looked at again, with whom it is, and what this reader may do with it."""

    appeal: Appeal
    case: Case
    account: Account
    zone: str
    messages: list[AppealMessage]
    files: list[Shown]
    exhibits: list[ShownExhibit]
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
        return self.appeal.state in LIVE

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


def found(kind: AppealKind, ref: str, *, takes: bool = False) -> Appeal:
    """What was asked for; `takes`: also for whoever takes what is with nobody. Errors: `NotFound` where it is nothing of
    that kind, `OutOfReach`."""
    appeal = appeal_by_ref(g.db, ref)
    if appeal.kind != kind:
        raise NotFound
    reach = require_workable if takes else require_reach
    reach(g.db.get_one(Case, appeal.case_id).ref, appeal.ref if appeal.state in LIVE else "")
    return appeal


def common(appeal: Appeal) -> dict[str, Any]:
    """The fields of `Redress`, read once."""
    me, actor, item = guard.person().id, guard.actor(), item_of(g.db, appeal.ref)
    files, decided = files_of(g.db, appeal.id), decision_of(g.db, appeal.id)
    return {
        "appeal": appeal, "case": g.db.get_one(Case, appeal.case_id), "account": account_by_id(g.db, appeal.account_id),
        "zone": zone_of(g.db, appeal.account_id), "messages": messages_of(g.db, appeal.id), "files": files,
        "exhibits": shown_exhibits(g.db, appeal.case_id), "item": item,
        "unopened": tuple(unopened_exhibits(g.db, [one.exhibit for one in files if one.exhibit], me)),
        "holder": handle_of(g.db, item.assignee_id) if item is not None and item.assignee_id else "",
        "had_a_part": me in had_a_part(g.db, appeal), "conflicted": is_conflicted(g.db, me, appeal.case_id),
        "can": may(actor, Permission.DECIDE), "lead": Role.LEAD in actor.roles,
        "decision": decided[0] if decided and appeal.outcome else None,
    }
