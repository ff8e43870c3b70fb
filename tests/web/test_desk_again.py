"""Deciding again, over HTTP: the editor says what was decided or overturned before, and what that means for this reviewer."""

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from portal.appeals.operations import decide_appeal, file_appeal
from portal.appeals.queries import appeal_by_ref
from portal.cases.models import WorkItem
from portal.core.access import Role
from portal.enforcement.handing import hand_over
from portal.enforcement.operations import issue_action
from portal.enforcement.rules import SECOND_PERSON
from portal.web.desk import words
from tests.web.desk_support import Desk, hidden, words_of

BODY = "I was in hospital for two weeks and told Stacy so on the first day."


def decided(desk: Desk, case: str) -> str:
    """Rae's warning, issued after Tim was heard."""
    desk.heard(case)
    ref, fields = desk.drafted(case), desk.decision()
    fields = {name: value for name, value in fields.items() if name != "version"}
    fields["would_change"] = str(fields["would_change"]).split("\n")
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    return ref


def overturned(desk: Desk, case: str) -> str:
    """The same warning, overturned by Ola a minute ago."""
    ref = decided(desk, case)
    filed = desk.market.do(file_appeal, desk.story.tim.actor, action_ref=ref, grounds=["too_hard"], body=BODY)["appeal"]
    with desk.market.office.database.read() as session:
        version = appeal_by_ref(session, filed).version
    desk.market.do(
        decide_appeal, desk.story.ola.actor, appeal_ref=filed, version=version, outcome="reversed", ground_answers={},
        exhibits_considered={}, reasons="We read his messages.", our_error="We did not read the hospital letter.",
    )
    desk.clock.advance(minutes=1)
    return ref


def begun(desk: Desk, case: str, browser: FlaskClient | None = None) -> str:
    """The page of a new draft under the same rule, begun at the desk."""
    started = desk.send(f"/desk/cases/{case}/clause", {"clause": str(desk.clause().id), "go": "start"}, browser)
    assert started.status_code == 303, words_of(started.text)
    return str(started.headers["Location"])


def ahead(desk: Desk, here: str, browser: FlaskClient | None = None, **other: Any) -> tuple[int, str, str]:
    answer = desk.send(f"{here}/preview", desk.decision(**other), browser)
    return answer.status_code, words_of(answer.text), answer.text


def test_what_was_decided_is_shown_and_not_decided_again(desk: Desk) -> None:
    case = desk.taken()
    first = decided(desk, case)
    desk.heard(case)
    here = begun(desk, case)
    seen = words_of(desk.get(here))
    assert f"Counted: {first} (Thursday 12 November 2026 to Sunday 22 November 2026)" in seen
    assert "This was decided already" not in seen
    status, page, text = ahead(desk, here, measure="suspension", ends_on="2026-12-20")
    assert status == 422 and "This was decided already" in page and f'href="/desk/actions/{first}"' in text
    assert f"{first} decided this already: the same rule, days that overlap" in page and "taking payment" in text
    assert "First time within 12 months" in page, "the same conduct is not counted as an earlier time"
    assert desk.send(f"{here}/issue", desk.decision()).status_code == 422
    kept = words_of(desk.get(here))
    assert "This was decided already" in kept and "Nothing is decided twice." in kept


def test_who_signed_what_was_overturned_is_told_before_they_write(desk: Desk) -> None:
    case = desk.taken()
    first = overturned(desk, case)
    asks = words_of(desk.get(f"/desk/cases/{case}/clause"))
    assert "Before a decision the person can say how they see it" in asks, "what was asked before is over"
    here = begun(desk, case)
    seen = words_of(desk.get(here))
    assert "An earlier decision under this rule was overturned" in seen and f"Read {first}" in seen
    assert "You signed it. If this is about the same conduct, somebody else has to decide" in seen
    assert ahead(desk, here)[0] == 422
    desk.heard(case)
    status, page, _text = ahead(desk, here)
    assert status == 403 and f"{first} was overturned, and whoever signed it does not decide this again." in page


def test_somebody_else_sends_it_to_a_second_person(desk: Desk) -> None:
    case = desk.taken()
    overturned(desk, case)
    staff, lead = desk.market.staff("Kim Sato"), desk.market.staff("Lee Marsh", Role.LEAD)
    with desk.market.office.database.read() as session:
        dispute = session.scalars(select(WorkItem.subject_ref).where(WorkItem.kind == "dispute")).one()
    given = {"case_ref": case, "what": dispute, "to": staff.handle, "reason": "Rae had signed what was overturned."}
    desk.market.do(hand_over, lead.actor, **given)
    kim = desk.sign_in(staff)
    here = begun(desk, case, kim)
    seen = words_of(desk.get(here, kim))
    assert "the person is asked again, and a second person signs with a written reason" in seen
    assert "The person was not asked about this yet" in seen
    ask = {"clause": str(desk.clause().id), "question": "What does the letter say?", "days": "5", "go": "send"}
    assert desk.send(f"/desk/cases/{case}/ask", ask, kim).status_code == 303
    desk.clock.advance(days=7)
    kim = desk.sign_in(staff)
    status, page, text = ahead(desk, here, kim, conduct_to="2026-11-20")
    assert status == 200 and "An earlier decision about the same conduct was overturned, so somebody else" in page
    assert "Send for co-signature" in page and f'action="{here}/issue"' not in text
    assert desk.send(f"{here}/propose", hidden(text, f"{here}/propose"), kim).status_code == 303


def test_every_reason_for_a_second_person_has_its_words() -> None:
    assert set(words.SECOND) == set(words.SECOND_FOR) == set(SECOND_PERSON)


def test_acting_first_is_offered_once(desk: Desk) -> None:
    case, threats = desk.taken(), str(desk.clause("threats").id)
    fields = {"clause": threats, "go": "start"}
    here = str(desk.send(f"/desk/cases/{case}/clause", fields).headers["Location"])
    assert 'name="interim"' in desk.get(here)
    first = {"clause_version_id": threats, "measure": "suspension", "interim": "y"}
    assert desk.send(f"{here}/issue", desk.decision(**first)).status_code == 303
    again = str(desk.send(f"/desk/cases/{case}/clause", fields).headers["Location"])
    page = desk.get(again)
    assert 'name="interim"' not in page and "We acted first in this case already" in words_of(page)
    status, said, _text = ahead(desk, again, **first)
    assert status == 422 and "Ask the person, then decide." in said
