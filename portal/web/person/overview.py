"""What the person's own page says of one account: standing, what is asked of them, what they wait for, what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import g

from portal.accounts.models import Account
from portal.appeals.models import LIVE, Appeal, AppealKind, AppealState
from portal.appeals.own import reads_appeal
from portal.appeals.queries import appeals_of_account
from portal.cases.need_models import Need
from portal.cases.queries import Question
from portal.cases.report_models import IncomingReport
from portal.disputes.chargeback_queries import ChargebackView, chargeback_view, chargebacks_of_account
from portal.disputes.queries import DisputeView, disputes_of_account, view_of
from portal.enforcement.corrected import said_anew
from portal.enforcement.looking import MyReport, ReportAnswer, my_incoming, my_reports, reports_answered
from portal.enforcement.members import known_among, own_member, questions_to, seen_among
from portal.enforcement.models import Measure, Nature
from portal.enforcement.needs import needs_of
from portal.enforcement.queries import Standing, actions_of_account, standing
from portal.enforcement.rules import STATE_OF
from portal.enforcement.silence import silent_among
from portal.enforcement.succession import replaced_among
from portal.enforcement.telling import LOOK_UP
from portal.ledger.models import PayoutState
from portal.ledger.payout_queries import PayoutView, payouts_of
from portal.ledger.queries import Funds, funds
from portal.notices.queries import InboxLine, leading_to
from portal.rulebook.queries import CitedClause
from portal.web.person.coming_back import WayBack
from portal.web.person.decided import Decided, decision
from portal.web.person.hearings import Hearings, hearings
from portal.web.person.questions import rule_of as rule_of_question
from portal.web.person.redress import Check, Contest, checks, contests
from portal.web.person.rulings import Ruled, rulings_of
from portal.web.person.scope import by_link, looks_after, only_case, sees_case
from portal.web.person.ways import WayOn, awaited, to_join, ways_on
from portal.web.shell import guard
from portal.web.shell.letter import NOW_OR_AHEAD

UNDER_WAY = (PayoutState.REQUESTED, PayoutState.OVERDUE)


@dataclass(frozen=True, slots=True)
class Asked:
    """Our question with the rule that it is about."""

    question: Question
    rule: CitedClause | None

    @property
    def late(self) -> bool:
        answer_by = self.question.answer_by
        return bool(answer_by is not None and answer_by <= g.now)


@dataclass(frozen=True, slots=True)
class Overview:
    """One account as its member sees it."""

    account: Account
    standing: Standing
    decided: tuple[Decided, ...]
    asked: tuple[Asked, ...]
    disputes: tuple[DisputeView, ...]
    heard: Hearings
    rulings: dict[UUID, Ruled]
    reports: tuple[MyReport, ...]
    incoming: tuple[IncomingReport, ...]
    answers: dict[str, ReportAnswer]
    funds: tuple[Funds, ...]
    payouts: tuple[PayoutView, ...]
    appeals: tuple[Contest, ...]
    complaints: tuple[Appeal, ...]
    withheld: tuple[Appeal, ...]
    called_back: tuple[ChargebackView, ...]
    checks: tuple[Check, ...]
    told: tuple[InboxLine, ...]
    anew: tuple[tuple[str, str, datetime], ...]
    ways: tuple[WayOn, ...] = ()
    silent: bool = False
    needs: tuple[Need, ...] = ()

    @property
    def to_read(self) -> list[InboxLine]:
        """What the person was told of somebody they work with and has not read, newest first."""
        return [one for one in self.told if one.informed_at is None]

    @property
    def in_effect(self) -> list[Decided]:
        return [one for one in self.decided if one.effect in NOW_OR_AHEAD]

    @property
    def closes(self) -> Decided | None:
        """The decision that ends the account on a day that is still to come."""
        return next((one for one in self.decided if one.effect == "ahead" and one.action.measure == Measure.TERMINATION), None)

    @property
    def begins(self) -> Decided | None:
        """The decision that restricts a part of the account from a day on that is still to come."""
        return next((one for one in self.decided if one.effect in ("ahead", "between") and one.later), None)

    @property
    def nature(self) -> str:
        """Why the account is in its standing: one nature, where nothing else leads to it; else what somebody did."""
        order = [Measure.WARNING, Measure.RESTRICTION, Measure.SUSPENSION, Measure.TERMINATION]
        worst = max((order.index(Measure(one.measure)) for one in self.standing.actions), default=-1)
        found = [one.nature for one in self.standing.actions if order.index(Measure(one.measure)) == worst]
        return found[0] if len(set(found)) == 1 else Nature.CONDUCT.value

    @property
    def only_me(self) -> bool:
        """Whether what weighs most is about the reader as one member of the account, and not about the account."""
        worst = [one for one in self.standing.actions if STATE_OF[Measure(one.measure)] == self.standing.state]
        return bool(worst) and all(one.member_id is not None for one in worst)

    @property
    def paused(self) -> list[Decided]:
        return [one for one in self.decided if one.effect == "paused"]

    @property
    def ways_back(self) -> list[tuple[Decided, WayBack]]:
        """The way to come back after each termination that still closes something, or was ended by a request."""
        return [(one, one.back) for one in self.decided if one.back is not None]

    @property
    def live_appeals(self) -> list[Contest]:
        """Appeals that are not answered yet: those that wait for the person first, then by the nearest date."""
        live = [one for one in self.appeals if one.live]
        return sorted(live, key=lambda one: (not one.waits_for_me, one.due or g.now))

    @property
    def answered(self) -> list[Contest]:
        """Appeals answered lately."""
        return [one for one in self.appeals if one.lately]

    @property
    def to_show(self) -> list[Check]:
        """Identity checks that wait for the person."""
        return [one for one in self.checks if one.shown.to_send]

    @property
    def shown_to_us(self) -> list[Check]:
        """Identity checks that wait for our answer."""
        return [one for one in self.checks if one.with_us]

    @property
    def for_me(self) -> bool:
        """Whether anything waits for the person."""
        asked = any(one.waits_for_me for one in self.live_appeals)
        asked = asked or any(one.state == AppealState.WAITING for one in (*self.complaints, *self.withheld))
        asked = asked or bool(self.heard.to_reply or self.heard.to_settle)
        asked = asked or any(way.waits_for_me for _one, way in self.ways_back)
        return bool(asked or self.to_answer or self.contested or self.to_choose or self.to_show)

    @property
    def to_answer(self) -> list[Asked]:
        """Questions without an answer, the most urgent first."""
        waiting = [one for one in self.asked if one.question.answer is None and not self._over(one)]
        return sorted(waiting, key=lambda one: one.question.answer_by or one.question.message.sent_at)

    @property
    def being_read(self) -> list[Asked]:
        """Answers about which nothing has been decided yet."""
        return [one for one in self.asked if one.question.answer is not None and not self._over(one)]

    def _over(self, asked: Asked) -> bool:
        """Whether it was closed, or decided: what is done first, to protect or by law decides no question."""
        message, decided = asked.question.message, (one.action for one in self.decided)
        return asked.question.closed_at is not None or any(
            one.case_id == message.case_id and one.issued_at and one.issued_at >= message.sent_at
            and one.nature == Nature.CONDUCT and not one.interim for one in decided
        )

    @property
    def contested(self) -> list[DisputeView]:
        """Disputes that this side should answer, the most urgent first."""
        mine = [view for view in self.disputes if view.can_answer]
        return sorted(mine, key=lambda view: view.dispute.answer_by)

    @property
    def banks(self) -> list[ChargebackView]:
        """Payments that a bank calls back and has not decided."""
        return [one for one in self.called_back if one.open]

    @property
    def open_disputes(self) -> list[DisputeView]:
        return [view for view in self.disputes if view.dispute.ended_at is None]

    @property
    def ruled(self) -> list[Ruled]:
        """Disputes that we decided and that are not carried out yet."""
        return [self.rulings[view.dispute.id] for view in self.open_disputes if view.dispute.id in self.rulings]

    @property
    def to_choose(self) -> list[Ruled]:
        """Our decisions that this side can accept or ask to have looked at again, the most urgent first."""
        mine = [one for one in self.ruled if one.to_choose]
        return sorted(mine, key=lambda one: one.outcome.accept_by or g.now)

    @property
    def ways_awaited(self) -> list[WayOn]:
        """How this side wants contracts to go on, while the other side has not chosen the same."""
        return awaited(self.ways)

    @property
    def ways_to_join(self) -> list[WayOn]:
        """How the other side wants them to go on."""
        return to_join(self.ways)

    @property
    def available(self) -> list[Funds]:
        """What its reader can withdraw; of an account whose money somebody else looks after nothing is read."""
        return [one for one in self.funds if one.available]

    @property
    def decides(self) -> bool:
        """Whether its reader decides about its money."""
        return looks_after(self.account.id)

    @property
    def under_way(self) -> list[PayoutView]:
        return [one for one in self.payouts if one.payout.state in UNDER_WAY]


def overview(account: Account) -> Overview:
    """Everything about one account; in a link's session only what belongs to its case."""
    mine_here = own_member(g.db, account.id, guard.person().id)
    state, case_id = standing(g.db, account.id, g.now, mine_here), only_case()
    known = known_among(g.db, actions_of_account(g.db, account.id), guard.person().id)
    read = {one.id for one in seen_among(g.db, known, guard.person().id)}
    others = {one.member_id for one in known} - {None, mine_here}
    beside = (action for member in others for action in standing(g.db, account.id, g.now, member).actions)
    now = {action.id for action in (*state.actions, *beside)}
    silent = silent_among(g.db, [one.id for one in known])
    mine = [one for one in known if case_id in (None, one.case_id) and one.id not in silent]
    gone = replaced_among(g.db, [one.id for one in mine])
    decided = tuple(
        decision(one, in_effect=one.id in now, replaced_by=gone.get(one.id), letter_read=one.id in read) for one in mine
    )
    paused = [one.action.id for one in decided if one.effect == "paused"]
    disputes, reports, money = tuple(_disputes(account, case_id)), _reports(account), looks_after(account.id)
    incoming = () if by_link() else tuple(my_incoming(g.db, guard.person().id, [account.id]))
    return Overview(
        account=account, standing=state, decided=decided, silent=bool(silent & now),
        asked=tuple(
            Asked(one, rule_of_question(one)) for one in questions_to(g.db, account.id, guard.person().id)
            if sees_case(one.case_ref)
        ),
        disputes=disputes, heard=hearings(disputes), rulings=rulings_of(disputes), reports=reports, incoming=incoming,
        funds=tuple(funds(g.db, account.id, g.now)) if money else (),
        answers=reports_answered(g.db, guard.person().id, [*(one.report.ref for one in reports), *(one.ref for one in incoming)]),
        payouts=tuple(payouts_of(g.db, account.id, limit=10)) if money else (), appeals=contests(account, case_id, paused),
        complaints=_live(account, case_id, AppealKind.INACTION), checks=checks(account), told=_told(account),
        withheld=tuple(one for one in _live(account, case_id, AppealKind.WITHHELD) if one.action_id in read),
        called_back=tuple(_called_back(account, case_id)),
        anew=tuple(said_anew(g.db, [one.action.ref for one in decided if one.letter])), needs=_needs(account),
        ways=() if by_link() else ways_on(account),
    )


