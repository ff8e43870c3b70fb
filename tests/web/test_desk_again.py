"""Deciding again, over HTTP: the editor says what was done before."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.core.clock import MovedClock
from portal.core.database import Database
from tests.web.desk_support import Desk, open_desk, words_of


@pytest.fixture
def desk(sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> Desk:
    return open_desk(sqlite_database, clock, tmp_path)


def ahead(desk: Desk, here: str, browser: FlaskClient | None = None, **other: Any) -> tuple[int, str, str]:
    answer = desk.send(f"{here}/preview", desk.decision(**other), browser)
    return answer.status_code, words_of(answer.text), answer.text


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
