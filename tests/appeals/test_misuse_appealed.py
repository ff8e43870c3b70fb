"""A client who is warned for misusing disputes appeals like anybody else, and an overturned warning is gone."""

from portal.act import Office
from portal.appeals.operations import file_appeal
from portal.cases.models import Case
from portal.disputes.misuse import note_misuse
from portal.enforcement.checks import CHECKS
from portal.enforcement.operations import answer_question
from portal.enforcement.queries import action_by_ref, rules_cited, standing
from tests.appeals.conftest import BODY, Bench
from tests.disputes.deciding import Bench as Contested
from tests.disputes.deciding import answered
from tests.enforcement.conftest import with_exhibit
from tests.factories.market import Market


def warned(contested: Contested) -> Bench:
    """Rae puts it before the desk, asks Stacy, and warns her under the rule on misuse."""
    market, story = contested.market, contested.story
    with market.office.database.read() as session:
        case_ref = session.get_one(Case, contested.dispute.case_id).ref
    market.take(story.rae, case_ref)
    made = Bench(market, story, str(market.do(note_misuse, story.rae.actor, dispute_ref=contested.ref)["case"]))
    with_exhibit(made)
    market.take(story.rae, made.case_ref)
    asked = made.ask(key="dispute-misuse")
    market.do(answer_question, story.stacy.actor, message_ref=asked, answer="I contested what never came.")
    made.action_ref = made.start("dispute-misuse")
    made.issue(made.action_ref, measure="warning", ends_on="", clause_version_id=str(made.clause("dispute-misuse")))
    return made


def test_a_warning_for_misuse_is_appealed_and_overturned(office: Office) -> None:
    begun = Market(office)
    contested = answered(begun, begun.story())
    made = warned(contested)
    market, story = made.market, made.story
    with market.office.database.read() as session:
        [rule] = rules_cited(session, action_by_ref(session, made.action_ref))
        assert (rule.number, rule.data.permits[0]) == ("8.6", ("warning",))
        assert standing(session, story.stacy.account.id, market.now).state.value == "warned"
    appeal = market.do(
        file_appeal, story.stacy.actor, action_ref=made.action_ref, grounds=["not_the_rule"], body=BODY
    )["appeal"]
    item = made.item(str(appeal))
    drawn = next(one for one in (story.ola, contested.lee) if item is not None and one.person.id == item.assignee_id)
    made.begin(str(appeal), drawn)
    made.decide(str(appeal), "reversed", drawn, exhibits_considered={"1": "We read it again."})
    assert made.action(made.action_ref).reversed_at is not None
    with market.office.database.read() as session:
        assert standing(session, story.stacy.account.id, market.now).state.value == "good"
        assert [line for check in CHECKS for line in check(session)] == []
    assert contested.dispute.state == "answered", "her own dispute goes on"
