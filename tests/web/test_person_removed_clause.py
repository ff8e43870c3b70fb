"""A clause that the next version removed stays readable where an old action cites it, in its old version, with its words."""

from __future__ import annotations

import html
import re

from portal.enforcement.operations import ask_first, start_action
from portal.rulebook.queries import cited_clause
from tests.enforcement.conftest import Desk
from tests.web.conftest import Browser, Doors

KEY, WORDS = "contact-details", "Sending telephone numbers or mail addresses before a contract has begun is not permitted."
OLD, NEW = "/rules/terms-of-service/2024-03-01", "/rules/terms-of-service/2026-03-01"


def warned(desk: Desk) -> str:
    """An action for what happened while the clause was in force; the version that removed it came later."""
    clause = desk.clause(KEY, 2024)
    asked = desk.market.do(
        ask_first, desk.story.rae.actor, case_ref=desk.case_ref, clause_version_id=clause, question="Why so early?", days=5
    )
    desk.answer(str(asked["message"]))
    started = desk.market.do(start_action, desk.story.rae.actor, case_ref=desk.case_ref, clause_version_id=clause)
    day = desk.market.day
    desk.issue(
        str(started["action"]), clause_version_id=str(clause), measure="warning", ends_on="",
        conduct_from=day(340).isoformat(), conduct_to=day(330).isoformat(),
    )
    return str(started["action"])


def test_an_old_action_leads_to_the_words_of_a_removed_clause(doors: Doors, contested: Desk) -> None:
    action = warned(contested)
    with contested.office.database.read() as session:
        cited = cited_clause(session, contested.clause(KEY, 2024))
    assert cited is not None and cited.path == f"{OLD}#{KEY}" and WORDS in cited.text
    tim = doors.open(contested.story.tim.person)
    statement = html.unescape(tim.page(f"/me/actions/{action}"))
    assert WORDS in statement and f'href="{OLD}#{KEY}"' in statement
    for reader in (tim, Browser(doors.app.test_client())):
        book = html.unescape(reader.page(OLD))
        assert WORDS in book and f'id="{KEY}"' in book
    now = html.unescape(tim.page(NEW))
    assert WORDS not in now and f'id="{KEY}"' not in now
    assert re.search(rf'href="{OLD}"', now), "the older version can be found from the newer one"
