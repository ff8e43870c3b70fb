"""Where somebody's money is paid to, as they change it themselves: sealed, with a hint to show, usable after a wait."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.money import require_money_role
from portal.accounts.queries import account_by_id
from portal.accounts.roles import MONEY, holders_of
from portal.core.access import Permission, Role, require_account
from portal.core.errors import RuleBroken, existing
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.work import Work
from portal.ledger.earnings import DESTINATION_SEAL
from portal.ledger.messages import PlaceFacts, destination_added, destination_ended
from portal.ledger.models import Destination
from portal.ledger.rules import after
from portal.log.operations import Row, add, record
from portal.notices.operations import Compose, tell
from portal.rulebook.queries import promise

MOST = 10
SHORTEST, LONGEST = 6, 34
_NUMBER = re.compile(rf"[A-Z0-9]{{{SHORTEST},{LONGEST}}}\Z")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\Z")


def add_own_destination(work: Work, *, account_id: UUID, number: str) -> dict[str, Any]:
    """Puts a bank account on file, sealed; everybody of the account is told at once, at their address on file.

    It can be used after 72 hours, added in a session that a link opened after 30 days. Errors: `StepUpNeeded`,
    `not_your_money`, `not_a_number`, `number_typo` for an IBAN whose check digits are wrong, `place_known`,
    `places_many`, `NotFound`. Promises: new_destination, link_destination.
    """
    work.require(Permission.MANAGE_DESTINATIONS)
    require_account(work.actor, account_id)
    require_money_role(work, account_id)
    account, clear = account_by_id(work.db, account_id), read_number(number)
    live = _live(work, account_id)
    if clear in {_opened(work, one) for one in live}:
        raise RuleBroken("place_known", N_("This account is on file already."), field="number")
    if len(live) >= MOST:
        message = N_("There are %(most)s places on file. Take one away before you add another.")
        raise RuleBroken("places_many", message, field="number", most=MOST)
    wait = promise(work, "link_destination" if Role.LINK in work.actor.roles else "new_destination")
    place = add(work, Destination(
        ref=new_ref("B"), account_id=account_id, sealed=work.keyring.seal(DESTINATION_SEAL, clear.encode()),
        hint=hint_of(clear), on_file_since=work.now, usable_from=after(work.now, wait.length, wait.unit),
    ))
    event_id = new_id()
    notices = _tell(work, event_id, "destination_added", account, place, destination_added(PlaceFacts.of(place)))
    record(work, "destination.added", account.ref, rows=[place, *notices], event_id=event_id, destination=place.ref)
    return {"destination": place.ref}


def end_destination(work: Work, *, account_id: UUID, destination_ref: str) -> dict[str, Any]:
    """Takes a place away: no payout can go there any more; one that is under way still arrives. Everybody is told.

    Whoever takes away one that money can go to shows again that it is them, for a new one waits. One that waits itself, which
    perhaps somebody else has added, goes at once. Taken away already: nothing happens.
    Errors: `StepUpNeeded`, `not_your_money`, `NotFound`.
    """
    work.require(Permission.REQUEST_PAYOUT)
    require_account(work.actor, account_id)
    require_money_role(work, account_id)
    place = existing(work.db.scalars(select(Destination).where(
        Destination.ref == destination_ref, Destination.account_id == account_id
    ).with_for_update()).one_or_none())
    if place.ended_at is None and place.usable_from <= work.now:
        work.require(Permission.MANAGE_DESTINATIONS)
    if place.ended_at is None:
        place.ended_at = work.now
        account, event_id = account_by_id(work.db, account_id), new_id()
        notices = _tell(work, event_id, "destination_ended", account, place, destination_ended(PlaceFacts.of(place)))
        record(work, "destination.ended", account.ref, rows=[(place, "ended"), *notices], event_id=event_id,
               destination=place.ref)
    return {"destination": place.ref}


def read_number(text: str) -> str:
    """The number of a bank account without spaces. Errors: `not_a_number`, `number_typo`."""
    clear = "".join(text.split()).replace("-", "").upper()
    if not _NUMBER.match(clear) or not any(sign.isdigit() for sign in clear):
        message = N_("Write the IBAN, or the account number with its bank code: %(least)s to %(most)s letters and digits.")
        raise RuleBroken("not_a_number", message, field="number", least=SHORTEST, most=LONGEST)
    if _IBAN.match(clear) and int("".join(str(int(sign, 36)) for sign in clear[4:] + clear[:4])) % 97 != 1:
        message = N_("There is a mistake in this IBAN: its check digits do not fit. Compare it with your bank's paper.")
        raise RuleBroken("number_typo", message, field="number")
    return clear


def hint_of(clear: str) -> str:
    """What is kept to be shown of a number: `IBAN ES … 4711`, else its last four signs (`Language.place` says the rest)."""
    return f"IBAN {clear[:2]} … {clear[-4:]}" if _IBAN.match(clear) else f"… {clear[-4:]}"


def _live(work: Work, account_id: UUID) -> list[Destination]:
    query = select(Destination).where(Destination.account_id == account_id, Destination.ended_at.is_(None))
    return list(work.db.scalars(query.order_by(Destination.id).with_for_update()))


def _opened(work: Work, place: Destination) -> str:
    """What is sealed, to be compared; nothing where it cannot be opened any more."""
    try:
        return "".join(work.keyring.open(DESTINATION_SEAL, place.sealed).decode().split()).upper()
    except InvalidTag:
        return ""


def _tell(work: Work, event_id: UUID, kind: str, account: Account, place: Destination, compose: Compose) -> list[Row]:
    return list(tell(
        work, event_id=event_id, kind=kind, recipients=holders_of(work.db, account.id, MONEY), account_id=account.id,
        about_ref=place.ref, target="/me/funds/destinations", compose=compose,
    ))
