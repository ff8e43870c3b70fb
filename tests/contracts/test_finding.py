"""Finding cases by a reference, a name or a contract: on both databases the same, and nothing that is not for who looks."""

from dataclasses import dataclass

import pytest

import portal.contracts.finding as finding
from portal.accounts.models import Member
from portal.contracts.finding import Found, Sides, find_cases
from portal.contracts.models import Contract
from portal.core.i18n import language
from portal.core.migrate import migrate
from portal.disputes.operations import take_dispute, withdraw_dispute
from portal.log.operations import add
from tests.factories.market import Market, Party, Story

BEFORE = "0065"


@dataclass
class Desk:
    """Stacy contests money of Tim's "Photo app", and Ana that of Lea's "Logo & çovers_2"."""

    market: Market
    story: Story
    ana: Party
    lea: Party
    contract: Contract
    cases: dict[str, str]
    refs: dict[str, str]

    def find(self, text: str, *, reads_all: bool = True) -> Found:
        """As a lead finds it, or somebody who has nothing but what was given to them."""
        with self.market.office.database.read() as session:
            return find_cases(session, text, self.story.rae.person.id, reads_all=reads_all)

    def names(self, text: str) -> set[str]:
        """Whose cases these words find."""
        return {about.name for _case, about in self.find(text).cases}


@pytest.fixture
def desk(market: Market, story: Story) -> Desk:
    ana, lea = market.party("Ana Peña Ruiz"), market.party("Lea Ødegård")
    contract = market.contract(ana, lea, "Logo & çovers_2", [40_000], released={1: 3})
    tims, leas = market.dispute(story.stacy, story.contract), market.dispute(ana, contract)
    return Desk(market, story, ana, lea, contract, {"tim": tims["case"], "lea": leas["case"]},
                {"tim": tims["dispute"], "lea": leas["dispute"]})


TIM, LEA = "Tim Okafor", "Lea Ødegård"


FINDS = {
    "okafor": {TIM}, "  TIM   oka ": {TIM}, "stacy": {TIM}, "ødegÅrd": {LEA}, "pena ana": {LEA}, "ruiz tim": set(),
    "photo": {TIM}, "APP pho": {TIM}, "covers_2": {LEA}, "covers%2": set(), "_": {LEA}, "%": set(), "m-tim": {TIM},
    "omar": set(), "": set(), "   ": set(), "nobody of that name": set(),
}


def test_a_name_a_title_or_a_part_of_them_finds_the_cases(desk: Desk) -> None:
    assert {text: desk.names(text) for text in FINDS} == FINDS


def test_a_reference_finds_its_case_and_no_other(desk: Desk) -> None:
    lea, ana = desk.lea.account.ref, desk.ana.account.ref
    for ref in (desk.cases["lea"], desk.refs["lea"], lea, ana, desk.contract.ref, desk.contract.external_id):
        assert desk.names(ref) == {LEA}, ref
        assert desk.names(ref + "X") == set(), ref


def test_references_may_be_typed_in_small_letters(desk: Desk) -> None:
    assert desk.names(f" {desk.refs['tim'].lower()} ") == {TIM}


def test_what_was_copied_from_a_sentence_is_found(desk: Desk) -> None:
    """Sentences isolate names from right to left by signs that nobody sees, and that are copied with them."""
    yael = desk.market.party("Yael לוי")
    desk.market.dispute(desk.ana, desk.market.contract(desk.ana, yael, "Poster", [40_000], released={1: 3}))
    name = yael.account.name
    copied = language("en").gettext("%(name)s", name=name)
    assert copied != name and desk.names(copied) == desk.names(copied[:-1]) == desk.names(name) == {name}


def test_what_waits_under_a_reference_is_named_and_only_that(desk: Desk) -> None:
    assert desk.find(desk.refs["tim"]).named == ("dispute", desk.refs["tim"], desk.cases["tim"])
    assert desk.find(desk.cases["tim"]).named is None
    assert desk.find("okafor").named is None


def test_the_contract_by_which_a_case_was_found_is_told_once(desk: Desk) -> None:
    desk.market.contract(desk.ana, desk.lea, "Posters", [100], released={1: 2})
    assert desk.find("covers").contracts == [Sides(desk.contract.ref, "Logo & çovers_2", "Ana Peña Ruiz", LEA)]
    assert desk.find("lea").contracts == []
    assert [one.title for one in desk.find("posters").contracts] == ["Posters"], "it is between the sides of a case"


def test_a_title_that_changed_is_found_by_the_new_one(desk: Desk) -> None:
    desk.market.contract(desk.ana, desk.lea, "Banner", [40_000], released={1: 3})
    assert desk.names("banner") == {LEA}


def test_whoever_is_tied_to_an_account_finds_nothing_of_its_cases(desk: Desk) -> None:
    rae, lea = desk.story.rae.person.id, desk.lea.account.id
    desk.market.make(lambda work: add(work, Member(account_id=lea, person_id=rae, role="worker")))
    for text in (desk.refs["lea"], desk.cases["lea"], desk.contract.ref, "covers", "lea", "pena"):
        assert desk.find(text) == Found([], [], False, None), text
    assert desk.names("okafor") == {TIM}


def test_a_reviewer_finds_by_what_is_inside_a_case_only_what_they_may_read(desk: Desk) -> None:
    inside = ("stacy", "photo", desk.story.contract.ref, desk.story.contract.external_id, desk.story.stacy.account.ref)
    for text in inside:
        assert desk.names(text) == {TIM}, text
        assert desk.find(text, reads_all=False) == Found([], [], False, None), text
    for text in ("okafor", desk.story.tim.account.ref, "m-tim", desk.cases["tim"], desk.refs["tim"]):
        assert [about.name for _case, about in desk.find(text, reads_all=False).cases] == [TIM], "the queue shows it to everybody"
    desk.market.do(take_dispute, desk.story.rae.actor, dispute_ref=desk.refs["tim"], version=1)
    assert [about.name for _case, about in desk.find("stacy", reads_all=False).cases] == [TIM]
    assert desk.find("photo", reads_all=False).contracts and not desk.find("covers", reads_all=False).contracts


def test_a_case_in_which_nothing_waits_is_found_by_those_who_may_read_it(desk: Desk) -> None:
    desk.market.do(withdraw_dispute, desk.story.stacy.actor, dispute_ref=desk.refs["tim"])
    for text in ("okafor", desk.cases["tim"], desk.refs["tim"]):
        assert desk.names(text) == {TIM} and desk.find(text, reads_all=False).cases == [], text
    desk.market.dispute(desk.story.stacy, desk.story.contract)
    assert desk.names(desk.refs["tim"]) == {TIM}
    assert desk.find(desk.refs["tim"], reads_all=False) == Found([], [], False, None), "what is over waits in no line"


def test_more_than_are_told_are_said_to_be_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST", 1)
    both = desk.find("o")
    assert [about.name for _case, about in both.cases] == [LEA] and both.more, "the newest"
    assert not desk.find("okafor").more


def test_contracts_of_before_are_found_after_the_upgrade(desk: Desk) -> None:
    database = desk.market.office.database
    assert migrate(database, BEFORE) == BEFORE
    migrate(database)
    assert desk.names("covers_2") == {LEA} and desk.names("photo") == {TIM}
