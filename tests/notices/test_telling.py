"""Telling people: once each, in their language, frozen, gated, and who counts as informed since when."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account
from portal.act import Office, act
from portal.core.access import WORKER
from portal.core.clock import MovedClock
from portal.core.errors import NotFound, RuleBroken
from portal.core.i18n import Language
from portal.core.ids import token_hash
from portal.log.models import Event
from portal.notices import operations
from portal.notices.delivery import deliver, release
from portal.notices.models import Channel, Delivery, DeliveryResult, Informed, InformedHow, Notice
from portal.notices.operations import Text, confirm_read, opening, presume_informed, send_fresh_link, take_bounce, tell
from portal.notices.queries import (
    cases_presumed_informed,
    inbox,
    informed_at,
    leading_to,
    notice_for,
    told_about,
    unopened,
    unread,
    was_sent,
)
from tests.notices.making import Collecting, a_case, all_of, as_person, people, post, simple, told, write_notices


def sent(office: Office, notice: Notice) -> bool:
    with office.database.read() as session:
        return was_sent(session, notice, office.clock())


def test_each_person_is_told_once_in_their_inbox_at_once(office: Office) -> None:
    ana, ben = people(office, 2)
    told(office, [ana, ben, ana])
    with office.database.read() as session:
        assert [line.notice.subject for line in inbox(session, ana.id)] == ["We decided about A-1"]
        assert unread(session, ben.id) == 1
    assert sorted(d.channel for d in all_of(office, Delivery)) == ["email", "email", "inbox", "inbox"]


def test_what_was_told_as_an_account_about_others_is_found_by_where_it_leads(office: Office) -> None:
    ana, ben = people(office, 2)
    case_ref = a_case(office, ana)
    with office.database.read() as session:
        account = session.scalars(sa.select(Account.id)).one()
    for path in ("/collaborators/F-1", "/collaborators/F-2", "/me/funds"):
        told(office, [ana, ben], account_id=account, target=path, case_ref=case_ref)
    with office.database.read() as session:
        lines = leading_to(session, ana.id, account, "/collaborators/")
        assert [line.notice.target for line in lines] == ["/collaborators/F-2", "/collaborators/F-1"]
        assert leading_to(session, ana.id, account, "/collaborators/", 1) == lines[:1]
        assert leading_to(session, ana.id, ben.id, "/collaborators/") == []


def test_the_same_event_tells_a_person_once_even_through_two_accounts(office: Office) -> None:
    [ana] = people(office, 1)
    with office.database.write() as session:
        work = office.work(session, WORKER)
        [first] = write_notices(work, [ana])
        again = tell(work, event_id=first.event_id, kind="statement", recipients=[ana], account_id=None, about_ref="A-1",
                     target="/me", compose=simple)
    assert again == []


def test_the_text_is_frozen(office: Office) -> None:
    told(office, people(office, 1))
    with pytest.raises(sa.exc.DBAPIError, match="kept as they are"), office.database.write() as session:
        session.execute(sa.text("UPDATE notice SET body = 'other'"))


def test_the_text_is_in_the_persons_language_and_its_subject_stays_one_header(office: Office) -> None:
    [ana] = people(office, 1, language="es-MX")

    def hostile(lang: Language, _person: object) -> Text:
        return Text(f"{lang.code} x=?UTF-8?Q?=0A?=Bcc: a@b.c\r\nBcc: d@e.f", "body", "mail")

    [notice] = told(office, [ana], compose=hostile)
    assert notice.language == "es"
    assert notice.subject == "es x= ?UTF-8?Q?=0A?=Bcc: a@b.c  Bcc: d@e.f"


def test_a_link_to_somewhere_else_is_refused(office: Office) -> None:
    with pytest.raises(ValueError, match="a path of this portal"):
        told(office, people(office, 1), target="//evil.example/")


def test_sent_is_inbox_and_accepted_mail_or_a_day_in_the_inbox(office: Office, clock: MovedClock) -> None:
    [by_mail] = told(office, people(office, 1))
    assert not sent(office, by_mail)
    deliver(office, post(Collecting()))
    assert sent(office, by_mail)
    [without] = told(office, people(office, 1, address=False), about_ref="A-2")
    clock.advance(hours=23, minutes=59)
    assert not sent(office, without)
    clock.advance(minutes=1)
    assert sent(office, without)


def test_a_counterpart_hears_nothing_before_the_persons_own_notice_was_sent(office: Office) -> None:
    [ana, client] = people(office, 2)
    [own] = told(office, [ana])
    told(office, [client], kind="counterpart_action", after=own)
    mailer = Collecting()
    mailer.down = True
    assert release(office) == 0
    deliver(office, post(mailer))
    with office.database.read() as session:
        assert inbox(session, client.id) == []


def test_a_counterpart_hears_nothing_before_every_owner_was_sent_theirs(office: Office, clock: MovedClock) -> None:
    ana, ben, client = people(office, 3)
    a_case(office, ana)
    with office.database.read() as session:
        account = session.scalars(sa.select(Account.id)).one()
    own, _bens = told(office, [ana, ben], account_id=account)
    told(office, [client], kind="counterpart_action", after=own)
    with office.database.write() as session:
        late = sa.select(Notice.id).where(Notice.recipient_id == ben.id)
        session.execute(sa.update(Delivery).where(Delivery.notice_id.in_(late), Delivery.channel == Channel.EMAIL).values(
            next_try_at=clock() + timedelta(hours=2)
        ))
    deliver(office, post(Collecting()))
    assert sent(office, own) and release(office) == 0
    clock.advance(hours=2)
    deliver(office, post(Collecting()))
    assert release(office) == 1
    with office.database.read() as session:
        assert len(inbox(session, client.id)) == 1


def test_a_counterpart_hears_as_soon_as_the_persons_mail_was_accepted(office: Office) -> None:
    [ana, client] = people(office, 2)
    mailer = Collecting()
    with office.database.write() as session:
        work = office.work(session, WORKER)
        [own] = write_notices(work, [ana])
        write_notices(work, [client], kind="counterpart_action", after=own)
    deliver(office, post(mailer))
    assert [mail["To"] for mail in mailer.mails] == [ana.email]
    assert release(office) == 1
    deliver(office, post(mailer))
    assert [mail["To"] for mail in mailer.mails] == [ana.email, client.email]


def test_without_an_address_a_counterpart_hears_after_a_day(office: Office, clock: MovedClock) -> None:
    [ana], [client] = people(office, 1, address=False), people(office, 1)
    [own] = told(office, [ana])
    told(office, [client], kind="counterpart_action", after=own)
    clock.advance(hours=23, minutes=59)
    assert release(office) == 0
    clock.advance(minutes=1)
    assert release(office) == 1


def test_not_before_its_day(office: Office, clock: MovedClock) -> None:
    [ana] = people(office, 1)
    told(office, [ana], not_before=clock() + timedelta(days=2))
    mailer = Collecting()
    assert (release(office), deliver(office, post(mailer))["sent"]) == (0, 0)
    clock.advance(days=2)
    assert (release(office), deliver(office, post(mailer))["sent"]) == (1, 1)


def test_a_correction_never_overtakes_what_it_corrects(office: Office) -> None:
    [ana, client] = people(office, 2)
    [own] = told(office, [ana])
    [first] = told(office, [client], kind="counterpart_action", after=own)
    [second] = told(office, [client], kind="action_changed", corrects={client.id: first})
    assert (second.corrects_id, second.after_id) == (first.id, first.id)
    with office.database.read() as session:
        assert inbox(session, client.id) == []


def test_confirming_counts_once_and_for_the_recipient_only(office: Office, clock: MovedClock) -> None:
    [ana, ben] = people(office, 2)
    [notice] = told(office, [ana])
    with pytest.raises(NotFound):
        act(office, confirm_read, as_person(ben.id), "k", notice_id=notice.id)
    act(office, confirm_read, as_person(ana.id), "k1", notice_id=notice.id)
    first = clock()
    clock.advance(hours=1)
    act(office, opening, as_person(ana.id), "k2", about_ref="A-1")
    with office.database.read() as session:
        assert informed_at(session, notice) == first
        assert (unread(session, ana.id), unopened(session, ana.id, ["A-1"])) == (0, set())


def test_a_link_session_sees_only_its_case(office: Office) -> None:
    [ana] = people(office, 1)
    case_ref = a_case(office, ana)
    [mine] = told(office, [ana], case_ref=case_ref)
    with pytest.raises(NotFound):
        act(office, confirm_read, as_person(ana.id, case_ref="C-OTHER"), "k", notice_id=mine.id)
    assert act(office, opening, as_person(ana.id, case_ref=case_ref), "k", about_ref="A-1") == {"informed": 1}


def test_what_has_not_arrived_cannot_be_read(office: Office, clock: MovedClock) -> None:
    [ana] = people(office, 1)
    [notice] = told(office, [ana], not_before=clock() + timedelta(days=1))
    with office.database.read() as session, pytest.raises(NotFound):
        notice_for(session, ana.id, notice.id)
    assert act(office, opening, as_person(ana.id), "k", about_ref="A-1") == {"informed": 0}


def test_five_days_after_a_mail_its_person_counts_as_informed(office: Office, clock: MovedClock) -> None:
    [ana] = people(office, 1)
    case_ref = a_case(office, ana)
    [notice] = told(office, [ana], case_ref=case_ref)
    deliver(office, post(Collecting()))
    mailed = clock()
    clock.advance(days=5, seconds=-1)
    assert act(office, presume_informed, WORKER, "k", case_ref=case_ref) == {"informed": 0}
    clock.advance(days=1)
    with office.database.read() as session:
        assert cases_presumed_informed(session, clock()) == [case_ref]
    act(office, presume_informed, WORKER, "k2", case_ref=case_ref)
    [informed] = all_of(office, Informed)
    assert (informed.notice_id, informed.at, informed.how) == (notice.id, mailed + timedelta(days=5), InformedHow.FIVE_DAYS)


def test_a_mail_that_came_back_informs_nobody(office: Office, clock: MovedClock) -> None:
    told(office, people(office, 1))
    deliver(office, post(Collecting()))
    [mail] = [d for d in all_of(office, Delivery) if d.channel == Channel.EMAIL]
    act(office, take_bounce, WORKER, "k", message_id=mail.message_id, recipients=[mail.target], detail="user unknown")
    clock.advance(days=6)
    assert act(office, presume_informed, WORKER, "k2", case_ref=None) == {"informed": 0}
    with office.database.read() as session:
        [line] = told_about(session, "A-1")
    assert (line.mail, line.sent(clock()), line.informed_at) == (DeliveryResult.BOUNCED, True, None)


def test_a_room_above_hears_when_somebody_is_informed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[object] = []
    monkeypatch.setitem(operations.INFORMED_HANDLERS, "statement", lambda _w, notice, informed: heard.append(informed.at))
    [ana] = people(office, 1)
    [notice] = told(office, [ana])
    act(office, confirm_read, as_person(ana.id), "k", notice_id=notice.id)
    act(office, confirm_read, as_person(ana.id), "k2", notice_id=notice.id)
    assert heard == [office.clock()]


def test_the_inbox_pages_newest_first_without_gap_or_double(office: Office, clock: MovedClock) -> None:
    [ana] = people(office, 1)
    for n in range(7):
        told(office, [ana], about_ref=f"A-{n}")
        clock.advance(seconds=n % 2)
    seen, after = [], None
    with office.database.read() as session:
        while page := inbox(session, ana.id, after=after, limit=3):
            seen += [line.notice.about_ref for line in page]
            after = page[-1].notice.id
    assert seen == [f"A-{n}" for n in reversed(range(7))]


def test_the_count_of_unread_stops_at_a_hundred(office: Office) -> None:
    [ana] = people(office, 1)
    with office.database.write() as session:
        for n in range(105):
            write_notices(office.work(session, WORKER), [ana], about_ref=f"A-{n}")
    with office.database.read() as session:
        assert unread(session, ana.id) == 100


def test_a_fresh_link_goes_to_the_address_on_file_five_times_at_most(office: Office) -> None:
    [ana] = people(office, 1)
    mailer = Collecting()
    told(office, [ana])
    deliver(office, post(mailer))
    old = mailer.text().split("/in/")[1].split()[0]
    for n in range(5):
        act(office, send_fresh_link, as_person(ana.id), f"k{n}", link_hash=token_hash(old))
    with pytest.raises(RuleBroken) as refused:
        act(office, send_fresh_link, as_person(ana.id), "k5", link_hash=token_hash(old))
    assert refused.value.code == "too_many"
    deliver(office, post(mailer))
    assert [mail["To"] for mail in mailer.mails] == [ana.email] * 6
    with office.database.read() as session:
        assert len(inbox(session, ana.id)) == 1
    assert "link.asked" in {event.kind for event in all_of(office, Event)}
