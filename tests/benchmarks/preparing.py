"""What is acted on: accounts and cases made by the real operations, many acts to a transaction so that it takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import portal.rooms
from portal.act import Office
from portal.cases.models import Case, PartySide, ReportSource
from portal.cases.operations import add_report, open_case
from portal.core.work import Work
from portal.log.models import Leaf
from portal.log.sequencer import sequence
from portal.notices.delivery import Post, deliver
from portal.notices.operations import opening
from portal.rulebook.models import Binding, Clause
from tests.appeals.conftest import Bench
from tests.benchmarks.filling import Town
from tests.benchmarks.stage import Stage
from tests.enforcement.conftest import Desk, with_exhibit
from tests.factories.market import Market, Party, Staff, Story

assert portal.rooms.LOADED
TOGETHER = 25
CLIENTS = 24
OTHERS = 3


class NullMailer:
    """Takes every mail and counts it."""

    def __init__(self) -> None:
        self.count = 0

    def send(self, mail: Any) -> str:
        self.count += len(mail.content) > 0
        return "accepted"

    def close(self) -> None:
        """Nothing is open."""


class OneTransaction:
    """A database whose acts all join one transaction, each with a session that knows nothing of the one before."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.is_sqlite = session.get_bind().dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Session]:
        yield self._session
        self._session.flush()
        self._session.expunge_all()

    read = write


@contextmanager
def together(stage: Stage, market: Market) -> Iterator[None]:
    """Acts of this market inside the block are committed at its end."""
    office = market.office
    with stage.database.write() as session:
        inner: Any = OneTransaction(session)
        market.office = Office(inner, office.clock, office.keyring)
        try:
            yield
        finally:
            market.office = office


@dataclass
class People:
    """The people of the prepared cases: staff who decide, clients whom several freelancers share."""

    market: Market
    staff: list[Staff]
    clients: list[Party]
    story: Story
    count: int = 0


@dataclass
class Prepared:
    """One case on its way: ready to be issued, issued, appealed against, under review."""

    bench: Bench
    form: dict[str, Any] = field(default_factory=dict)
    appeal_ref: str = ""
    reviewer: Any = None

    @property
    def tim(self) -> Party:
        return self.bench.story.tim


def settle_in(stage: Stage) -> People:
    """Publishes the rules, gives people their roles, and tells one whole story: the rows that others are copied from."""
    market = Market(stage.office)
    story = market.story()
    staff = [story.rae, story.ola, *(market.staff(f"{name} Berg") for name in ("Ida", "Jon", "Kim"))]
    clients = [market.party(f"Client{n} Moreno") for n in range(CLIENTS)]
    disputed = market.dispute(story.stacy, story.contract, report=True)
    desk = with_exhibit(Desk(market, story, disputed["case"]))
    first = desk.ready()
    desk.issue(first)
    post_everything(stage.office)
    market.do(opening, story.tim.actor, about_ref=first)
    sequence(stage.office)
    return People(market, staff, clients, story)


def post_everything(office: Office) -> int:
    """Sends every mail that is due; returns how many there were."""
    mailer, sent, last = NullMailer(), 0, -1
    while sent != last:
        last = sent
        sent += deliver(office, Post(mailer, "portal@example.org", "https://portal.example.org"))["sent"]
    return sent


def town_of(stage: Stage, people: People) -> Town:
    """What the bulk rows need to know of the real ones."""
    with stage.database.read() as session:
        wanted = ("payment-for-nothing", "off-platform-payment", "own-work")
        clauses = tuple(session.scalars(select(Clause.id).where(Clause.key.in_(wanted)).order_by(Clause.id)))
        owner = people.story.tim.account.id
        versions = session.scalars(select(Binding.version_id).where(Binding.account_id == owner).order_by(Binding.id)).all()
        leaves = session.scalar(select(func.max(Leaf.seq))) or 0
    as_kept = tuple(one.hex if stage.engine == "sqlite" else str(one) for one in versions)
    return Town(stage.cases, stage.clock(), clauses, tuple(one.person.id for one in people.staff), as_kept, leaves + 1)


def prepare(stage: Stage, people: People, count: int) -> list[Prepared]:
    """So many cases in which somebody was reported, asked and has answered, and a decision is begun."""
    made: list[Prepared] = []
    while len(made) < count:
        with together(stage, people.market):
            made += [_prepared(people) for _ in range(min(TOGETHER, count - len(made)))]
    return made


def _prepared(people: People) -> Prepared:
    market, n = people.market, people.count
    people.count += 1
    tim, clients = market.party(f"Tim{n} Okafor", joined_on=market.day(3 * 365 + 1)), people.clients
    stacy = clients[n % CLIENTS]
    contract = market.contract(stacy, tim, f"Photo app {n}", [40_000] * 3, released={1: 10}, started=12)
    others = [
        market.contract(clients[(n + 1 + m) % CLIENTS], tim, f"Website {n} {m}", [90_000], released={1: 40}, started=80)
        for m in range(OTHERS)
    ]
    story = Story(stacy, tim, clients[(n + 1) % CLIENTS], people.staff[0], people.staff[1], contract, others[0], "")
    bench = Bench(market, story, market.make(lambda work: _reported(work, story)))
    with_exhibit(bench)
    bench.action_ref = bench.ready()
    return Prepared(bench, bench.form(**bench.hold()))


def _reported(work: Work, story: Story) -> str:
    reporter = story.stacy.account.id
    case: Case = open_case(work, story.tim.account.id, [(reporter, PartySide.COUNTERPART)])
    source = ReportSource.COUNTERPART
    add_report(work, case, source=source, reporter_account_id=reporter, body="He is silent.", language="en")
    return case.ref
