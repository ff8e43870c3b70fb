"""Reporters who are linked with each other are named with what links them; strangers, and the person concerned, are not."""

from uuid import UUID

from portal.accounts.models import Member, MemberRole
from portal.enforcement.linked import Tie, linked_reporters
from portal.ledger.operations import add_destination
from portal.log.operations import add
from tests.factories.market import DAY, Market, Party, Story


def links(market: Market, *parties: Party) -> list[tuple[UUID, UUID, tuple[Tie, ...]]]:
    with market.office.database.read() as session:
        found = linked_reporters(session, market.office.keyring, [None, *(one.account.id for one in parties)])
    return [(one.first, one.second, one.ties) for one in found]


def paid_to(market: Market, party: Party, details: str) -> None:
    market.do(
        add_destination, account_id=party.account.id, details=details, hint="Bank account ending in 4711",
        on_file_since=market.now - 60 * DAY,
    )


def test_strangers_are_not_linked(market: Market, story: Story) -> None:
    assert links(market, story.stacy, story.omar) == []
    assert links(market, story.stacy, story.stacy) == []


def test_a_person_who_belongs_to_both_links_them(market: Market, story: Story) -> None:
    stacy, omar = story.stacy, story.omar
    market.make(lambda work: add(work, Member(
        account_id=omar.account.id, person_id=stacy.person.id, role=MemberRole.WORKER
    )))
    assert links(market, stacy, omar) == [(stacy.account.id, omar.account.id, (Tie.MEMBER,))]


def test_the_same_place_for_payouts_links_them_however_it_is_written(market: Market, story: Story) -> None:
    stacy, omar = story.stacy, story.omar
    paid_to(market, stacy, "IBAN XX11 2222 3333")
    paid_to(market, omar, "iban xx1122223333")
    assert links(market, omar, stacy) == [(omar.account.id, stacy.account.id, (Tie.DESTINATION,))]


def test_the_same_hint_alone_links_nobody(market: Market, story: Story) -> None:
    paid_to(market, story.stacy, "IBAN XX11 2222 4711")
    paid_to(market, story.omar, "IBAN YY99 8888 4711")
    assert links(market, story.stacy, story.omar) == []


def test_a_contract_with_each_other_links_them_in_either_direction(market: Market, story: Story) -> None:
    stacy, omar = story.stacy, story.omar
    market.contract(omar, stacy, "Shop", [10_000])
    market.contract(omar, stacy, "Second shop", [10_000])
    assert links(market, stacy, omar) == [(stacy.account.id, omar.account.id, (Tie.CONTRACT,))]


def test_every_tie_is_named_once(market: Market, story: Story) -> None:
    stacy, omar = story.stacy, story.omar
    market.contract(stacy, omar, "Shop", [10_000])
    for one in (stacy, omar):
        paid_to(market, one, "IBAN XX11 2222 3333")
    assert links(market, stacy, omar)[0][2] == (Tie.DESTINATION, Tie.CONTRACT)
