"""The case page knows appeals and identity checks; the desk reads the letter word for word as its person does."""

import re
from pathlib import Path

import pytest

from portal.appeals.operations import file_appeal
from portal.core.access import Role
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.enforcement.operations import issue_action
from portal.verification.operations import request_item
from tests.web.desk_support import Desk, open_desk, words_of

PURPOSE = "Your payouts are about to pass an amount at which we need to know who is paid."


@pytest.fixture
def desk(sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> Desk:
    return open_desk(sqlite_database, clock, tmp_path / "instance")


def issued(desk: Desk) -> tuple[str, str]:
    """A case with a suspension in it: both references."""
    case_ref = desk.disputed()
    desk.heard(case_ref)
    action = desk.drafted(case_ref)
    fields = desk.decision(measure="suspension", ends_on=desk.market.day(-20).isoformat())
    fields = fields | {"would_change": fields.pop("would_change").split("\n")}
    del fields["version"]
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=action, version=1, fields=fields)
    return case_ref, action


def test_an_appeal_of_the_case_is_shown_with_its_date_and_reader(desk: Desk) -> None:
    case_ref, action = issued(desk)
    body = "I was in hospital for two weeks and told Stacy so on the first day."
    ref = desk.market.do(
        file_appeal, desk.story.tim.actor, action_ref=action, grounds=["too_hard"], body=body
    )["appeal"]
    page = desk.get(f"/desk/cases/{case_ref}")
    assert f'href="/desk/appeals/{ref}"' in page
    said = words_of(page)
    assert f"against {action}" in said
    assert f"Answer until the end of Sunday 6 December 2026. With reviewer {desk.story.ola.handle}." in said
    assert "An appeal waits for its answer" in said
    assert "Appeal filed, receipt sent" in said


def test_an_identity_check_of_the_case_is_shown_and_can_be_asked_for(desk: Desk) -> None:
    case_ref = desk.disputed()
    desk.market.do(
        request_item, desk.story.rae.actor, case_ref=case_ref, item="identity_document",
        clause_version_id=desk.clause("identity").id, purpose=PURPOSE, alternatives="A driving licence",
    )
    page = desk.get(f"/desk/cases/{case_ref}")
    assert re.search(r'href="/desk/identity/[A-Z]-\w+">An identity document<', page)
    assert "asked 1 time, sent 0 times, answered 0 times." in words_of(page)
    assert "Identity check: the person was asked" in words_of(page)


def letter_text(page: str) -> str:
    """The letter from its first heading on, without its headings' levels, links, and how to check it."""
    start = page.index("The rule</h")
    text = page[start:page.index("<dt>Check this document")]
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_the_desk_reads_the_letter_word_for_word(desk: Desk) -> None:
    _case, action = issued(desk)
    at_the_desk = desk.get(f"/desk/actions/{action}")
    response = desk.visit_as(desk.story.tim, f"/me/actions/{action}")
    assert response.status_code == 200
    assert letter_text(at_the_desk) == letter_text(response.text)
    assert len(letter_text(at_the_desk)) > 1000
    digest = re.findall(r"<code>([0-9a-f]{64})</code>", response.text)[0]
    assert at_the_desk.count(digest) == 2


def test_a_question_is_kept_while_it_is_written(desk: Desk) -> None:
    case_ref, clause = desk.taken(), str(desk.clause().id)
    here = f"/desk/cases/{case_ref}/ask"
    typed = {"clause": clause, "question": "What happened after", "days": "7"}
    assert f'data-draft="{here}/draft"' in desk.get(f"{here}?clause={clause}")
    assert desk.send(f"{here}/draft", typed).status_code == 200
    page = desk.get(f"{here}?clause={clause}")
    assert "What happened after</textarea>" in page
    assert 'value="7"' in page
    lead = desk.sign_in(desk.market.staff("Lee Marsh", Role.LEAD))
    assert "What happened after" not in desk.get(f"{here}?clause={clause}", lead)
    desk.browser = desk.sign_in(desk.story.rae)
    assert desk.send(here, typed | {"question": "What happened after the first drawing?", "go": "send"}).status_code == 303
    assert "first drawing?</textarea>" not in desk.get(f"{here}?clause={clause}")
    assert desk.send("/desk/cases/C-22222222/ask/draft", typed).status_code == 404
