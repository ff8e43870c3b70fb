"""The filled world as the pages show it, and everybody who could look at it, each in a browser of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.joining import record_member
from portal.accounts.models import Account, MemberRole, Person, StaffRole
from portal.app import create_app
from portal.cases.models import WorkItem
from portal.core.access import Role
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.work import Work
from tests.attacks.more import more
from tests.attacks.things import Reference, plain
from tests.attacks.words import Words, logged, written
from tests.conftest import NOON
from tests.factories.compiled import with_shared_templates
from tests.factories.market import Market, Party, Staff
from tests.structure.filled import fill, settings_of
from tests.structure.filled_decisions import BEFORE
from tests.structure.owner import Filled
from tests.verification.pages import CSRF, Browser, Doors

AT = "https://localhost"


@dataclass(frozen=True)
class Viewer:
    """One point of view: the browser, and what of the person counts for what they may see."""

    name: str
    browser: Browser
    person: str | None = None
    roles: frozenset[Role] = frozenset()
    case_ref: str | None = None
    places: frozenset[tuple[str, str]] = frozenset()

    def in_accounts(self, accounts: frozenset[str], roles: frozenset[str]) -> bool:
        return any(account in accounts and role in roles for account, role in self.places)


@dataclass
class Ground:
    """The world, its application, and who looks at it."""

    filled: Filled
    app: Flask
    market: Market
    doors: Doors
    words: Words
    lines: list[str]
    viewers: list[Viewer] = field(default_factory=list)
    hands: frozenset[tuple[str, str]] = frozenset()
    ties: frozenset[tuple[str, str]] = frozenset()
    unheld: frozenset[str] = frozenset()

    @property
    def database(self) -> Database:
        return self.filled.office.database

    def viewer(self, name: str) -> Viewer:
        return next(one for one in self.viewers if one.name == name)


def stand(database: Database, folder: Path) -> Ground:
    """Fills the database with words that are known again, and opens a browser for each point of view."""
    clock = MovedClock(NOON - BEFORE)
    with written(settings_of(database, folder)) as words, logged() as lines:
        filled = fill(database, clock, folder)
        more(filled.office, words.files)
    app = with_shared_templates(create_app(filled.settings, clock=clock, database=database))
    market = Market(app.extensions["office"])
    made = Ground(filled, app, market, Doors(app, market), words, lines)
    _people(made)
    with database.read() as session:
        made.hands, made.ties, made.unheld = _hands(session), _ties(session), _unheld(session)
    return made


def _known(made: Ground, name: str) -> Person:
    with made.database.read() as session:
        return session.scalars(sa.select(Person).where(Person.name == name)).one()


def _people(made: Ground) -> None:
    """Whom the story knows, and strangers of each kind beside them."""
    market, tim = made.market, _known(made, "Tim Okafor")
    strangers: list[Party] = [market.party(name) for name in ("Vic Stone", "Wim Aalto", "Fay Noor", "Wes Ito", "Con Adler")]
    kim, con, ada, axel, dee = (
        market.staff("Kim Sato"), market.staff("Zoe Adler"), market.staff("Ada Novak", Role.AUDITOR),
        market.staff("Axel Berg", Role.ADMIN), market.staff("Dee Moran"),
    )
    with made.database.read() as session:
        account = session.scalars(sa.select(Account).where(Account.name == "Tim Okafor")).one()
    for person, role in ((strangers[2].person, MemberRole.FINANCE), (strangers[3].person, MemberRole.WORKER),
                         (con.person, MemberRole.WORKER)):
        market.make(partial(record_member, account=account, person=person, role=role))
    made.viewers.append(_anonymous(made))
    for name, who in (
        ("owner", tim), ("client with contract", _known(made, "Stacy Moreno")), ("other client", _known(made, "Omar Haddad")),
        ("reporter", _known(made, "Nina Falk")), ("in need", _known(made, "Runa Dahl")),
        ("named member", _known(made, "Mia Lund")), ("whose account was ended", _known(made, "Eva Sand")),
        ("other freelancer", strangers[0].person), ("client without contract", strangers[1].person),
        ("finance member", strangers[2].person), ("worker member", strangers[3].person),
        ("reviewer with much", _known(made, "Rae Lindqvist")), ("reviewer with something", _known(made, "Ola Brandt")),
        ("lead", _known(made, "Lee Marsh")), ("reviewer with nothing", kim.person), ("reviewer tied", con.person),
        ("auditor", ada.person), ("admin", axel.person),
    ):
        _enter(made, name, who)
    _links(made, tim)
    _demoted(made, dee)


def _anonymous(made: Ground) -> Viewer:
    client = made.app.test_client()
    with client.session_transaction(base_url=AT) as session:
        session["csrf"] = CSRF
    return Viewer("anonymous", Browser(client))


def _enter(made: Ground, name: str, who: Person, case_ref: str | None = None) -> None:
    """Signs somebody in who has just shown that it is them."""
    with made.database.read() as session:
        places = session.execute(sa.text("SELECT person_id, account_id, role FROM member WHERE ended_at IS NULL")).all()
        roles = session.execute(sa.select(StaffRole.person_id, StaffRole.role).where(StaffRole.ended_at.is_(None))).all()
    key = plain(who.id)
    held = {Role.LINK} if case_ref else {Role.PERSON, *(Role(role) for person, role in roles if plain(person) == key)}
    mine = frozenset((plain(account), str(role)) for person, account, role in places if plain(person) == key)
    browser = made.doors.open(who, case_ref=case_ref)
    made.viewers.append(Viewer(name, browser, key, frozenset(held), case_ref, mine))


def _links(made: Ground, tim: Person) -> None:
    """By a link to Tim's case with the decisions, and by one to a case of his in which nothing of that is."""
    with made.database.read() as session:
        case_refs = session.scalars(sa.text(
            'SELECT c.ref FROM "case" c JOIN appeal a ON a.case_id = c.id JOIN account o ON o.id = a.account_id '
            "WHERE o.name = 'Tim Okafor' ORDER BY a.id")).all()
    _enter(made, "link of the case", tim, case_refs[0])
    _enter(made, "link of another case", tim, "C-22222222")


