"""Appeals and identity checks stand where their person looks first: on the account's own page and on the statement."""

import pytest

from portal.appeals.operations import add_to_appeal, ask_appellant, begin_review
from portal.disputes.operations import answer_dispute
from portal.disputes.operations import withdraw_dispute as _withdraw
from portal.disputes.queries import disputes_of_account
from tests.appeals.conftest import Bench
from tests.enforcement.conftest import Desk
from tests.verification.making import Checks
from tests.web.conftest import Browser, Doors


@pytest.fixture
def bench(contested: Desk) -> Bench:
    """Tim is suspended for 20 days; Ola is the only one who may answer an appeal."""
    made = Bench(contested.market, contested.story, contested.case_ref)
    made.action_ref = made.ready()
    made.issue(made.action_ref)
    made.market.do(
        answer_dispute, made.story.tim.actor, dispute_ref=_dispute(made), answer="The drawing came on the second day."
    )
    return made


@pytest.fixture
def tim(doors: Doors, bench: Bench) -> Browser:
    return doors.open(bench.story.tim.person)


@pytest.fixture
def checks(contested: Desk, bench: Bench) -> Checks:
    made = Checks.begin(contested.market, contested.story)
    made.case_ref = bench.case_ref
    return made


def ended_with(page: str) -> str:
    """The last line of the timeline."""
    return page.split('<ol class="line">')[1].split("</ol>")[0].rsplit("<li", 1)[1]


def letter_of(page: str) -> str:
    return page.split('<div class="letter">')[1]


def test_before_an_appeal_both_pages_lead_to_it(bench: Bench, tim: Browser) -> None:
    assert "until at least Saturday 22 May 2027" in tim.page("/me"), "nobody was informed yet"
    for path in (f"/me/actions/{bench.action_ref}", "/me"):
        page = tim.page(path)
        assert f'href="/appeals/new?action={bench.action_ref}"' in page
        assert "Appeal this decision" in page
        assert "Saturday 22 May 2027" in page
    assert "until at least" not in page, "the letter was read: the day is known"


def test_an_appeal_is_the_heading_with_its_date(bench: Bench, tim: Browser) -> None:
    ref = bench.file()
    page = tim.page("/me")
    assert "<h1>Your appeal is with someone new. You get our answer by Sunday 6 December 2026.</h1>" in page
    assert "Appeal received" in page
    assert "Suspended until the end of Saturday 12 December 2026" in page
    assert f"Reviewer {bench.story.ola.handle}, who had no part in the decision, was chosen by lot." in page
    assert "If we are late, what we took away is paused." in page
    assert f'href="/appeals/{ref}"' in page
    assert 'class="button" href="/me/funds#withdraw"' in page
    bench.market.do(begin_review, bench.story.ola.actor, appeal_ref=ref, version=bench.appeal(ref).version)
    page = tim.page("/me")
    assert "Appeal in review" in page
    assert f"Reviewer {bench.story.ola.handle}, who had no part in the decision, began to read your appeal." in page


def test_the_statement_leads_to_the_appeal_in_place_of_a_second_one(bench: Bench, tim: Browser) -> None:
    ref = bench.file()
    page = tim.page(f"/me/actions/{bench.action_ref}")
    assert "Open my appeal" in page
    assert f'href="/appeals/{ref}"' in page
    assert "answers by Sunday 6 December 2026 (in 14 days)" in page
    assert "Appeal this decision" not in page


def test_our_question_in_an_appeal_comes_before_everything(bench: Bench, tim: Browser) -> None:
    ref = bench.file()
    args = {"appeal_ref": ref, "version": bench.appeal(ref).version, "question": "When did you go to hospital?", "days": 5}
    bench.market.do(ask_appellant, bench.story.ola.actor, **args)
    page = tim.page("/me")
    assert "<h1>We have a question about your appeal. Please answer by Friday 27 November 2026.</h1>" in page
    assert f'class="button" href="/appeals/{ref}#add"' in page
    assert "You answer our question about your appeal" in page
    assert "You get our answer to your appeal" not in page, "our clock stands still"
    bench.market.do(add_to_appeal, bench.story.tim.actor, appeal_ref=ref, body="On 10 November, for two weeks.")
    assert "You added something to your appeal." in tim.page("/me")


def test_late_means_paused_and_the_page_says_whose_fault(bench: Bench, doors: Doors) -> None:
    bench.file()
    bench.later(days=15)
    bench.market.do(add_to_appeal, bench.story.tim.actor, appeal_ref=bench_ref(bench), body="I am still waiting.")
    tim = doors.open(bench.story.tim.person)
    page = tim.page("/me")
    assert "<h1>We are late with your appeal. Until we answer, the decision is paused.</h1>" in page
    assert "we are late, and that is our fault" in page
    assert f"the decision {bench.action_ref} is paused" in page
    assert "It has no effect until we have answered your appeal." in tim.page(f"/me/actions/{bench.action_ref}")


def bench_ref(bench: Bench) -> str:
    with bench.office.database.read() as session:
        return bench.appeal_of(session).ref


def test_overturned_is_said_on_both_pages_with_our_apology(bench: Bench, tim: Browser) -> None:
    ref = bench.file()
    bench.decide(ref, "reversed")
    page = tim.page("/me")
    assert "We were wrong, and we are sorry. It no longer applies and does not count." in page
    assert "We answered your appeal: the decision is overturned." in page
    assert "The decision was overturned." not in page, "the timeline says it once"
    assert "Nothing. No decision about your account is in effect" not in page, "of what is wrong one thing is said"
    letter = tim.page(f"/me/actions/{bench.action_ref}")
    assert "<h1>This decision was overturned. It no longer applies.</h1>" in letter
    assert "We were wrong. This letter no longer applies." in letter
    assert "We did not look at the message of the first day." in letter
    assert f'class="button" href="/appeals/{ref}"' in letter
    assert "Appeal this decision" not in letter


