"""Random histories of a rulebook through the real operations: what binds is what the sentence of the promise says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.act import Office
from portal.core.access import WORKER
from portal.core.errors import Refusal
from portal.notices.checks import notice_periods_are_kept, told_rests_on_a_notice
from portal.notices.models import Channel, Delivery, Notice
from portal.notices.operations import open_notice, take_bounce
from portal.notices.rule_changes import ref_of
from portal.notices.told import settle_tellings
from portal.rulebook.accepting import accept_version, report_acceptances
from portal.rulebook.binding import Binds, Standing, binds
from portal.rulebook.checks import corrections_change_no_rule
from portal.rulebook.models import PolicyVersion
from portal.rulebook.queries import TERMS, standings, what_binds
from tests.factories.drawn import draw
from tests.factories.rules import BODY, FIRST, Rulebook
from tests.rulebook.model import NOTICE, History

DAY = timedelta(days=1)
numbers = st.integers(0, 10_000)


@dataclass
class Letter:
    """A notice of a version to the one owner of an account, as the machine saw it fare."""

    arrived: datetime
    mailed: datetime | None = None
    bounced: bool = False
    read: datetime | None = None

    def told(self, now: datetime) -> datetime | None:
        alone = self.arrived + DAY
        sent = alone if self.mailed is None else min(self.mailed, alone)
        known = [at for at in (None if self.bounced else sent, self.read) if at is not None and at <= now]
        return min(known, default=None)


@dataclass
class World:
    """What happened, kept beside the database."""

    rules: Rulebook
    versions: list[PolicyVersion] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    with_mail: dict[Any, bool] = field(default_factory=dict)
    letters: dict[tuple[Any, Any], Letter] = field(default_factory=dict)
    accepted: dict[tuple[Any, Any], datetime] = field(default_factory=dict)
    touched: list[Account] = field(default_factory=list)

    def history(self, account: Account, now: datetime) -> History:
        return History(tuple(self._standing(account, one, now) for one in self.versions), account.joined_on)

    def _standing(self, account: Account, version: PolicyVersion, now: datetime) -> Standing:
        letter, accepted = self.letters.get((account.id, version.id)), self.accepted.get((account.id, version.id))
        told = letter.told(now) if letter else None
        return Standing(
            version.id, version.effective_on, told.date() if told else None, told.date() + NOTICE * DAY if told else None,
            accepted.date() if accepted else None, version.corrects_id,
        )


class Lives(RuleBasedStateMachine):
    """One rulebook and its people, who go on from example to example."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.rules = world, world.rules

    @property
    def now(self) -> datetime:
        return self.rules.office.clock()

    def pick(self, number: int, of: list[Any]) -> Any:
        """One of them: what is drawn must not depend on what earlier examples left."""
        return of[number % len(of)] if of else None

    @rule(ahead=st.integers(0, 40), editorial=st.booleans())
    def publish(self, ahead: int, editorial: bool) -> None:
        number, last = len(self.world.versions), self.world.versions[-1].effective_on
        day = max(last + DAY, self.rules.today(ahead))
        front = "editorial: true\n" if editorial else ""
        rules = sum(one.corrects_id is None for one in self.world.versions) + (not editorial)
        body = BODY.replace("two days", f"{rules} days").replace("freindly", "fri" + "e" * number + "ndly")
        self.rules.write(day, body=body, front=front)
        self.rules.publish()
        self.world.versions.append(self.rules.version(day))

    @rule(ago=st.integers(0, 900), email=st.booleans())
    def join(self, ago: int, email: bool) -> None:
        account = self.rules.join(self.rules.today(-ago), email=email)
        self.world.accounts.append(account)
        self.world.with_mail[account.id] = email

    @rule(down=st.booleans())
    def work(self, down: bool) -> None:
        """A round of the worker; sometimes the mail server is down."""
        self._tell()
        self._send(down)

    def _tell(self) -> None:
        self.rules.tell()
        current = [one for one in self.world.versions if one.corrects_id is None and one.effective_on <= self.rules.today()][-1]
        for version in self.world.versions[1:]:
            if version.corrects_id is None and version.effective_on >= current.effective_on:
                for account in self.world.accounts:
                    key = account.id, version.id
                    if account.joined_on < version.effective_on and key not in self.world.accepted:
                        self.world.letters.setdefault(key, Letter(self.now))

    def _send(self, down: bool) -> None:
        self.rules.office.clock.advance(hours=1)  # type: ignore[attr-defined]
        self.rules.mailer.down = down
        self.rules.send()
        for (account_id, _), letter in self.world.letters.items():
            if not down and self.world.with_mail[account_id] and letter.mailed is None:
                letter.mailed = self.now

    @rule(days=st.integers(1, 25))
    def wait(self, days: int) -> None:
        self.rules.office.clock.advance(days=days)  # type: ignore[attr-defined]

    @rule(number=numbers)
    def come_back(self, number: int) -> None:
        fresh = [key for key, one in self.world.letters.items() if one.mailed and self.now - one.mailed < 6 * DAY]
        key = self.pick(number, fresh)
        if key is not None:
            self.world.touched.append(next(one for one in self.world.accounts if one.id == key[0]))
            mail = self._mail(*key)
            told = {"message_id": mail.message_id, "recipients": [mail.target], "detail": "550"}
            if self._tried(take_bounce, WORKER, **told):
                self.world.letters[key].bounced = True

    @rule(number=numbers)
    def read(self, number: int) -> None:
        key = self.pick(number, list(self.world.letters))
        if key is not None:
            account = next(one for one in self.world.accounts if one.id == key[0])
            self.rules.do(open_notice, self.rules.actor(account), notice_id=self._mail(*key, Channel.INBOX).notice_id)
            self.world.letters[key].read = self.world.letters[key].read or self.now

    @rule(who=numbers, what=numbers, ago=st.integers(0, 100), here=st.booleans())
    def accept(self, who: int, what: int, ago: int, here: bool) -> None:
        account, version = self.pick(who, self.world.accounts), self.pick(what, self.world.versions)
        if account is None:
            return
        at = self.now if here else self.now - ago * DAY
        if here:
            self.rules.do(accept_version, self.rules.actor(account), account_id=account.id, version_id=version.id)
        else:
            fact = {"account": str(account.id), "version": str(version.id), "accepted_at": at.isoformat()}
            self.rules.do(report_acceptances, facts=[fact])
        self.world.accepted.setdefault((account.id, version.id), at)

    def _tried(self, operation: Any, actor: Any, **args: Any) -> bool:
        try:
            self.rules.do(operation, actor, **args)
        except Refusal:
            return False
        return True

    def _mail(self, account_id: Any, version_id: Any, channel: Channel = Channel.EMAIL) -> Delivery:
        with self.rules.office.database.read() as session:
            return session.scalars(
                select(Delivery).join(Notice, Delivery.notice_id == Notice.id)
                .where(Notice.account_id == account_id, Delivery.channel == channel, Notice.about_ref == ref_of(version_id))
            ).one()

    @invariant()
    def what_binds_is_the_sentence(self) -> None:
        while self.rules.do(settle_tellings, WORKER)["looked_at"]:
            pass
        with self.rules.office.database.read() as session:
            for account in (*self.world.accounts[-2:], *self.world.touched[-2:]):
                history, known = self.world.history(account, self.now), standings(session, account, TERMS)
                for day in self._days(account):
                    bound = what_binds(session, account, TERMS, day)
                    citable = [n for n in range(len(history.versions)) if history.model(n, day)]
                    assert (bound.version_id if isinstance(bound, Binds) else None) == (
                        history.versions[citable[-1]].version_id if citable else None
                    ), (account.joined_on, day, history)
                    for n, one in enumerate(history.versions):
                        assert isinstance(binds(known, one.version_id, account.joined_on, day), Binds) == (n in citable)

    def _days(self, account: Account) -> list[date]:
        """Today, the days on which versions take effect, and where a notice period of this account can end."""
        letters = [letter for (account_id, _), letter in self.world.letters.items() if account_id == account.id]
        known = [at.date() for one in letters[-3:] for at in (one.arrived, one.mailed, one.read) if at]
        ends = {day + ahead * DAY for day in known for ahead in (NOTICE - 1, NOTICE, NOTICE + 1)}
        return sorted({self.rules.today(), *(one.effective_on for one in self.world.versions[-3:]), *ends})

    @invariant()
    def the_proofs_hold(self) -> None:
        with self.rules.office.database.read() as session:
            for check in (told_rests_on_a_notice, notice_periods_are_kept, corrections_change_no_rule):
                assert list(check(session)) == []
            twice = select(Notice.recipient_id, Notice.about_ref).group_by(Notice.recipient_id, Notice.about_ref)
            assert session.execute(twice.having(func.count() > 1)).all() == []


def test_what_binds_follows_from_what_happened(office: Office, tmp_path: Path) -> None:
    rules = Rulebook(office, tmp_path / "policies")
    rules.write(FIRST, published_on=date(2024, 2, 1), body=BODY.replace("two days", "1 days").replace("freindly", "frindly"))
    rules.publish()
    world = World(rules, [rules.version(FIRST)])
    draw(lambda: Lives(world), 12 if office.database.is_sqlite else 4, 14)
