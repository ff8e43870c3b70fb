"""Our question: the rule and the last day, one answer, nothing lost."""

from sqlalchemy import select

from portal.notices.models import Informed, InformedHow
from tests.enforcement.conftest import Desk
from tests.web.conftest import Doors


def test_the_question_stands_with_its_rule_and_last_day(doors: Doors, contested: Desk) -> None:
    asked = contested.ask()
    page = doors.open(contested.story.tim.person).page(f"/me/questions/{asked}")
    assert "Please answer by Friday 27 November 2026" in page
    assert "What happened after the first drawing?" in page
    assert "6.4 Taking payment for nothing" in page
    assert f'data-draft="/drafts/answer/{asked}"' in page


def test_an_answer_is_on_record_and_shown(doors: Doors, contested: Desk) -> None:
    asked, tim = contested.ask(), doors.open(contested.story.tim.person)
    response = tim.post(f"/me/questions/{asked}", answer="I was ill.\r\n\r\nHere is <b>why</b>.")
    assert response.status_code == 303
    page = tim.page(f"/me/questions/{asked}")
    assert "We have your answer" in page
    assert "Here is &lt;b&gt;why&lt;/b&gt;." in page
    assert "<textarea" not in page


def test_after_a_decision_the_question_leads_to_the_letter(doors: Doors, contested: Desk) -> None:
    action, tim = contested.ready(), doors.open(contested.story.tim.person)
    asked = tim.page("/me").split("/me/questions/")[1].split('"')[0]
    assert "A person reads your answer before anything is decided." in tim.page(f"/me/questions/{asked}")
    contested.issue(action)
    page = tim.page(f"/me/questions/{asked}")
    assert "You answered, and then we decided" in page and f'href="/me/actions/{action}"' in page
    assert "before anything is decided" not in page


def test_a_decision_without_an_answer_ends_the_asking_and_keeps_what_was_begun(doors: Doors, contested: Desk) -> None:
    asked, tim = contested.ask(), doors.open(contested.story.tim.person)
    tim.post(f"/drafts/answer/{asked}", answer="I was ill since", form_key="a key")
    contested.later(days=6)
    action = contested.start()
    assert "We may decide without your answer" in tim.page(f"/me/questions/{asked}")
    contested.issue(action, conduct_to=contested.market.day(8).isoformat())
    page = tim.page(f"/me/questions/{asked}")
    assert "We decided without your answer" in page and f'href="/me/actions/{action}"' in page
    assert "You can still answer" not in page and "<textarea" not in page
    assert "I was ill since" in page, "what was begun is still there"


def test_an_empty_answer_is_refused_and_a_second_one_is_a_conflict(doors: Doors, contested: Desk) -> None:
    asked, tim = contested.ask(), doors.open(contested.story.tim.person)
    assert tim.post(f"/me/questions/{asked}", answer="  ").status_code == 422
    assert tim.post(f"/me/questions/{asked}", answer="The first.").status_code == 303
    again = tim.post(f"/me/questions/{asked}", answer="The second.")
    assert again.status_code == 409
    assert "Your first answer is on record" in again.text


def test_a_draft_survives(doors: Doors, contested: Desk) -> None:
    asked, tim = contested.ask(), doors.open(contested.story.tim.person)
    for text in ("I was", "I was ill since"):
        assert tim.post(f"/drafts/answer/{asked}", answer=text, form_key="the same key").status_code == 200
    page = doors.open(contested.story.tim.person).page(f"/me/questions/{asked}")
    assert "I was ill since</textarea>" in page
    tim.post(f"/me/questions/{asked}", answer="I was ill since Monday.")
    assert tim.post("/drafts/elsewhere/x", answer="x").status_code == 404


def test_a_late_answer_is_still_taken(doors: Doors, contested: Desk) -> None:
    asked = contested.ask()
    contested.later(days=8)
    tim = doors.open(contested.story.tim.person)
    assert "You can still answer." in tim.page(f"/me/questions/{asked}")
    assert tim.post(f"/me/questions/{asked}", answer="I was in hospital.").status_code == 303


def test_asking_for_a_notice_without_its_content_informs_nobody(doors: Doors, contested: Desk) -> None:
    contested.ask()
    tim = doors.open(contested.story.tim.person)
    path = "/me/inbox/" + tim.page("/me/inbox").split('href="/me/inbox/')[1].split('"')[0]
    assert tim.client.head(path, base_url="https://localhost").status_code == 200
    with contested.office.database.read() as session:
        assert session.scalars(select(Informed.how)).all() == []
    assert 'Write to us, and name ' in tim.page(path) and 'href="mailto:portal@localhost"' in tim.page(path)
    with contested.office.database.read() as session:
        assert session.scalars(select(Informed.how)).all() == [InformedHow.OPENED]


def test_the_inbox_keeps_the_notice_and_confirms_it(doors: Doors, contested: Desk) -> None:
    contested.ask()
    tim = doors.open(contested.story.tim.person)
    listing = tim.page("/me/inbox")
    assert "You have messages to read: 2" in listing
    assert tim.get(f"/me/inbox/{listing.split('/me/inbox/')[1][:36]}", Purpose="prefetch").text.count("I have read this") == 1
    path = listing.split('href="/me/inbox/')[1].split('"')[0]
    assert "We have a question for you" in tim.page(f"/me/inbox/{path}")
    assert tim.post(f"/me/inbox/{path}/read").status_code == 303
    assert "You have messages to read: 1" in tim.page("/me/inbox")
    assert tim.get("/me/inbox/nonsense").status_code == 404


def act_first(contested: Desk) -> None:
    contested.issue(contested.start("threats"), interim=True, clause_version_id=str(contested.clause("threats")))


def test_after_acting_first_our_question_is_awaited_until_it_is_there(doors: Doors, contested: Desk) -> None:
    act_first(contested)
    tim, awaited = doors.open(contested.story.tim.person), "Our question, what happened from your side."
    assert awaited in tim.page("/me")
    asked = contested.ask(key="threats")
    page = tim.page("/me")
    assert awaited not in page and f"/me/questions/{asked}" in page and "You answer our question" in page


def test_acting_first_leaves_a_question_open(doors: Doors, contested: Desk) -> None:
    asked, tim = contested.ask(key="threats"), doors.open(contested.story.tim.person)
    act_first(contested)
    page = tim.page("/me")
    assert "You answer our question" in page, "until when is still said"
    contested.answer(asked)
    assert "We are reading your answer to our question about rule 5.2" in tim.page("/me")
