"""Delivery: at least once under one Message-ID, never twice by two workers, poison aside, outages without loss."""

import threading
from collections import Counter
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import SignInLink
from portal.accounts.operations import mint_links, record_account
from portal.act import Office
from portal.core.access import OPERATOR
from portal.core.clock import MovedClock
from portal.core.ids import token_hash
from portal.notices import delivery
from portal.notices.delivery import BATCH, Post, claim, deliver
from portal.notices.journal import Journal
from portal.notices.models import Attempt, Channel, Delivery, DeliveryResult
from portal.notices.outcomes import LEASE, pause_after
from tests.notices.making import Collecting, all_of, people, post, told, write_notices

BASE = "http://localhost:8000"


def mails(office: Office) -> list[Delivery]:
    return [one for one in all_of(office, Delivery) if one.channel == Channel.EMAIL]


def test_a_mail_carries_a_fresh_link_and_only_its_hash_is_kept(office: Office) -> None:
    [ana] = people(office, 1)
    told(office, [ana])
    mailer = Collecting()
    deliver(office, post(mailer))
    token = mailer.text().split(f"{BASE}/in/")[1].split()[0]
    [link] = all_of(office, SignInLink)
    assert (link.token_hash, link.target, link.person_id) == (token_hash(token), "/me/actions/A-1", ana.id)
    assert link.expires_at == office.clock() + timedelta(minutes=30)


def test_only_who_has_a_password_is_told_that_they_can_also_sign_in_with_it(office: Office) -> None:
    told(office, people(office, 1) + people(office, 1, password_hash="x"))
    mailer = Collecting()
    deliver(office, post(mailer))
    assert ["sign in as usual" in mailer.text(place) for place in (0, 1)] == [False, True]


def test_the_mail_names_action_and_rule_but_not_what_the_inbox_says(office: Office) -> None:
    told(office, people(office, 1))
    mailer = Collecting()
    deliver(office, post(mailer))
    assert "rule 4.2 applies" in mailer.text()
    assert b"All of it" not in mailer.mails[0].as_bytes()
    assert mailer.mails[0]["Auto-Submitted"] == "auto-generated"


def test_a_mail_says_for_which_organisation_it_is_and_names_nobodys_own_account(office: Office) -> None:
    [ana] = people(office, 1)
    for kind, name in (("organisation", "Studio Norte"), ("individual", "Ana Ruiz")):
        with office.database.write() as session:
            work = office.work(session, OPERATOR)
            account = record_account(work, external_id=kind, kind=kind, name=name, joined_on=office.clock().date(), owner=ana)
            work.db.flush()
            write_notices(work, [ana], account_id=account.id)
    mailer = Collecting()
    deliver(office, post(mailer))
    said = sorted(line for place in (0, 1) for line in mailer.text(place).splitlines() if line.startswith("Reference:"))
    assert said == ["Reference: A-1", "Reference: A-1, Studio Norte"]


def test_a_refused_mail_is_set_aside_with_the_reason_and_the_others_are_on_time(office: Office) -> None:
    some = people(office, 5)
    told(office, some)
    mailer = Collecting()
    mailer.refuse = {str(some[2].email)}
    assert deliver(office, post(mailer)) == Counter(sent=4, failed=1, down=0)
    [poison] = [mail for mail in mails(office) if mail.result == DeliveryResult.FAILED]
    [attempt] = [a for a in all_of(office, Attempt) if a.delivery_id == poison.id]
    assert (poison.target, attempt.n, attempt.detail) == (some[2].email, 1, "MailRefused: 550 no such user")


@pytest.mark.parametrize("address", ["a@b\r\nBcc: c@d.e", "=?UTF-8?Q?x?=@b.c", "no address", "@b.c", "a@", "a b@c.d"])
def test_an_address_that_is_none_is_set_aside(office: Office, address: str) -> None:
    bad, good = people(office, 2)
    with office.database.write() as session:
        session.merge(bad).email = address
        bad.email = address
    told(office, [bad, good])
    mailer = Collecting()
    assert deliver(office, post(mailer)) == Counter(sent=1, failed=1, down=0)
    assert [mail["To"] for mail in mailer.mails] == [good.email]


def test_tries_grow_further_apart_and_end_after_twelve(office: Office, clock: MovedClock) -> None:
    [ana] = people(office, 1)
    told(office, [ana])
    mailer = Collecting()
    mailer.later = {str(ana.email)}
    for n in range(1, 13):
        assert deliver(office, post(mailer))["waiting" if n < 12 else "failed"] <= 1
        clock.advance(seconds=pause_after(n).total_seconds())
    [mail] = mails(office)
    assert (mail.result, mail.tries) == (DeliveryResult.FAILED, 12)
    assert [a.n for a in all_of(office, Attempt)] == list(range(1, 13))
    assert max(pause_after(n) for n in range(1, 40)) < timedelta(hours=1)


