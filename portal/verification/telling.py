"""What every act of this room shares: the item and its case locked, the owners, and one notice to them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Person
from portal.accounts.queries import person_by_id
from portal.cases.models import Case
from portal.core.errors import Conflict, NotFound, existing
from portal.core.i18n import N_
from portal.core.work import Work
from portal.enforcement.queries import owners_of
from portal.notices.models import Notice
from portal.notices.operations import Compose, tell
from portal.verification.messages import Check
from portal.verification.models import Item
from portal.verification.queries import Asked, ItemView, view_of


def locked_item(work: Work, item_ref: str) -> tuple[Item, Case]:
    """An item and the case of its newest request, locked for this act, the case first. Errors: `NotFound`."""
    case = existing(work.db.scalars(
        select(Case).join(Item, Item.case_id == Case.id).where(Item.ref == item_ref).with_for_update(of=Case)
    ).one_or_none())
    fresh = select(Item).where(Item.ref == item_ref).with_for_update().execution_options(populate_existing=True)
    return work.db.scalars(fresh).one(), case


def require_version(item: Item, version: int) -> None:
    """Errors: `changed` when the item is not as the reviewer saw it."""
    if item.version != version:
        raise Conflict("changed", N_("This changed since you opened the page. It is shown as it is now."))


def check_of(item: Item, asked: Asked) -> Check:
    """What the notices about an item are made from."""
    request = asked.request
    return Check(
        item.ref, item.kind, asked.clause, request.purpose or "", request.alternatives or "", request.new_reason,
        request.new_words,
    )


def newest_check(work: Work, item: Item) -> tuple[ItemView, Check]:
    """The item with its history, and what its newest request says. Errors: `NotFound` when nobody was asked yet."""
    view = view_of(work.db, item)
    if view.newest is None:
        raise NotFound
    return view, check_of(item, view.newest)


def zone_of(work: Work, account_id: UUID) -> str:
    """The time zone of an account's first owner: days end there."""
    owners = owners_of(work.db, account_id)
    return owners[0].zone if owners else "UTC"


def language_of(work: Work) -> str:
    """The language of whoever acts: what they write is kept with it."""
    return person_by_id(work.db, work.actor.person_id).language if work.actor.person_id else "en"


def tell_owners(
    work: Work, event_id: UUID, kind: str, item: Item, case: Case, compose: Compose, also: Person | None = None
) -> list[Notice]:
    """One notice to each owner of the account, and to whoever sent something, leading to the identity check."""
    people = owners_of(work.db, item.account_id)
    return tell(
        work, event_id=event_id, kind=kind, recipients=[*people, also] if also else people, account_id=item.account_id,
        about_ref=item.ref, case_ref=case.ref, target=f"/me/identity/{item.ref}", compose=compose,
    )
