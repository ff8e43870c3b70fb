"""Closing a case at the desk: what still runs is said in words, and what each of them will read is seen before it is sent."""

from pathlib import Path

import pytest

from portal.cases.models import ReportSource
from portal.cases.operations import add_report, case_by_ref
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.enforcement.reporting import report_account
from tests.web.desk_support import REPORT, Desk, open_desk, words_of

REASON = "I read what both sides wrote. The work came a day later, as agreed."


@pytest.fixture
def desk(sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> Desk:
    return open_desk(sqlite_database, clock, tmp_path / "instance")


def reported(desk: Desk) -> tuple[str, str]:
    """Stacy reports Tim, and Rae has the case: the references of both."""
    stacy, contract = desk.story.stacy, desk.story.contract
    made = desk.market.do(
        report_account, stacy.actor, account_id=stacy.account.id, contract_ref=contract.ref, happened=REPORT
    )
    page = desk.get("/desk")
    case_ref = page.split("/desk/cases/")[1][:10]
    return desk.take(case_ref), str(made["report"])


def test_what_still_runs_is_named(desk: Desk) -> None:
    case_ref = desk.taken()
    assert f'href="/desk/cases/{case_ref}/close"' in desk.get(f"/desk/cases/{case_ref}")
    said = words_of(desk.get(f"/desk/cases/{case_ref}/close"))
    assert "It cannot be closed yet A dispute of this case is still open: its money has to be decided first." in said


def test_it_is_read_before_it_is_sent(desk: Desk) -> None:
    case_ref, report_ref = reported(desk)
    desk.heard(case_ref)
    here = f"/desk/cases/{case_ref}/close"
    page = desk.get(here)
    rule = str(desk.clause().id)
    assert f'value="{rule}" checked' in page, "the rule that we asked about is ticked"
    assert ">Show what they will read</button>" in page and 'value="close"' not in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    looked = desk.send(here, {"rules": [rule], "reason": REASON, "seen": seen, "go": "look"})
    said = words_of(looked.text)
    assert "Tim Okafor, whom we asked, reads this The matter that we asked you about is closed" in said
    assert "We reviewed what you reported under rule 6.4; it did not apply. Thank you." in said
    assert 'value="close"' in looked.text
    other = str(desk.clause("off-platform-payment").id)
    unread = desk.send(here, {"rules": [other], "reason": REASON, "seen": seen, "read": rule, "go": "close"})
    assert unread.status_code == 409 and "Read what they will read now." in words_of(unread.text) and REASON in unread.text
    assert 'value="close"' not in unread.text, "it is read once more first"
    sent = desk.send(here, {"rules": [rule], "reason": REASON, "seen": seen, "read": rule, "go": "close"})
    assert sent.location == f"/desk/cases/{case_ref}"
    said = words_of(desk.get(f"/desk/cases/{case_ref}"))
    assert "This case is closed" in said and REASON in said and "closed without action. Reviewed under: 6.4" in said
    assert "Case closed, whoever reported was answered" in said
    assert "Close without action" not in said
    desk_stacy = words_of(desk.visit_as(desk.story.stacy, f"/reports/{report_ref}").text)
    assert "We answered your report" in desk_stacy


def test_nothing_typed_is_lost(desk: Desk) -> None:
    case_ref, _report = reported(desk)
    here = f"/desk/cases/{case_ref}/close"
    missing = desk.send(here, {"reason": REASON, "seen": "1-0", "go": "close"})
    assert missing.status_code == 422
    assert "Choose at least one rule under which you reviewed it." in missing.text
    assert f"{REASON}</textarea>" in missing.text
    assert f"{REASON}</textarea>" in desk.get(here), "kept as a draft"


def test_somebody_else_reads_who_has_it(desk: Desk) -> None:
    case_ref, _report = reported(desk)
    ola = desk.sign_in(desk.story.ola)
    assert ola.get(f"/desk/cases/{case_ref}/close", base_url="https://localhost").status_code == 403


def test_whoever_was_asked_reads_that_it_is_over(desk: Desk) -> None:
    case_ref, _report = reported(desk)
    desk.heard(case_ref)
    here = f"/desk/cases/{case_ref}/close"
    seen = desk.get(here).split('name="seen" value="')[1].split('"')[0]
    rule = str(desk.clause().id)
    desk.send(here, {"rules": [rule], "reason": REASON, "seen": seen, "read": rule, "go": "close"})
    said = words_of(desk.visit_as(desk.story.tim, "/me").text)
    assert "We closed the matter that we asked you about." in said
    assert "We are reading your answer" not in said
    ref = said.split("Question ")[1].split()[0]
    page = words_of(desk.visit_as(desk.story.tim, f"/me/questions/{ref}").text)
    assert "This matter is closed" in page and "Nothing is needed from you." in page
    assert REASON not in page
    stacy = words_of(desk.visit_as(desk.story.stacy, "/me").text)
    assert "We answered your report." in stacy


def test_linked_reporters_are_shown_as_linked(desk: Desk) -> None:
    case_ref, _report = reported(desk)
    assert "linked with each other" not in desk.get(f"/desk/cases/{case_ref}")
    story, market = desk.story, desk.market
    market.contract(story.stacy, story.omar, "Shop", [10_000])
    market.make(lambda work: add_report(
        work, case_by_ref(work, case_ref), source=ReportSource.USER, reporter_account_id=story.omar.account.id,
        body="He is silent with me as well.", language="en",
    ))
    said = words_of(desk.get(f"/desk/cases/{case_ref}"))
    names = f"{story.stacy.account.name} and {story.omar.account.name}"
    assert f"{names}: they have, or had, a contract with each other." in said
    assert "This is a fact to weigh, and changes nothing by itself." in said
