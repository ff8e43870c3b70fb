"""Who may look somebody up, and what of them is read for several at once, on both engines."""

from datetime import timedelta

from portal.enforcement.looking import Reader, collaborator, collaborators
from portal.enforcement.queries import actions_lately, owner_zones, rules_of
from tests.enforcement.conftest import Desk
from tests.factories.market import Party


def reader(desk: Desk, party: Party) -> Reader:
    return Reader(party.person.id, frozenset({party.account.id}), desk.market.now)


def test_whoever_was_told_may_look_up_and_nobody_else_without_a_contract(desk: Desk) -> None:
    """Nor does whoever has no account at all, as the people of the desk."""
    market, tim, stacy = desk.market, desk.story.tim, desk.story.stacy
    zoe, stranger = market.party("Zoe Lindgren"), market.party("Quinn Adeyemi")
    market.contract(zoe, tim, "Logo", [20_000], started=200, ended=175)
    ref = desk.ready()
    desk.issue(ref)
    desk.later(days=6)
    with desk.office.database.read() as session:
        told = collaborator(session, tim.account.ref, reader(desk, zoe))
        both = collaborators(session, [zoe.account.id, tim.account.id], reader(desk, stacy))
        for nobody in (reader(desk, stranger), Reader(desk.story.rae.person.id, frozenset(), market.now)):
            assert collaborator(session, tim.account.ref, nobody) is None
            assert collaborators(session, [tim.account.id, stacy.account.id], nobody) == []
    assert told is not None and (told.near, told.paid_since, told.told) == (False, None, {ref})
    assert [(one.account.id, one.near, one.told) for one in both] == [(tim.account.id, True, {ref})]


def test_several_are_read_at_once(desk: Desk) -> None:
    tim, stacy = desk.story.tim.account.id, desk.story.stacy.account.id
    ref = desk.ready()
    desk.issue(ref)
    now = desk.market.now
    with desk.office.database.read() as session:
        found = actions_lately(session, [tim, stacy], now - timedelta(days=30), now)
        rules = rules_of(session, [each.action for each in found])
        assert owner_zones(session, [tim, stacy]) == {tim: "UTC", stacy: "UTC"}
        assert actions_lately(session, [tim], now + timedelta(days=60), now + timedelta(days=90)) == []
        ended = actions_lately(session, [tim], now, now + timedelta(days=25))
    assert [(each.action.ref, each.scopes, each.in_effect) for each in found] == [(ref, ("account",), True)]
    assert [(each.action.ref, each.in_effect) for each in ended] == [(ref, False)]
    assert [clause.key for cited in rules.values() for clause in cited] == ["payment-for-nothing"]
