"""The desk's timelines say who it was by name, and who has read of something beside what they read."""


from portal.accounts.operations import mint_link
from portal.core.access import WORKER
from portal.core.ids import token_hash
from portal.disputes.operations import answer_dispute
from portal.notices.delivery import deliver
from portal.notices.operations import opening, presume_informed, send_fresh_link
from portal.web.shell.guard import VISITOR
from tests.notices.making import Collecting, post
from tests.web.desk_support import Desk, words_of


def told(page: str) -> str:
    return words_of(page).partition("What happened when")[2].partition("We promised the next step")[0]


def test_the_sides_of_a_case_are_named_and_reading_stands_beside_what_was_read(desk: Desk) -> None:
    made = desk.market.dispute(desk.story.stacy, desk.story.contract, report=True)
    desk.market.do(opening, desk.story.tim.actor, about_ref=made["dispute"])
    desk.market.do(opening, desk.story.stacy.actor, about_ref=made["dispute"])
    answer = "I delivered the first drawing and was ill after that."
    desk.market.do(answer_dispute, desk.story.tim.actor, dispute_ref=made["dispute"], answer=answer)
    desk.take(made["case"])
    tim, stacy = desk.story.tim.account.name, desk.story.stacy.account.name
    for path in (f"/desk/cases/{made['case']}", f"/desk/disputes/{made['dispute']}"):
        said = told(desk.get(path))
        opened = said.partition("Dispute opened")[2].partition("Dispute answered")[0]
        assert opened.startswith(f" · {stacy}"), said
        assert f"Read by {tim} (22 Nov" in opened and f"{stacy} (" not in opened, "nobody is told that they read their own"
        assert f"Dispute answered · {tim}" in said
        assert "a user" not in said and "Somebody was informed" not in said


def test_whoever_asked_for_a_fresh_link_is_named(desk: Desk) -> None:
    case, tim = desk.taken(), desk.story.tim.person
    token = desk.market.make(lambda work: mint_link(work, person_id=tim.id, case_ref=case, target="/me"))
    desk.market.do(send_fresh_link, VISITOR, link_hash=token_hash(token))
    said = told(desk.get(f"/desk/cases/{case}"))
    assert f"A fresh link was asked for · {tim.name}" in said and "a user" not in said


def test_who_counts_as_informed_after_five_days_is_said_so(desk: Desk) -> None:
    case = desk.taken()
    deliver(desk.market.office, post(Collecting()))
    desk.clock.advance(days=7)
    desk.market.do(presume_informed, WORKER, case_ref=case)
    desk.browser = desk.sign_in(desk.story.rae)
    said = told(desk.get(f"/desk/cases/{case}"))
    counted = said.partition("Counts as read after five days: ")[2].partition(".")[0]
    assert f"{desk.story.tim.account.name} (27 Nov" in counted and desk.story.stacy.account.name not in counted, said
