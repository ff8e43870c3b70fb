"""Who works with somebody may know that they are not available and by which rule; for all others nobody is there."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select, update

from portal.accounts.joining import record_member
from portal.accounts.models import Member, MemberRole
from portal.core.ids import new_id
from portal.core.work import Work
from portal.enforcement.changing import shorten
from portal.enforcement.messages import ended_text
from portal.enforcement.operations import co_sign, propose_action
from portal.enforcement.queries import action_by_ref
from portal.enforcement.remaining import remaining
from portal.enforcement.telling import outside_of
from portal.log.operations import add, record
from portal.notices.delivery import release
from portal.notices.models import Informed, Notice
from tests.enforcement.conftest import FACTS, Desk
from tests.factories.market import Party
from tests.web.conftest import Doors
from tests.web.desk_support import words_of

FIXED = "We decided that rule 6.4 applies. This is our decision and can be contested; no court has found this."


@pytest.fixture
def suspended(contested: Desk) -> Desk:
    """Tim is suspended, and was told of it a day ago."""
    contested.issue(contested.ready())
    contested.later(days=1, hours=1)
    return contested


@contextmanager
def statements(doors: Doors) -> Iterator[list[str]]:
    """The SQL that is sent while this is open."""
    seen: list[str] = []
    engine = doors.market.office.database.reader

    def note(_c: object, _k: object, sql: str, *_rest: object) -> None:
        seen.append(sql)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_a_client_reads_the_fixed_words_and_no_allegation(doors: Doors, suspended: Desk) -> None:
    story = suspended.story
    page = doors.open(story.stacy.person).page(f"/collaborators/{story.tim.account.ref}")
    assert "Tim Okafor is not available until the end of Saturday 12 December 2026" in page
    assert FIXED in page
    assert page.index(FIXED) < page.index("Your open contracts: choose together how they go on."), "the answer comes first"
    assert "Photo app" in page
    for private in (FACTS, "never came", "ill for two weeks", "Three good years"):
        assert private not in page
    assert "Not available until" in doors.open(story.stacy.person).page("/collaborators")


def test_a_client_reads_what_they_can_contest_until_when_and_what_is_not_there_any_more(doors: Doors, suspended: Desk) -> None:
    story, market = suspended.story, suspended.market
    market.contract(story.stacy, story.tim, "Poster", [40_000], released={1: 8}, started=12)
    place = f"/collaborators/{story.tim.account.ref}"
    right = "You paid $400.00 USD for milestone 1 of “Poster”. If something is wrong with it, you can contest it until"
    lacks = "$280.00 USD of it is not free any more. No other money of Tim Okafor is taken for it, so at most $120.00 USD can"
    before = words_of(doors.open(story.stacy.person).page(place))
    assert right in before and "not free any more" not in before
    assert before.count("contest it until") == 1 and "You can contest up to" not in before, "it is said once"
    market.pay_out(story.tim, story.destination, market.funds(story.tim).available.amount_minor - 12_000)
    stacy = doors.open(story.stacy.person)
    assert right in words_of(stacy.page(place)) and "milestone 1 of “Photo app”. If" not in words_of(stacy.page(place))
    for page in (place, "/disputes/new"):
        assert lacks in words_of(stacy.page(page)), page
    assert lacks not in doors.open(story.omar.person).page(place)


def test_nobody_hears_before_the_person_was_told(doors: Doors, contested: Desk) -> None:
    contested.issue(contested.ready())
    page = doors.open(contested.story.stacy.person).page(f"/collaborators/{contested.story.tim.account.ref}")
    assert "Tim Okafor is available" in page
    assert FIXED not in page


def test_whoever_cannot_work_themselves_is_not_told_that_nothing_stands_in_the_way(doors: Doors, suspended: Desk) -> None:
    place, free = f"/collaborators/{suspended.story.stacy.account.ref}", "Nothing of ours stands in the way of your work"
    suspended.later(days=0.1)
    page = words_of(doors.open(suspended.story.tim.person).page(place))
    assert "Stacy Moreno is available" in page and free not in page
    assert "Your own account cannot work now, until the end of Saturday 12 December 2026." in page
    suspended.later(days=25)
    assert free in words_of(doors.open(suspended.story.tim.person).page(place))


def test_a_hold_of_ours_is_seen_when_the_person_was_told_of_it(doors: Doors, contested: Desk) -> None:
    story = contested.story
    where = {"hold_contract_ref": story.other_contract.ref, "hold_milestone": "2"}
    contested.issue(contested.ready(), **contested.hold(85_000, **where))
    omar, stacy, place = doors.open(story.omar.person), doors.open(story.stacy.person), f"/collaborators/{story.tim.account.ref}"
    assert "$850.00" not in omar.page(place) and "milestone 2" not in omar.page(place)
    assert "$400.00 USD" in stacy.page(place), "what she contests herself is on hold for all to see who are a side of it"
    contested.later(days=1, hours=1)
    assert "$850.00 USD" in omar.page(place) and "milestone 2 of “Bakery website”" in omar.page(place)


@pytest.mark.parametrize(("role", "reads"), [(MemberRole.WORKER, False), (MemberRole.FINANCE, True)])
def test_amounts_are_for_who_looks_after_the_money_here_too(
    doors: Doors, suspended: Desk, role: MemberRole, *, reads: bool
) -> None:
    member = doors.market.party("Mona Lind").person
    suspended.market.make(lambda work: record_member(work, suspended.story.stacy.account, member, role))
    page = words_of(doors.open(member).page(f"/collaborators/{suspended.story.tim.account.ref}"))
    assert FIXED in page and ("$" in page) == reads and ("Money on hold in these contracts" in page) == reads


def test_two_decisions_are_both_opened_at_once(doors: Doors, suspended: Desk) -> None:
    day = suspended.market.day
    before = {"conduct_from": day(40).isoformat(), "conduct_to": day(30).isoformat()}
    suspended.issue(suspended.start(), ends_on=day(-60).isoformat(), **before)
    suspended.later(days=1, hours=2)
    release(suspended.office)
    stacy = doors.open(suspended.story.stacy.person)
    assert [stacy.get(f"/collaborators/{suspended.story.tim.account.ref}").status_code for _ in range(2)] == [200, 200]
    with suspended.office.database.read() as session:
        told = select(func.count()).select_from(Informed).join(Notice, Informed.notice_id == Notice.id)
        mine = told.where(Notice.recipient_id == suspended.story.stacy.person.id, Notice.kind == "counterpart_action")
        assert session.scalar(mine) == 2


def test_unknown_and_unrelated_are_the_same_bytes_after_the_same_queries(doors: Doors, suspended: Desk) -> None:
    stranger = suspended.market.party("Quinn Adeyemi")
    browser = doors.open(stranger.person)
    seen: list[tuple[str, list[tuple[str, str]], bytes, list[str]]] = []
    for ref in ("P-22222222", suspended.story.tim.account.ref, suspended.story.stacy.account.ref, stranger.account.ref):
        with statements(doors) as trace:
            response = browser.get(f"/collaborators/{ref}")
        assert response.status_code == 404
        seen.append((response.status, sorted(response.headers), response.data, list(trace)))
    assert all(one == seen[0] for one in seen)
    assert b"We know of nobody you work with under this reference" in seen[0][2]


def test_a_warning_is_told_to_nobody(doors: Doors, contested: Desk) -> None:
    contested.issue(contested.ready(key="honest-profile"), measure="warning", ends_on="",
                    clause_version_id=str(contested.clause("honest-profile")))
    contested.later(days=2)
    page = doors.open(contested.story.stacy.person).page(f"/collaborators/{contested.story.tim.account.ref}")
    assert "Tim Okafor is available" in page
    assert "rule" not in page.split("<main")[1].split("<footer")[0].lower()


def test_thirty_days_after_the_end_only_available(doors: Doors, suspended: Desk) -> None:
    path = f"/collaborators/{suspended.story.tim.account.ref}"
    suspended.later(days=25)
    assert "ended on" in doors.open(suspended.story.stacy.person).page(path)
    suspended.later(days=30)
    page = doors.open(suspended.story.stacy.person).page(path)
    assert "Tim Okafor is available" in page
    assert "ended on" not in page


def test_a_client_of_long_ago_who_paid_may_look_up(doors: Doors, suspended: Desk) -> None:
    suspended.later(days=0.1)
    page = doors.open(suspended.story.omar.person).page(f"/collaborators/{suspended.story.tim.account.ref}")
    assert FIXED in page
    assert "Photo app" not in page


def befriend(suspended: Desk, number: int) -> None:
    """More freelancers of Stacy, each with an open contract."""
    market = suspended.market
    for n in range(number):
        other = market.party(f"Worker{n} Person")
        market.contract(suspended.story.stacy, other, f"Small job {n}", [10_000], started=5)


def test_the_list_takes_as_many_queries_for_many_as_for_one(doors: Doors, suspended: Desk) -> None:
    browser, counts = doors.open(suspended.story.stacy.person), []
    for more in (0, 6):
        befriend(suspended, more)
        with statements(doors) as trace:
            page = browser.page("/collaborators")
        counts.append(len(trace))
    assert "Worker5 Person" in page and "Tim Okafor" in page
    assert counts[0] == counts[1], counts


@pytest.fixture
def zoe(contested: Desk) -> Party:
    """She had a contract with Tim that was never paid and ended 175 days ago."""
    made = contested.market.party("Zoe Lindgren")
    contested.market.contract(made, contested.story.tim, "Logo", [20_000], started=200, ended=175)
    return made


def test_whoever_was_told_may_look_it_up_when_the_contract_is_long_over(doors: Doors, contested: Desk, zoe: Party) -> None:
    ref, path = contested.ready(), f"/collaborators/{contested.story.tim.account.ref}"
    contested.issue(ref)
    contested.later(days=6)
    assert FIXED in doors.open(zoe.person).page(path)
    contested.market.make(lambda work: shortened(work, ref))
    page = doors.open(zoe.person).page(path)
    assert "Tim Okafor is available" in page and FIXED not in page


def shortened(work: Work, ref: str) -> None:
    """The action ends now, and everybody who was told of it hears that."""
    action, event_id = action_by_ref(work.db, ref), new_id()
    mine = ended_text(outside_of(work.db, action), remaining(work.db, action, work.now))
    rows = shorten(work, action, event_id, work.now, mine, {})
    record(work, "action.shortened", ref, event_id=event_id, rows=rows)


def test_what_is_not_said_yet_opens_no_door(doors: Doors, contested: Desk, zoe: Party) -> None:
    ref, path = contested.ready(), f"/collaborators/{contested.story.tim.account.ref}"
    fields = {"action_ref": ref, "version": 1, "fields": contested.form(measure="termination", ends_on="")}
    contested.market.do(propose_action, contested.story.rae.actor, **fields)
    contested.market.do(co_sign, contested.story.ola.actor, action_ref=ref, reason="I read all of it and agree.")
    contested.later(days=7)
    assert doors.open(zoe.person).get(path).status_code == 404
    contested.later(days=25)
    assert "The account of" in doors.open(zoe.person).page(path)


def test_a_notice_outlives_the_membership_in_the_account(doors: Doors, contested: Desk) -> None:
    market, stacy = contested.market, contested.story.stacy
    left, path = market.person("Lee Park"), f"/collaborators/{contested.story.tim.account.ref}"
    member = {"account_id": stacy.account.id, "person_id": left.id, "role": MemberRole.WORKER}
    market.make(lambda work: add(work, Member(**member)))
    contested.issue(contested.ready())
    contested.later(days=2)
    market.make(lambda work: work.db.execute(
        update(Member).where(Member.person_id == left.id).values(ended_at=work.now)
    ))
    page = doors.open(left).page(path)
    assert FIXED in page and "Photo app" not in page