def _demoted(made: Ground, dee: Staff) -> None:
    """Has had something in their hands, and is no reviewer any more."""
    def happen(work: Work) -> None:
        item = work.db.scalars(sa.select(WorkItem).where(WorkItem.assignee_id.is_(None)).order_by(WorkItem.id)).first()
        assert item is not None
        item.assignee_id, item.assigned_at = dee.person.id, work.now
        role = work.db.scalars(sa.select(StaffRole).where(StaffRole.person_id == dee.person.id)).one()
        role.ended_at = work.now

    made.market.make(happen)
    _enter(made, "just demoted", dee.person)


def _hands(session: Session) -> frozenset[tuple[str, str]]:
    """Who has, or had, something of which case in their hands, or did something in it."""
    given = session.execute(sa.text(
        'SELECT w.assignee_id, c.ref FROM work_item w JOIN "case" c ON c.id = w.case_id WHERE w.assignee_id IS NOT NULL'))
    done = session.execute(sa.text(
        "SELECT actor, case_ref FROM event WHERE case_ref IS NOT NULL AND actor_role IN ('reviewer', 'lead')"))
    return frozenset({(plain(who), case) for who, case in given} | {(plain(who.split(":")[-1]), case) for who, case in done})


def _ties(session: Session) -> frozenset[tuple[str, str]]:
    """Who belongs to an account of which case, or to one that had a contract with such an account."""
    sides = {(plain(account), case) for account, case in session.execute(sa.text(
        'SELECT p.account_id, c.ref FROM case_party p JOIN "case" c ON c.id = p.case_id'))}
    deals = {(plain(a), plain(b)) for a, b in session.execute(sa.text("SELECT client_id, freelancer_id FROM contract"))}
    near = {(a, case) for a, b in deals | {(b, a) for a, b in deals} for account, case in sides if account == b}
    members = session.execute(sa.text("SELECT person_id, account_id FROM member")).all()
    return frozenset((plain(person), case) for person, account in members for a, case in sides | near if a == plain(account))


def _unheld(session: Session) -> frozenset[str]:
    """The cases of which something waits that nobody has, and those of which nothing waits."""
    return frozenset(session.scalars(sa.text(
        'SELECT c.ref FROM "case" c LEFT JOIN work_item w ON w.case_id = c.id AND w.closed_at IS NULL '
        "WHERE w.assignee_id IS NULL")))


OWNERS, MONEY = frozenset({"owner"}), frozenset({"owner", "finance"})
MEMBERS = MONEY | {"worker"}


def is_theirs(viewer: Viewer, thing: Reference, roles: frozenset[str]) -> bool:
    """Whether a thing outside the desk is this viewer's: their account's, or their own. What is said about one person is
    read by the owners and that person; a session that a link opened shows one case, and the money."""
    if viewer.case_ref is not None and thing.case_ref not in ("", viewer.case_ref):
        return False
    if thing.person is not None and viewer.person == thing.person:
        return True
    return viewer.in_accounts(thing.accounts, OWNERS if thing.person else roles)


def is_in_reach(ground: Ground, viewer: Viewer, thing: Reference, *, takes: bool) -> bool:
    """Whether a thing at the desk is in this viewer's reach: nobody's who is tied to the case; leads and auditors read all,
    reviewers what they have or had in their hands; what is with nobody they can take."""
    if viewer.person is None or (viewer.person, thing.case_ref) in ground.ties:
        return False
    if viewer.roles & {Role.LEAD, Role.AUDITOR}:
        return True
    if not thing.case_ref:
        return thing.person in (None, viewer.person)
    return (viewer.person, thing.case_ref) in ground.hands or (takes and thing.case_ref in ground.unheld)
