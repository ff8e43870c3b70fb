"""Deciding over HTTP: the rule first, ask first, the editor, what they will read, issue, and the second person."""

import re
from datetime import timedelta
from typing import Any

from werkzeug.test import TestResponse

from tests.web.desk_support import Desk, hidden, words_of

ASKED = "Stacy says that nothing came after the first drawing. What happened?"


def ahead(desk: Desk, draft: str, **other: Any) -> TestResponse:
    return desk.send(f"/desk/actions/{draft}/preview", desk.decision(**other))


class TestTheRuleFirst:
    def test_rules_of_that_day_with_what_each_permits(self, desk: Desk) -> None:
        page = words_of(desk.get(f"/desk/cases/{desk.disputed()}/clause"))
        assert "It bound this account on Sunday 22 November 2026" in page
        assert "6.4 Taking payment for nothing First time: warning, restriction, suspension (at most 60 days)" in page

    def test_another_day_shows_the_version_of_that_day(self, desk: Desk) -> None:
        page = words_of(desk.get(f"/desk/cases/{desk.disputed()}/clause?day=2025-05-05"))
        assert "The version of Friday 1 March 2024" in page

    def test_a_day_before_they_joined_has_no_rules(self, desk: Desk) -> None:
        page = words_of(desk.get(f"/desk/cases/{desk.disputed()}/clause?day=2020-01-01"))
        assert "No rules bound this account on that day" in page

    def test_search_finds_words_of_the_text(self, desk: Desk) -> None:
        page = words_of(desk.get(f"/desk/cases/{desk.disputed()}/clause?q=first+drawing"))
        assert "6.4 Taking payment for nothing" in page
        assert "5.1 Harassment" not in page

    def test_nothing_goes_on_without_a_rule(self, desk: Desk) -> None:
        answer = desk.send(f"/desk/cases/{desk.disputed()}/clause", {"go": "start"})
        assert answer.status_code == 422
        assert "Pick a rule from the list" in words_of(answer.text)

    def test_starting_leads_into_the_editor_with_the_rule_in_sight(self, desk: Desk, heard: str) -> None:
        picked = {"clause": str(desk.clause().id), "day": "2026-11-12", "go": "start"}
        answer = desk.send(f"/desk/cases/{heard}/clause", picked)
        page = desk.get(answer.headers["Location"])
        assert "Who takes the money of a milestone owes its work" in words_of(page)
        days = re.findall(r'<input[^>]*name="conduct_(?:from|to)"[^>]*>', page)
        assert [re.findall(r' value="([^"]+)"', one) for one in days] == [["2026-11-12"], []], "typed with the rule, not guessed"
        assert "Here for 3 years. 1 of 1 ended contracts completed." in words_of(page)

    def test_no_day_is_guessed(self, desk: Desk, heard: str) -> None:
        page = desk.get(f"/desk/cases/{heard}/clause")
        assert not re.search(r'<input[^>]* name="day"[^>]* value="[^"]', page)
        answer = desk.send(f"/desk/cases/{heard}/clause", {"clause": str(desk.clause().id), "day": "", "go": "start"})
        days = re.findall(r'<input[^>]*name="conduct_(?:from|to)"[^>]*>', desk.get(answer.headers["Location"]))
        assert len(days) == 2 and not re.search(r' value="[^"]', "".join(days))

    def test_each_rule_can_be_read_before_it_is_picked(self, desk: Desk) -> None:
        page = words_of(desk.get(f"/desk/cases/{desk.disputed()}/clause"))
        assert "Read rule 6.4 Who takes the money of a milestone owes its work." in page


class TestAskingFirst:
    def test_the_question_is_shown_as_they_will_read_it(self, desk: Desk) -> None:
        case, rule = desk.taken(), str(desk.clause().id)
        answer = desk.send(f"/desk/cases/{case}/ask", {"clause": rule, "question": ASKED, "days": "5", "go": "look"})
        assert "Nothing has been decided" in words_of(answer.text).partition("reads in the inbox")[2]
        assert "waiting for the answer" not in words_of(desk.get(f"/desk/cases/{case}"))

    def test_sent_it_waits_for_the_person(self, desk: Desk) -> None:
        case, rule = desk.taken(), str(desk.clause().id)
        answer = desk.send(f"/desk/cases/{case}/ask", {"clause": rule, "question": ASKED, "days": "5", "go": "send"})
        assert answer.status_code == 303
        assert "waiting for the answer" in words_of(desk.get(f"/desk/cases/{case}"))

    def test_too_few_days_keep_the_question(self, desk: Desk) -> None:
        case, rule = desk.taken(), str(desk.clause().id)
        answer = desk.send(f"/desk/cases/{case}/ask", {"clause": rule, "question": ASKED, "days": "1", "go": "send"})
        assert answer.status_code == 422
        assert ASKED in words_of(answer.text)
        assert "between 5 and 30 days" in words_of(answer.text)


