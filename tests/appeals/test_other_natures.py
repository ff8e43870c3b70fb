"""Appeals against decisions that are not about conduct: the reasons to tick fit what such a decision says."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.act import Office
from portal.appeals.operations import file_appeal, save_appeal_draft
from portal.appeals.queries import appeal_by_ref, decision_of, grounds_of
from portal.appeals.rules import GROUNDS, NEW, ground_words, grounds_against
from portal.core.access import Role
from portal.enforcement.models import Nature
from portal.enforcement.operations import lift_action
from portal.notices.models import Notice
from tests.appeals.conftest import BODY, Bench, opened_case
from tests.enforcement.conftest import with_exhibit
from tests.enforcement.test_ordering import ordered
from tests.enforcement.test_protecting import protect
from tests.factories.market import Market, refused
from tests.factories.promising import rows
from tests.web.conftest import Doors

AMOUNT = {"block_amount_minor": "30000", "block_currency": "USD", "measure": "restriction"}
OURS = {"protective": ["was_me", "can_show"], "legal": ["order_elsewhere", "order_over", "order_amount", "order_less"]}


def begun(office: Office, nature: str) -> Bench:
    """Stacy reported Tim; his account is protected, or an order about its money is carried out."""
    market = Market(office)
    story = market.story()
    market.dispute(story.stacy, story.contract, report=True, happened=BODY)
    bench = with_exhibit(Bench(market, story, opened_case(office)))
    assert isinstance(bench, Bench)
    bench.action_ref = protect(bench) if nature == "protective" else ordered(bench, **AMOUNT)
    return bench


@pytest.mark.parametrize("nature", ["protective", "legal"])
def test_its_own_reasons_are_filed_and_answered_one_by_one(office: Office, nature: str) -> None:
    bench = begun(office, nature)
    other = bench.market.staff("Kim Sato", Role.REVIEWER) if nature == "legal" else bench.story.ola
    assert refused(lambda: bench.file(grounds=["not_the_rule"])) == "grounds_missing"
    ref = bench.file(grounds=OURS[nature])
    with bench.office.database.read() as session:
        filed = grounds_of(session, appeal_by_ref(session, ref))
        assert {one.key: one.text for one in filed} == {key: GROUNDS[key] for key in OURS[nature]}
    bench.decide(ref, by=other)
    with bench.office.database.read() as session:
        record = (decision_of(session, bench.appeal(ref).id) or ({}, None))[0] or {}
    assert {(one["key"], one["ground"], one["answer"]) for one in record["grounds"]} == {
        (key, GROUNDS[key], f"We looked at this: {key}.") for key in OURS[nature]
    }


def test_what_is_offered_fits_the_nature() -> None:
    def offered(**record: Any) -> set[str]:
        return grounds_against(record).keys() - {"other"}

    assert offered(nature="conduct") == offered() == {"not_me", "not_the_rule", "too_hard"}
    assert offered(nature="protective") == {"was_me", "can_show", "no_danger", "too_hard"}
    assert offered(nature="legal", order={"amount": None}) == {"order_elsewhere", "order_over", "order_less"}
    assert offered(nature="legal", order={"amount": {"amount_minor": 1}}) == set(OURS["legal"])
    assert {key for nature in Nature for key in grounds_against({"nature": nature, "order": {"amount": 1}})} == (
        GROUNDS.keys() - {"withheld", "money_held", NEW}
    )
    assert offered(restrictions=[{"kind": "monetary", "scope": "CL-1"}]) == offered() | {"money_held"}
    assert offered(restrictions=[{"kind": "monetary", "scope": "new_places"}]) == offered()


def test_what_was_filed_before_stays_readable() -> None:
    assert ground_words("not_the_rule", []) == "What I did does not fall under this rule."


def test_the_form_offers_them_and_forgets_what_no_longer_fits(app: Flask) -> None:
    bench = begun(app.extensions["office"], "protective")
    typed = {"grounds": ["not_the_rule", "was_me"], "body": BODY}
    bench.market.do(save_appeal_draft, bench.story.tim.actor, action_ref=bench.action_ref, fields=typed)
    tim = Doors(app, bench.market).open(bench.story.tim.person)
    page = tim.page(f"/appeals/new?action={bench.action_ref}")
    assert 'value="was_me" checked' in page and "I can show who I am." in page and 'value="not_the_rule"' not in page
    assert "Why we protect your account" in page and "falls under" not in page
    said = {"action": bench.action_ref, "grounds": ["was_me"], "body": BODY}
    assert "It was me who did what you saw." in tim.post("/appeals/new", step="check", **said).text
    assert tim.post("/appeals/new", step="send", **said).status_code == 303


def test_somebody_is_refused_what_their_decision_does_not_offer(office: Office) -> None:
    bench = begun(office, "legal")
    args = {"action_ref": bench.action_ref, "grounds": ["was_me"], "body": BODY}
    assert refused(lambda: bench.market.do(file_appeal, bench.story.tim.actor, **args)) == "grounds_missing"


@pytest.mark.parametrize(("nature", "named"), [
    ("protective", "to protect the account"), ("legal", "which names a law or an order"),
])
def test_what_becomes_of_it_names_no_rule(office: Office, nature: str, named: str) -> None:
    bench = begun(office, nature)
    action = bench.action(bench.action_ref)
    reason = "He showed us who he is, and the bank confirmed it."
    bench.market.do(lift_action, bench.story.rae.actor, action_ref=action.ref, version=action.version, reason=reason)
    told = rows(bench.market, select(Notice).where(Notice.about_ref == action.ref, Notice.kind == "action_changed"))
    mine = [one for one in told if one.recipient_id == bench.story.tim.person.id]
    assert [f"We lift our decision {action.ref}" in one.body and named in one.body for one in mine] == [True]
    assert not any(" rule " in f"{one.body} {one.mail_body}" for one in mine)