def test_an_outage_costs_no_try_and_all_go_out_within_the_hour(office: Office, clock: MovedClock) -> None:
    told(office, people(office, 150))
    mailer = Collecting()
    mailer.down = True
    for _ in range(30):
        deliver(office, post(mailer))
        clock.advance(minutes=20)
    assert {(mail.tries, mail.result) for mail in mails(office)} == {(0, DeliveryResult.WAITING)}
    mailer.down = False
    assert deliver(office, post(mailer)) == Counter(sent=150, down=0)
    assert len({mail["Message-ID"] for mail in mailer.mails}) == 150


def test_what_a_dead_worker_held_goes_out_after_its_lease_under_the_same_message_id(
    office: Office, clock: MovedClock
) -> None:
    told(office, people(office, 3))
    held = claim(office, BASE)
    mailer = Collecting()
    assert deliver(office, post(mailer))["sent"] == 0
    clock.advance(seconds=LEASE.total_seconds())
    assert deliver(office, post(mailer))["sent"] == 3
    assert {mail["Message-ID"] for mail in mailer.mails} == {one.letter.message_id for one in held}


def test_what_was_accepted_before_a_kill_is_not_sent_again(office: Office, clock: MovedClock, tmp_path: Path) -> None:
    told(office, people(office, 5))
    dead = Journal(tmp_path / "outbox")
    for one in claim(office, BASE)[:3]:
        dead.note(one.delivery_id, one.n)
    dead.close()
    clock.advance(minutes=11)
    mailer, journal = Collecting(), Journal(tmp_path / "outbox")
    deliver(office, Post(mailer, "portal@example.org", BASE, journal))
    assert len(mailer.mails) == 2
    assert {mail.result for mail in mails(office)} == {DeliveryResult.SENT}
    assert list((tmp_path / "outbox").iterdir()) == [journal.path]


def test_a_living_workers_journal_is_left_alone(office: Office, tmp_path: Path) -> None:
    told(office, people(office, 1))
    living, other = Journal(tmp_path), Journal(tmp_path)
    [one] = claim(office, BASE)
    living.note(one.delivery_id, one.n)
    with other.left_behind() as lines:
        assert lines == []
    assert living.path.exists()


def test_two_workers_side_by_side_send_nothing_twice(office: Office) -> None:
    told(office, people(office, 300))
    mailers = [Collecting(), Collecting()]
    threads = [threading.Thread(target=deliver, args=(office, post(mailer))) for mailer in mailers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [mail["Message-ID"] for mailer in mailers for mail in mailer.mails]
    assert (len(ids), len(set(ids))) == (300, 300)
    assert Counter(mail.result for mail in mails(office)) == Counter({DeliveryResult.SENT: 300})


def test_a_late_answer_of_a_slow_worker_changes_nothing_twice(office: Office, clock: MovedClock) -> None:
    told(office, people(office, 1))
    [slow] = claim(office, BASE)
    clock.advance(minutes=11)
    deliver(office, post(Collecting()))
    from_slow = Post(Collecting(), "portal@example.org", BASE)
    deliver(office, from_slow)
    with office.database.read() as session:
        assert session.scalars(select(Attempt.n).where(Attempt.delivery_id == slow.delivery_id)).all() == [2]


def test_a_batch_that_could_not_be_put_on_record_is_not_sent_again(
    office: Office, clock: MovedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(office, people(office, BATCH + 20))
    mailer, dying, made = Collecting(), Journal(tmp_path), count()

    def mint_once(*args: Any) -> list[str]:
        if next(made):
            raise LookupError("the second batch cannot be taken")
        return mint_links(*args)

    with monkeypatch.context() as broken:
        broken.setattr(delivery, "mint_links", mint_once)
        with pytest.raises(LookupError):
            deliver(office, Post(mailer, "portal@example.org", BASE, dying))
    dying.close()
    assert (len(mailer.mails), Counter(mail.result for mail in mails(office))[DeliveryResult.SENT]) == (BATCH, 0)
    clock.advance(minutes=11)
    deliver(office, Post(mailer, "portal@example.org", BASE, Journal(tmp_path)))
    ids = [mail["Message-ID"] for mail in mailer.mails]
    assert (len(ids), len(set(ids))) == (BATCH + 20, BATCH + 20)
    assert Counter(mail.result for mail in mails(office)) == Counter({DeliveryResult.SENT: BATCH + 20})
