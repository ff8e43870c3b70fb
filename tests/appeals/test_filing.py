"""Filing: until when, one appeal for each action, a receipt, exhibits, in every standing and by a link."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from portal.accounts.models import StaffRole
from portal.appeals.models import Appeal, AppealMessage
from portal.appeals.operations import add_to_appeal, file_appeal, remove_file, save_appeal_draft, withdraw_appeal
from portal.appeals.queries import files_of, filing
from portal.cases.models import Clock
from portal.cases.queries import draft_of
from portal.core.errors import NotFound
from portal.notices.models import Notice
from portal.notices.operations import confirm_read
from tests.appeals.conftest import BODY, Bench
from tests.factories.drawn import many
from tests.factories.market import refused


def test_filing_gives_a_receipt_with_the_promised_day(bench: Bench) -> None:
    made = bench.market.do(
        file_appeal, bench.story.tim.actor, action_ref=bench.action_ref, grounds=["not_me"], body=BODY
    )
    appeal = bench.appeal(made["appeal"])
    assert (appeal.state, appeal.filed_at, appeal.late) == ("filed", bench.market.now, False)
    assert appeal.answer_by == bench.market.now.replace(hour=0) + timedelta(days=15)
    with bench.office.database.read() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "appeal_filed")).one()
    assert appeal.ref in (notice.subject or "") and bench.action_ref in (notice.body or "")
    assert notice.target == f"/appeals/{appeal.ref}"


def test_pressing_four_times_files_one_appeal(bench: Bench) -> None:
    assert len({bench.file() for _ in range(4)}) == 1
    with bench.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AppealMessage)) == 1


def test_twenty_at_once_file_one_appeal(bench: Bench) -> None:
    with ThreadPoolExecutor(many(20, 200)) as pool:
        refs = list(pool.map(lambda _: bench.file(), range(many(20, 200))))
    with bench.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Appeal)) == 1
        assert session.scalar(select(func.count()).select_from(Clock).where(Clock.kind == "appeal_answer")) == 1
    assert len(set(refs)) == 1


def test_other_words_for_the_same_action_are_not_lost_silently(bench: Bench) -> None:
    bench.file()
    assert refused(lambda: bench.file(body="Something quite different that I want to say.")) == "already_filed"


@pytest.mark.parametrize(
    ("change", "code"),
    [({"grounds": []}, "grounds_missing"), ({"grounds": ["would_change:9"]}, "grounds_missing"),
     ({"grounds": ["nonsense"]}, "grounds_missing"), ({"body": " "}, "body_missing"), ({"body": "no"}, "body_missing")],
)
def test_what_is_missing_is_named_and_nothing_is_stored(bench: Bench, change: dict[str, object], code: str) -> None:
    assert refused(lambda: bench.file(**change)) == code
    with bench.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AppealMessage)) == 0


def test_window_has_not_started_before_the_person_is_informed(bench: Bench) -> None:
    with bench.office.database.read() as session:
        found = filing(session, bench.action(bench.action_ref), bench.story.tim.person.id, bench.market.now)
    assert (found.window.until, found.window.informed_at, found.late) == (None, None, False)
    assert found.window.at_least.isoformat() == "2027-05-23T00:00:00+00:00"
    bench.later(days=300)
    assert bench.appeal(bench.file()).late is False


def informed_late(bench: Bench, days: int) -> None:
    bench.later(days=days)
    with bench.office.database.read() as session:
        notice = session.scalars(select(Notice.id).where(Notice.kind == "statement")).one()
    bench.market.do(confirm_read, bench.story.tim.actor, notice_id=notice)


def test_window_is_six_calendar_months_from_being_informed(bench: Bench) -> None:
    informed_late(bench, 10)
    with bench.office.database.read() as session:
        found = filing(session, bench.action(bench.action_ref), bench.story.tim.person.id, bench.market.now)
    assert found.window.last.isoformat() == "2027-06-03T00:00:00+00:00"


def test_late_is_possible_with_a_reason(bench: Bench) -> None:
    informed_late(bench, 1)
    bench.later(days=220)
    assert refused(bench.file) == "late_reason_missing"
    assert bench.appeal(bench.file(late_reason="I was in hospital all the time.")).late is True


def test_drafts_are_kept_and_go_when_the_appeal_is_sent(bench: Bench) -> None:
    me = bench.story.tim
    typed = {"body": "I did", "grounds": ["not_me"]}
    bench.market.do(save_appeal_draft, me.actor, action_ref=bench.action_ref, fields=typed)
    with bench.office.database.read() as session:
        assert draft_of(session, me.person.id, "appeal", bench.action_ref) == typed
    bench.file()
    with bench.office.database.read() as session:
        assert draft_of(session, me.person.id, "appeal", bench.action_ref) is None


def test_three_exhibits_get_numbers_and_hashes(bench: Bench) -> None:
    for text in ("Letter", "Chat", "Drawing"):
        bench.attach(text)
    with bench.office.database.read() as session:
        before = bench.appeal_of(session)
        assert [shown.exhibit for shown in files_of(session, before.id)] == [None] * 3
    ref = bench.file()
    with bench.office.database.read() as session:
        shown = files_of(session, bench.appeal(ref).id)
    numbers = [one.exhibit.number for one in shown if one.exhibit]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert [one.file.description for one in shown] == ["Letter", "Chat", "Drawing"]
    assert all(one.document.filed_at and len(one.document.sha256) == 64 for one in shown)


def test_a_file_can_be_taken_away_until_it_is_sent(bench: Bench) -> None:
    first, second = bench.attach("Wrong"), bench.attach("Right")
    args = {"action_ref": bench.action_ref, "document_ref": first["document"]}
    assert bench.market.do(remove_file, bench.story.tim.actor, **args)["store_key"] == first["store_key"]
    ref = bench.file()
    with bench.office.database.read() as session:
        assert [one.document.ref for one in files_of(session, bench.appeal(ref).id)] == [second["document"]]
    args["document_ref"] = second["document"]
    assert refused(lambda: bench.market.do(remove_file, bench.story.tim.actor, **args)) == "on_record"


def test_ten_files_and_no_more(bench: Bench) -> None:
    for _ in range(10):
        bench.attach()
    assert refused(bench.attach) == "too_many_documents"


def test_adding_later_is_on_record(bench: Bench) -> None:
    ref = bench.file()
    bench.market.do(add_to_appeal, bench.story.tim.actor, appeal_ref=ref, body="One more thing.")
    assert bench.attach("A late letter")["exhibit"] is not None
    with bench.office.database.read() as session:
        kinds = list(session.scalars(select(AppealMessage.kind).order_by(AppealMessage.n)))
    assert kinds == ["filed", "added"]


def test_a_link_of_that_case_can_do_all_of_it_and_others_nothing(bench: Bench) -> None:
    link, other = bench.story.tim.by_link(bench.case_ref), bench.story.tim.by_link("C-OTHER")
    args = {"action_ref": bench.action_ref, "grounds": ["not_me"], "body": BODY}
    for stranger in (other, bench.story.stacy.actor, bench.story.omar.actor):
        with pytest.raises(NotFound):
            bench.market.do(file_appeal, stranger, **args)
        with pytest.raises(NotFound):
            bench.attach(actor=stranger)
    bench.attach(actor=link)
    assert bench.market.do(file_appeal, link, **args)["appeal"]


def test_withdrawn_and_filed_again_is_the_same_matter(bench: Bench) -> None:
    ref = bench.file()
    bench.market.do(withdraw_appeal, bench.story.tim.actor, appeal_ref=ref)
    assert bench.appeal(ref).state == "withdrawn" and bench.item(ref) is None
    assert bench.file(body="I thought about it again, and I want an answer.") == ref
    assert bench.appeal(ref).state == "filed" and bench.item(ref) is not None


def test_taken_back_and_filed_again_it_stays_with_whoever_had_it_while_they_may(bench: Bench) -> None:
    """Nobody chooses who answers; a lead who gives it to somebody else still draws at random."""
    for name in ("Ada North", "Ben South", "Cleo East", "Dan West"):
        bench.market.staff(name)
    first = bench.holder(bench.file())
    for _time in range(3):
        bench.market.do(withdraw_appeal, bench.story.tim.actor, appeal_ref=bench.file())
        assert bench.holder(bench.file()) == first
    with bench.market.office.database.write() as session:
        session.execute(update(StaffRole).where(StaffRole.person_id == first).values(ended_at=bench.market.now))
    bench.market.do(withdraw_appeal, bench.story.tim.actor, appeal_ref=bench.file())
    assert bench.holder(bench.file()) not in (first, None)


def test_nobody_draws_again_until_it_is_somebody_they_like_and_nobody_adds_without_end(bench: Bench) -> None:
    tim = bench.story.tim.actor
    for _time in range(5):
        bench.market.do(withdraw_appeal, tim, appeal_ref=bench.file())
    assert refused(bench.file) == "too_many"
    bench.later(hours=12)
    ref = bench.file()
    for n in range(30):
        bench.market.do(add_to_appeal, tim, appeal_ref=ref, body=f"One more word, {n}.")
    assert refused(lambda: bench.market.do(add_to_appeal, tim, appeal_ref=ref, body="And another one.")) == "too_many"
    bench.later(hours=1)
    bench.market.do(add_to_appeal, tim, appeal_ref=ref, body="And another one.")