class TestTheEditor:
    def test_only_what_is_permitted_is_offered_and_why(self, desk: Desk, draft: str) -> None:
        page = words_of(desk.get(f"/desk/actions/{draft}"))
        assert "Not permitted this time: end of the account" in page
        assert "needs a second person" in page

    def test_everything_wrong_is_named_at_once_and_all_is_kept(self, desk: Desk, draft: str) -> None:
        answer = ahead(desk, draft, measure="", facts="Too short.", would_change="One", objects=[])
        page = words_of(answer.text)
        assert answer.status_code == 422
        assert "<title>Error:" in answer.text
        for message in ("Choose what follows.", "you wrote 10", "you named 1", "Tick at least one contract"):
            assert message in page
        assert "Too short." in answer.text
        assert "taking payment and delivering nothing" in answer.text

    def test_a_listing_is_something_that_it_can_be_about(self, desk: Desk, draft: str) -> None:
        answer = ahead(desk, draft, objects=[], listing="Logo design in one day")
        assert answer.status_code == 200
        assert "This is about: your listing “Logo design in one day”" in words_of(answer.text)
        assert 'value="Logo design in one day"' in desk.get(f"/desk/actions/{draft}")

    def test_what_would_change_it_is_bounded(self, desk: Desk, draft: str) -> None:
        answer = ahead(desk, draft, would_change="One\n" + "x" * 501)
        assert answer.status_code == 422
        assert "Each thing has at most 500 characters; your longest line has 501." in words_of(answer.text)

    def test_autosave_keeps_many_versions_of_one_form(self, desk: Desk, draft: str) -> None:
        for text in ("First words.", "Second words."):
            sent = {**desk.decision(facts=text), "form_key": "same"}
            assert desk.send(f"/desk/actions/{draft}/draft", sent).status_code == 200
        assert "Second words." in desk.get(f"/desk/actions/{draft}")

    def test_an_amount_that_is_none_is_kept_in_the_draft(self, desk: Desk, draft: str) -> None:
        desk.send(f"/desk/actions/{draft}/draft", desk.decision(hold_amount="about four hundred"))
        assert 'value="about four hundred"' in desk.get(f"/desk/actions/{draft}")

    def test_not_asked_leads_to_asking(self, desk: Desk) -> None:
        draft = desk.drafted(desk.disputed())
        assert "The person was not asked about this yet" in words_of(desk.get(f"/desk/actions/{draft}"))
        assert "Ask the person first" in words_of(ahead(desk, draft).text)

    def test_too_long_a_suspension_is_refused_at_its_field(self, desk: Desk, draft: str) -> None:
        day = (desk.market.day() + timedelta(days=61)).isoformat()
        answer = ahead(desk, draft, measure="suspension", ends_on=day)
        assert answer.status_code == 422
        assert 'href="#ends_on"' in answer.text

    def test_somebody_elses_draft_is_not_shown(self, desk: Desk, draft: str) -> None:
        answer = desk.sign_in(desk.story.ola).get(f"/desk/actions/{draft}", base_url="https://localhost")
        assert answer.status_code == 403
        assert f"Reviewer {desk.story.rae.handle} has had it since Sunday 22 November 2026" in words_of(answer.text)

    def test_dropped_the_case_waits_again(self, desk: Desk, heard: str, draft: str) -> None:
        assert desk.send(f"/desk/actions/{draft}/discard", {}).headers["Location"] == f"/desk/cases/{heard}"
        assert "Questions 1 Acted first 0 Drafts of actions 0" in words_of(desk.get("/desk"))