def test_the_heading_of_an_account_that_is_well_again(bench: Bench, tim: Browser, doors: Doors) -> None:
    bench.decide(bench.file(), "reversed")
    bench.market.do(_withdraw, bench.story.stacy.actor, dispute_ref=_dispute(bench))
    assert "<h1>We were wrong. The decision is overturned, and your account works as before.</h1>" in tim.page("/me")
    bench.later(days=31)
    assert "<h1>Your account is in good standing</h1>" in doors.open(bench.story.tim.person).page("/me")


def test_a_changed_decision_shows_the_newest_letter_and_keeps_the_first(bench: Bench, tim: Browser) -> None:
    first = letter_of(tim.page(f"/me/actions/{bench.action_ref}"))
    bench.decide(bench.file(), "partially_reversed", new_ends_on=bench.market.day(-5))
    page = tim.page(f"/me/actions/{bench.action_ref}")
    assert "<h1>Your account is suspended until the end of Friday 27 November 2026</h1>" in page
    assert "This is the newest letter." in page
    assert "we changed the end of this decision from Saturday 12 December 2026 to Friday 27 November 2026." in page
    earlier = tim.page(f"/me/actions/{bench.action_ref}/statements/1")
    assert "<h1>This letter was replaced by a newer one</h1>" in earlier
    assert "You can work here again from Sunday 13 December 2026" in earlier
    assert _said(letter_of(earlier)) == _said(first)
    record = tim.get(f"/me/actions/{bench.action_ref}/statements/1.json")
    assert record.headers["X-Content-SHA256"] in earlier
    assert tim.get(f"/me/actions/{bench.action_ref}/statements/2").status_code == 302
    assert tim.get(f"/me/actions/{bench.action_ref}/statements/3").status_code == 404
    assert "After your appeal we changed the decision" in tim.page("/me")


def _said(letter: str) -> str:
    """The letter up to where it says how to check it: its own address differs."""
    return letter.split("<dt>Check this document")[0]


def test_nobody_else_reads_an_earlier_letter(bench: Bench, doors: Doors) -> None:
    bench.decide(bench.file(), "partially_reversed", new_ends_on=bench.market.day(-5))
    for ending in ("", ".json"):
        path = f"/me/actions/{bench.action_ref}/statements/1{ending}"
        assert doors.open(bench.story.stacy.person).get(path).status_code == 404
        assert doors.open(bench.story.tim.person, case_ref="C-22222222").get(path).status_code == 404


def test_upheld_is_said_with_the_way_to_our_answer(bench: Bench, tim: Browser) -> None:
    ref = bench.file()
    bench.decide(ref)
    page = tim.page("/me")
    assert "<h1>Your account is suspended until the end of Saturday 12 December 2026</h1>" in page
    assert f"Someone else answered your appeal: the decision {bench.action_ref} stands." in page
    letter = tim.page(f"/me/actions/{bench.action_ref}")
    assert "Your appeal is answered" in letter
    assert f'class="button" href="/appeals/{ref}"' in letter


def test_an_identity_check_says_what_is_asked_under_which_rule(doors: Doors, story_checks: Checks) -> None:
    item = story_checks.ask()["item"]
    tim = doors.open(story_checks.story.tim.person)
    page = tim.page("/me")
    assert "<h1>We ask you to show us something: an identity check</h1>" in page
    assert "an identity document." in page
    assert "It rests on this rule:" in page
    assert f'class="button" href="/me/identity/{item}"' in page
    story_checks.send(item)
    page = tim.page("/me")
    assert "Identity check in review" in page
    assert "If we are late, what rests on this check no longer applies." in page
    assert "You get our answer about what you sent" in ended_with(page)
    story_checks.reject(item)
    assert "<h1>Please send something else for your identity check</h1>" in tim.page("/me")


@pytest.fixture
def story_checks(contested: Desk) -> Checks:
    """Checks of an account with nothing else against it: Stacy's dispute is withdrawn."""
    contested.market.do(_withdraw, contested.story.stacy.actor, dispute_ref=_dispute(contested))
    return Checks.begin(contested.market, contested.story)


def test_while_suspended_a_check_stands_beside_it(checks: Checks, tim: Browser) -> None:
    item = checks.ask()["item"]
    page = tim.page("/me")
    assert "<h1>Your account is suspended until" in page
    assert "Identity check waits for you" in page
    assert f'href="/me/identity/{item}"' in page


def test_a_client_does_not_see_that_anything_was_asked(checks: Checks, doors: Doors) -> None:
    checks.ask()
    assert "identity check" not in doors.open(checks.story.stacy.person).page("/me").replace("Identity checks", "")


def test_a_link_shows_the_appeal_of_its_case_only(bench: Bench, doors: Doors) -> None:
    bench.file()
    own, other = (doors.open(bench.story.tim.person, case_ref=ref) for ref in (bench.case_ref, "C-22222222"))
    assert "Your appeal is with someone new." in own.page("/me")
    assert "ppeal" not in other.page("/me").split("<main")[1].split("</main>")[0]


def _dispute(desk: Desk) -> str:
    with desk.office.database.read() as session:
        return disputes_of_account(session, desk.story.tim.account.id)[0].ref