def _needs(account: Account) -> tuple[Need, ...]:
    """What the reader told us of danger or need for this account, and did not say is over."""
    return tuple(one for one in needs_of(g.db, guard.actor(), account.id) if one.closed_at is None)


def _live(account: Account, case_id: UUID | None, kind: AppealKind) -> tuple[Appeal, ...]:
    """What the account contests beside its decisions, and is not answered yet."""
    found = (one for one in appeals_of_account(g.db, account.id, kind=kind) if one.state in LIVE)
    return tuple(one for one in found if case_id in (None, one.case_id) and reads_appeal(g.db, one, guard.person().id))


def _told(account: Account) -> tuple[InboxLine, ...]:
    """What the person was told of those the account works with; a link's session is for one case, and shows none."""
    return () if by_link() else tuple(leading_to(g.db, guard.person().id, account.id, LOOK_UP))


def _disputes(account: Account, case_id: UUID | None) -> Iterator[DisputeView]:
    for dispute in disputes_of_account(g.db, account.id) if looks_after(account.id) else ():
        if case_id in (None, dispute.case_id):
            yield view_of(g.db, dispute.ref, guard.actor())


def _called_back(account: Account, case_id: UUID | None) -> Iterator[ChargebackView]:
    for row in chargebacks_of_account(g.db, account.id) if looks_after(account.id) else ():
        if case_id in (None, row.case_id):
            yield chargeback_view(g.db, row.ref, guard.actor())


def _reports(account: Account) -> tuple[MyReport, ...]:
    """What the account reported, newest first; a session that a link opened is for one case, and shows none."""
    return () if by_link() else tuple(my_reports(g.db, guard.person().id, [account.id]))
