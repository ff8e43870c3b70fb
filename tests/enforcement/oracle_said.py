"""What pages and exports have to say of accounts, from plain rows alone: beside `oracle.py`, and without a rule of the product.

Only the wording is asked of the product: the sentence for a state, a day and an amount in the reader's language.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Member, Person
from portal.accounts.roles import MONEY
from portal.cases.models import LegalOrder
from portal.contracts.models import Contract, Earning
from portal.core.i18n import Language, language
from portal.core.labels import label
from portal.core.money import Money
from portal.enforcement.models import Action, ActionOrder, Restriction, RestrictionChange, Silence
from portal.enforcement.taken_words import CALLED, named
from portal.ledger.models import Book, Claim, Hold, Transfer
from portal.log.models import Event
from portal.notices.models import Delivery, Notice
from portal.web.desk.words import STATES
from tests.enforcement.oracle import ORDER, STATE, Books

DAY = timedelta(hours=24)
MEASURES = list(STATE)
FREE = {"good": "In good standing", "warned": "Warning", "restricted": "Partly restricted", "terminated": "Closed"}
SAID_AS = {"statement": "statement", "counterpart_action": "fixed words for the other side",
           "account_applies": "what applies, for the other members",
           "account_changed": "that something has changed, for the other members"}


class Said:
    """What has to be read, worked out from rows."""

    def __init__(self, books: Books, session: Session) -> None:
        self.b = books
        self.members = list(session.scalars(sa.select(Member).where(Member.ended_at.is_(None))))
        self.people = {one.id: one for one in session.scalars(sa.select(Person))}
        self.accounts = {one.id: one for one in session.scalars(sa.select(Account))}
        self.contracts = {one.id: one for one in session.scalars(sa.select(Contract))}
        self.silent = set(session.scalars(sa.select(Silence.action_id).where(Silence.ended_at.is_(None))))
        last_days = sa.select(ActionOrder.action_id, ActionOrder.revision, LegalOrder.ends_on).join(
            LegalOrder, ActionOrder.order_id == LegalOrder.id)
        self.own_end = {(row[0], row[1]): row[2] for row in session.execute(last_days)}
        amounts = sa.select(ActionOrder.action_id).join(LegalOrder, ActionOrder.order_id == LegalOrder.id)
        self.blocks = set(session.scalars(amounts.where(LegalOrder.amount_minor.is_not(None))))
        self.events = {one.id: one for one in books.rows[Event]}
        self.books = {one.id: one for one in session.scalars(sa.select(Book))}
        self.clears = dict(session.execute(sa.select(Earning.id, Earning.clears_at)).all())
        self.has: dict[Any, int] = defaultdict(int)
        for one in session.scalars(sa.select(Transfer)):
            self.has[one.debit_id] -= one.amount_minor
            self.has[one.credit_id] += one.amount_minor
        self.at: dict[Any, dict[str, Delivery]] = defaultdict(dict)
        for one in books.rows[Delivery]:
            if one.notice_id is not None:
                self.at[one.notice_id][one.channel] = one

    # Standing

    def applying(self, account_id: Any, member_id: Any = None) -> list[Action]:
        """What applies to an account, or to one member of it, now."""
        return [one for one in self.b.said if one.account_id == account_id and one.member_id in (None, member_id)
                and self.b.applies(one)]

    def until(self, account_id: Any, member_id: Any = None) -> Any:
        state = self.b.standing(account_id, member_id)
        ends = [self.last(one) for one in self.applying(account_id, member_id) if STATE[one.measure] == state]
        return None if None in ends else max(ends, default=None)

    def last(self, action: Action) -> Any:
        """When the last of it ends: what is still to be looked at again can go on to its own last day, and so does blocked
        money."""
        over = {one.restriction_id: one.at for one in self.b.rows[RestrictionChange] if one.kind in ("lifted", "reversed")}
        rows = [one for one in self.b.rows[Restriction] if one.action_id == action.id]
        newest = {one.scope: one for one in sorted(rows, key=lambda one: one.id)}.values()
        ends = []
        for one in newest:
            own = one.ends_at or one.review_at
            looks = one.review_at is not None and one.id not in over and own is not None and own > self.b.now
            ends.append(action.ends_at if looks else min([at for at in (own, over.get(one.id)) if at is not None], default=None))
        if action.ends_at is None or not ends or None in ends or action.id in self.blocks:
            return action.ends_at
        return min(action.ends_at, max(ends))

    def takes(self, action: Action) -> list[Restriction]:
        return [one for one in self.b.rows[Restriction] if one.action_id == action.id and self.b.restricts(one)]

    def member_of(self, account_id: Any, person: Person) -> Member | None:
        found = [one for one in self.members if (one.account_id, one.person_id) == (account_id, person.id)]
        return found[0] if found else None

    def goes_on(self, action: Action) -> bool:
        over = self.b.over(action)
        return action.status == "issued" and (over is None or over > self.b.now)

    def sent(self, notice: Notice) -> bool:
        """In the inbox and taken by the mail server, or a day in the inbox."""
        inbox, mail = (self.at[notice.id].get(one) for one in ("inbox", "email"))
        if inbox is None or inbox.delivered_at is None:
            return False
        return bool(mail is not None and mail.delivered_at is not None) or inbox.delivered_at + DAY <= self.b.now

    def statement_sent(self, ref: str) -> bool:
        return any(self.sent(one) for one in self.b.rows[Notice] if one.about_ref == ref and one.kind == "statement")

    # Money

    def amounts(self, account_id: Any) -> dict[str, int]:
        """What an account has, in the smallest unit: free, being cleared, on hold."""
        found = {"available": 0, "pending": 0, "held": 0}
        for book in (one for one in self.books.values() if one.owner_id == account_id):
            if book.kind == "held":
                found["held"] += self.has[book.id]
            if book.kind == "earning":
                found["available" if self.clears[book.earning_id] <= self.b.now else "pending"] += self.has[book.id]
        return found

    def holds(self, account_id: Any) -> list[Hold]:
        return [one for one in self.b.rows[Hold] if one.account_id == account_id and one.ended_at is None and one.amount_minor]

    # What each reader reads

    def own(self, person: Person, account: Account) -> dict[str, Any]:
        """`/me` of one of that person's accounts."""
        lang, me = language(person.language), self.member_of(account.id, person)
        assert me is not None
        theirs = [one for one in self.b.said if one.account_id == account.id]
        mine = [one for one in theirs if one.member_id in (None, me.id) or me.role == "owner"]
        told = [one for one in mine if one.id not in self.silent]
        now = [one for one in told if self.b.applies(one)]
        shown = [one for one in told if self.goes_on(one)]
        ahead = [one for one in shown if one.effective_at > self.b.now]
        paused = [one for one in shown if one not in now and one not in ahead]
        until = [one for one in now + ahead if one.ends_at and one.measure in ("suspension", "restriction")]
        taken = [self._taken(lang, one) for one in now + ahead if one.measure == "restriction"]
        held = self.amounts(account.id)["held"] if me.role in MONEY else 0
        return {
            "standing": self._chip(lang, person, account.id, me.id, paused), "letters": sorted(one.ref for one in shown),
            "ends": sorted(self._end(lang, person, one) for one in until), "takes": sorted(one for one in taken if one),
            "silent": any(one.id in self.silent and self.b.applies(one) for one in mine),
            "held": [lang.money(Money(held, "USD"))] if held else [],
        }

    def _taken(self, lang: Language, action: Action) -> str:
        """What a restriction takes now, in the words of its letter."""
        rows = sorted(self.takes(action), key=lambda one: one.id)
        return named([one.scope for one in rows if one.scope in CALLED], lang)

    def _end(self, lang: Language, person: Person, action: Action) -> str:
        if action.nature == "protective":
            return lang.until(self.last(action), self.zone(action.account_id), person.zone)
        return lang.last_day(self.last(action), person.zone)

    def zone(self, account_id: Any) -> str:
        owners = [one for one in self.members if one.account_id == account_id and one.role == "owner"]
        return self.people[min(owners, key=lambda one: (one.created_at, one.id)).person_id].zone

    def _chip(self, lang: Language, person: Person, account_id: Any, member_id: Any, paused: list[Action]) -> str:
        state, until = self.b.standing(account_id, member_id), self.until(account_id, member_id)
        worst = {one.nature for one in self.applying(account_id, member_id) if STATE[one.measure] == state}
        if state == "good":
            return lang.gettext("Decision paused" if paused else FREE[state])
        if worst == {"protective"}:
            return lang.gettext("Protected until %(until)s", until=lang.until(until, person.zone))
        if state == "suspended" and until is not None:
            return lang.gettext("Suspended until %(until)s", until=lang.until(until, person.zone))
        return lang.gettext(FREE.get(state, "Suspended"))

    def money(self, person: Person, account: Account) -> dict[str, Any]:
        """`/me/funds` of one account: each amount under its word; nothing for whom its money is nothing to look after."""
        me, lang, has = self.member_of(account.id, person), language(person.language), self.amounts(account.id)
        if me is None or me.role not in MONEY:
            return {}
        names = {"available": "Available", "held": "On hold", "pending": "Being cleared"}
        shown = [name for name in names if has["pending"] or name != "pending"]
        parts = {lang.gettext(names[name]): lang.money(Money(has[name], "USD")) for name in shown} if any(has.values()) else {}
        return {"parts": parts, "holds": sorted(lang.money(Money(one.amount_minor, "USD")) for one in self.holds(account.id))}

    def other(self, reader: Person, account: Account) -> dict[str, Any]:
        """`/collaborators/<ref>`, for somebody with a paid contract that began before everything that was decided."""
        lang, theirs = language(reader.language), {one.account_id for one in self.members if one.person_id == reader.id}
        between = {key for key, one in self.contracts.items() if {one.client_id, one.freelancer_id} <= theirs | {account.id}
                   and account.id in (one.client_id, one.freelancer_id)}
        claims = {one.id: one for one in self.b.rows[Claim]}
        holds = [one for one in self.b.rows[Hold] if one.ended_at is None and one.claim_id is not None
                 and claims[one.claim_id].contract_id in between and self._may_know(one)]
        caused = {self.events[one.cause_event_id].subject_ref for one in holds}
        known = [one for one in self.applying(account.id) if self._tells(one, caused) and self.statement_sent(one.ref)]
        return {
            "chip": self._availability(lang, account, known),
            "holds": sorted(lang.money(Money(one.amount_minor, "USD")) for one in holds),
        }

    def _may_know(self, hold: Hold) -> bool:
        cause = self.events[hold.cause_event_id]
        return cause.kind in ("dispute.opened", "chargeback.received") or self.statement_sent(cause.subject_ref or "")

    def _tells(self, action: Action, caused: set[Any]) -> bool:
        """Whether it makes somebody unavailable, or touches a contract or money of the reader."""
        left = {one.scope for one in self.takes(action)}
        return action.measure in ("suspension", "termination") or (
            action.measure == "restriction" and ("new_contracts" in left or action.ref in caused))

    def _availability(self, lang: Language, account: Account, known: list[Action]) -> str:
        worst = max((one.measure for one in known), key=MEASURES.index, default=None)
        ends = [self.last(one) for one in known]
        until = None if None in ends else max(ends, default=None)
        day = {"until": lang.until(until, self.zone(account.id))} if until else {}
        if worst is None:
            return lang.gettext("Available")
        if worst == "termination":
            return lang.gettext("Account closed")
        words = "Not available" if worst == "suspension" else "Partly restricted"
        return lang.gettext(f"{words} until %(until)s", **day) if until else lang.gettext(words)

    def case(self, reader: Person, case_id: Any, account: Account) -> dict[str, Any]:
        """The desk's page of a case."""
        lang, held = language(reader.language), []
        for claim in sorted((one for one in self.b.rows[Claim] if one.case_id == case_id), key=lambda one: one.id):
            mine = sorted((one for one in self.b.rows[Hold] if one.claim_id == claim.id), key=lambda one: one.id)
            held.append(mine[-1].amount_minor if mine and mine[-1].ended_at is None else 0)
        state = lang.gettext(STATES[self.b.standing(account.id)][0])
        return {"standing": state, "held": [lang.money(Money(one, "USD")) for one in held]}

    def action(self, reader: Person, action: Action) -> dict[str, Any]:
        """The desk's page of an issued decision."""
        lang, name = language(reader.language), self.accounts[action.account_id].name
        state = lang.gettext(STATES[self.b.standing(action.account_id, action.member_id)][0])
        facts = {"overturned": action.reversed_at, "lifted": action.lifted_at, "replaced": action.id in self.b.next}
        became = next((word for word, fact in facts.items() if fact), "")
        chips = [label(lang, "ActionStatus", action.status), *([lang.gettext(became)] if became else []),
                 lang.gettext("%(name)s is %(state)s now", name=name, state=state)]
        open_end = not (became or action.withdrawn_at) and action.ends_at is not None
        told = [one for one in self.b.rows[Notice] if one.about_ref == action.ref]
        return {
            "chips": chips, "ends": lang.last_day(action.ends_at, self.zone(action.account_id)) if open_end else "",
            "told": sorted((lang.gettext(SAID_AS.get(one.kind, one.kind.replace("_", " "))), self._arrived(lang, one),
                            self.people[one.recipient_id].name) for one in told),
        }

    def _arrived(self, lang: Language, notice: Notice) -> str:
        inbox = self.at[notice.id].get("inbox")
        held_back = inbox is not None and inbox.result == "failed"
        return lang.gettext("not told" if held_back else "sent" if self.sent(notice) else "on its way")

    def inbox(self, person: Person, most: int = 50) -> list[str]:
        theirs = [one for one in self.b.rows[Notice] if one.recipient_id == person.id]
        arrived = [one for one in theirs if "inbox" in self.at[one.id] and self.at[one.id]["inbox"].delivered_at is not None]
        return [str(one.id) for one in sorted(arrived, key=lambda one: (one.created_at, one.id), reverse=True)][:most]

    def letter(self, action: Action) -> list[tuple[str, str]]:
        """What the letter of a decision that applies takes away."""
        return sorted((one.scope, self.end(action, one) or one.review_at.isoformat()) for one in self.takes(action))  # type: ignore[union-attr]

    def end(self, action: Action, one: Restriction) -> str | None:
        """When one thing is given back: on its own day, or with the decision where that ends before."""
        ends = [at for at in (one.ends_at, action.ends_at) if at is not None]
        return min(ends).isoformat() if one.ends_at is not None else None


assert set(ORDER) == set(STATES), "every standing has its word at the desk"