class TestReadingAhead:
    def test_both_sides_and_no_second_hold(self, desk: Desk, draft: str) -> None:
        day = (desk.market.day() + timedelta(days=22)).isoformat()
        page = words_of(ahead(desk, draft, measure="suspension", ends_on=day).text)
        assert "Your account is suspended until the end of Monday 14 December 2026" in page
        assert "no court has found this" in page
        assert "This decision holds no money" in page
        assert "adds no second hold" in page
        assert "Issue this suspension until the end of Monday 14 December 2026" in page

    def test_clients_read_nothing_of_what_happened(self, desk: Desk, draft: str) -> None:
        day = (desk.market.day() + timedelta(days=22)).isoformat()
        page = words_of(ahead(desk, draft, measure="suspension", ends_on=day).text)
        theirs = page.partition("on the other side of a contract, reads this")[2].partition("Who is told")[0]
        assert "Photo app" in theirs
        assert "drawing" not in theirs

    def test_a_warning_tells_nobody_else(self, desk: Desk, draft: str) -> None:
        assert "Nobody else is told" in words_of(ahead(desk, draft).text)

    def test_back_to_edit_nothing_is_lost(self, desk: Desk, draft: str) -> None:
        ahead(desk, draft, weighed="I weighed three good years.")
        assert "I weighed three good years." in desk.get(f"/desk/actions/{draft}")


class TestIssuing:
    def issued(self, desk: Desk, draft: str, **other: Any) -> TestResponse:
        seen = ahead(desk, draft, **other)
        path = f"/desk/actions/{draft}/issue"
        return desk.send(path, hidden(seen.text, path))

    def test_what_was_read_is_what_is_frozen_and_told(self, desk: Desk, draft: str) -> None:
        day = (desk.market.day() + timedelta(days=22)).isoformat()
        assert self.issued(desk, draft, measure="suspension", ends_on=day).status_code == 303
        page = words_of(desk.get(f"/desk/actions/{draft}"))
        assert "Tim Okafor is suspended now" in page
        assert "On the first milestone of $400.00 one drawing was delivered" in page
        assert "Stacy Moreno · fixed words for the other side" in page

    def test_issued_twice_is_a_conflict_that_keeps_the_text(self, desk: Desk, draft: str) -> None:
        self.issued(desk, draft)
        again = desk.send(f"/desk/actions/{draft}/issue", desk.decision())
        assert again.status_code == 409
        assert "taking payment and delivering nothing" in again.text

    def test_four_clicks_are_one_decision(self, desk: Desk, draft: str) -> None:
        sent = {**desk.decision(), "form_key": "clicked four times"}
        answers = {desk.send(f"/desk/actions/{draft}/issue", sent).status_code for _ in range(4)}
        assert answers == {303}

    def test_after_half_an_hour_it_must_be_shown_again_that_it_is_them(self, desk: Desk, draft: str) -> None:
        desk.clock.advance(minutes=31)
        answer = desk.send(f"/desk/actions/{draft}/issue", desk.decision())
        assert answer.status_code == 403
        assert 'action="/step-up"' in answer.text

    def test_showing_it_again_carries_the_form_through(self, desk: Desk, draft: str) -> None:
        desk.clock.advance(minutes=31)
        path = f"/desk/actions/{draft}/issue"
        kept = hidden(desk.send(path, desk.decision()).text, "/step-up")
        replay = desk.send("/step-up", {**kept, "code": desk.story.rae.code()})
        assert "taking payment and delivering nothing" in replay.text
        assert desk.send(path, hidden(replay.text, path)).status_code == 303

    def test_an_expired_session_takes_the_form_along(self, desk: Desk, draft: str) -> None:
        desk.clock.advance(hours=13)
        answer = desk.send(f"/desk/actions/{draft}/issue", desk.decision())
        assert answer.status_code == 401
        assert 'name="kept"' in answer.text


def test_earlier_decisions_are_a_page_away(desk: Desk) -> None:
    ref = desk.drafted(desk.taken())
    page = desk.get(f"/desk/actions/{ref}")
    href = f"/desk/rules/{desk.clause().id}/decisions"
    assert f'href="{href}"' in page
    assert "No decision under this rule yet" in words_of(desk.get(href))


def test_an_earlier_warning_is_not_said_to_last(desk: Desk, draft: str) -> None:
    assert desk.send(f"/desk/actions/{draft}/issue", desk.decision()).status_code == 303
    page = words_of(desk.get(f"/desk/rules/{desk.clause().id}/decisions"))
    assert "1 decision under this rule" in page and "Nothing is taken away." in page and " days " not in page
