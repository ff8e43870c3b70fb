"""A restriction that rests on an identity check, in the editor, in the letter and on everybody's pages, before and after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portal.core.clock import MovedClock
from portal.core.database import Database
from tests.verification.making import Checks
from tests.web.desk_support import Desk, open_desk, words_of
from tests.web.test_desk_again import ahead, begun

CHOSEN: dict[str, Any] = {
    "measure": "restriction", "scope": ["search", "new_contracts"], "ends_on": "2026-12-20", "resting": ["new_contracts"],
}
SOONER = "It ends at once when we accept what you send, when we no longer ask for it, or when we do not answer in time."


@pytest.fixture
def desk(sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> Desk:
    return open_desk(sqlite_database, clock, tmp_path)


@pytest.fixture
def case(desk: Desk) -> str:
    case = desk.taken()
    desk.heard(case)
    return case


@pytest.fixture
def checks(desk: Desk, case: str) -> Checks:
    return Checks.of(desk.market, desk.story, case)


def mine(desk: Desk, path: str) -> str:
    return words_of(desk.visit_as(desk.story.tim, path).text)


def test_without_an_open_check_nothing_can_be_named(desk: Desk, case: str) -> None:
    here = begun(desk, case)
    assert "No identity check of this case is open." in words_of(desk.get(here))
    status, page, text = ahead(desk, here, **CHOSEN)
    assert status == 422 and "Choose the identity check with which this ends." in page and 'href="#rests_on"' in text
    kept = desk.send(f"{here}/draft", desk.decision(**CHOSEN) | {"go": "identity"})
    assert kept.status_code == 303 and kept.headers["Location"] == f"/desk/cases/{case}/identity"
    assert "show us, and what for?" in words_of(desk.get(f"/desk/cases/{case}/identity"))


def test_it_is_said_everywhere_and_ends_when_it_is_accepted(desk: Desk, case: str, checks: Checks) -> None:
    item, here = str(checks.ask()["item"]), begun(desk, case)
    assert f"An identity document ({item})" in words_of(desk.get(here))
    status, page, _text = ahead(desk, here, **CHOSEN, rests_on=item)
    assert status == 200 and page.count(SOONER) == 1 and f"This rests on our identity check {item}" in page
    assert f'<option selected value="{item}">' in desk.get(here), "the draft keeps it"
    assert desk.send(f"{here}/issue", desk.decision(**CHOSEN, rests_on=item)).status_code == 303
    ref = here.rsplit("/", 1)[-1]
    assert SOONER in words_of(desk.get(here))
    resting = words_of(desk.get(f"/desk/identity/{item}"))
    assert "Our decision takes this away until it is shown: new contracts." in resting
    assert f"Something of this decision rests on it: {ref}" in words_of(desk.get(f"/desk/cases/{case}"))
    letter = mine(desk, f"/me/actions/{ref}")
    assert SOONER in letter and "(An identity document, asked for on" in letter and "Open the identity check" in letter
    record = json.loads(desk.visit_as(desk.story.tim, f"/me/actions/{ref}.json").text)
    assert record["identity_check"]["ref"] == item
    assert [one.get("rests_on") for one in record["restrictions"]] == [None, item]
    assert f"This ends at once when we accept what you send for the identity check {item}" in mine(desk, "/me")
    assert f"Our decision {ref} takes this away meanwhile: new contracts." in mine(desk, f"/me/identity/{item}")
    desk.clock.advance(hours=1)
    checks.send(item)
    checks.accept(item)
    after = mine(desk, f"/me/actions/{ref}")
    assert "What has ended with the identity check" in after and SOONER not in after and "Free again: new contracts." in after
    assert "The rest applies as this letter says." in after and "Given back on" in after
    page = mine(desk, "/me")
    assert "This ends at once" not in page and f"What of the decision {ref} rested on an identity check has ended." in page
    assert "takes this away meanwhile" not in mine(desk, f"/me/identity/{item}")
