"""Steps of identity checks by the real operations, for tests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from portal.cases.models import PartySide, WorkItem
from portal.core.access import Actor
from portal.core.clock import local_day
from portal.documents.intake import Taken
from portal.documents.operations import open_document, receive_document
from portal.notices.models import Notice
from portal.rulebook.queries import binding_on, clauses_of
from portal.verification.checks import CHECKS
from portal.verification.models import Item
from portal.verification.operations import request_item, review_item, submit_item, take_review
from portal.verification.queries import ItemView, every_item_of, item_by_ref, subject_of, view_of
from tests.factories.market import Market, Staff, Story
from tests.factories.opened import on_record

PURPOSE = "Your payouts are about to pass an amount at which we need to know who is paid."
INSTEAD = "A driving licence\nA residence permit"
FIX = "Photograph the whole page in daylight, with all four corners in the picture."
_numbers = count(1)


def taken(name: str = "passport.png") -> Taken:
    """A file as the intake hands it over."""
    digest = hashlib.sha256(f"{name}{next(_numbers)}".encode()).hexdigest()
    return Taken(name, "image/png", 1234, digest, digest[:32], b"sealed")


@dataclass
class Checks:
    """Tim's case and the steps of one identity check after the other."""

    market: Market
    story: Story
    case_ref: str
    clause_id: Any

    @classmethod
    def begin(cls, market: Market, story: Story) -> Checks:
        tim = story.tim.account
        case = market.make(lambda work: on_record(work, tim.id, [(story.stacy.account.id, PartySide.COUNTERPART)]))
        return cls.of(market, story, case.ref)

    @classmethod
    def of(cls, market: Market, story: Story, case_ref: str) -> Checks:
        """The checks of a case that is there already."""
        with market.office.database.read() as session:
            version = binding_on(session, story.tim.account, "terms-of-service", local_day(market.now, "UTC"))
            assert version
            clause = next(one.id for one in clauses_of(session, version) if one.key == "identity")
        return cls(market, story, case_ref, clause)

    @property
    def tim(self) -> Actor:
        """Tim, who has just shown that it is him."""
        return replace(self.story.tim.actor, stepped_up_at=self.market.now)

    def ask(self, staff: Staff | None = None, **other: Any) -> dict[str, Any]:
        args = {"case_ref": self.case_ref, "item": "identity_document", "clause_version_id": self.clause_id,
                "purpose": PURPOSE, "alternatives": INSTEAD} | other
        return self.market.do(request_item, (staff or self.story.rae).actor, **args)

    def reported(self) -> None:
        """Stacy contests and reports, and Rae has the case in hand: only then its pages can be read."""
        self.market.dispute(self.story.stacy, self.story.contract, report=True)
        self.market.take(self.story.rae, self.case_ref)

    def view(self, item_ref: str) -> ItemView:
        with self.market.office.database.read() as session:
            return view_of(session, item_by_ref(session, item_ref))

    def upload(self, item_ref: str, actor: Actor | None = None) -> str:
        view = self.view(item_ref)
        made = self.market.do(
            receive_document, actor or self.tim, account_id=view.item.account_id, case_ref=self.case_ref,
            subject_ref=subject_of(view), taken=taken(),
        )
        return str(made["document"])

    def send(self, item_ref: str, actor: Actor | None = None, note: str = "") -> dict[str, Any]:
        who = actor or self.tim
        return self.market.do(submit_item, who, item_ref=item_ref, documents=[self.upload(item_ref, who)], note=note)

    def take(self, item_ref: str, staff: Staff | None = None) -> None:
        who = (staff or self.story.rae).actor
        self.market.do(take_review, who, item_ref=item_ref, version=self.view(item_ref).item.version)

    def open_all(self, item_ref: str, staff: Staff | None = None) -> None:
        last = self.view(item_ref).last
        assert last
        for ref in last.documents:
            self.market.do(open_document, (staff or self.story.rae).actor, document_ref=ref, purpose="identity")

    def answer(self, item_ref: str, staff: Staff | None = None, **args: Any) -> dict[str, Any]:
        who = (staff or self.story.rae).actor
        return self.market.do(review_item, who, item_ref=item_ref, version=self.view(item_ref).item.version, **args)

    def reject(self, item_ref: str, **other: Any) -> dict[str, Any]:
        """Takes, opens and turns down what was sent."""
        self.take(item_ref)
        self.open_all(item_ref)
        wrong = {"outcome": "rejected", "code": "cut_off", "what_to_fix": FIX, "alternatives": INSTEAD} | other
        return self.answer(item_ref, **wrong)

    def accept(self, item_ref: str, until: date | None = None) -> dict[str, Any]:
        self.take(item_ref)
        self.open_all(item_ref)
        day = until or (self.market.now + timedelta(days=700)).date()
        return self.answer(item_ref, outcome="accepted", accepted_until=day)

    def accepted(self, **other: Any) -> str:
        """A whole check: asked, sent, accepted."""
        item_ref = str(self.ask(**other)["item"])
        self.send(item_ref)
        self.accept(item_ref)
        return item_ref

    def notices(self, kind: str) -> list[Notice]:
        with self.market.office.database.read() as session:
            return list(session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.id)))

    def lines(self) -> list[tuple[str, str]]:
        """What waits in the queue: (kind, what it is about)."""
        with self.market.office.database.read() as session:
            rows = session.scalars(select(WorkItem).where(WorkItem.closed_at.is_(None)).order_by(WorkItem.id))
            return [(row.kind, row.subject_ref) for row in rows]

    def every(self) -> list[ItemView]:
        with self.market.office.database.read() as session:
            return every_item_of(session, self.story.tim.account.id)

    def violations(self) -> list[str]:
        with self.market.office.database.read() as session:
            return [line for check in CHECKS for line in check(session)]


__all__ = ["FIX", "INSTEAD", "PURPOSE", "Checks", "Item", "taken"]
