"""A client contests with files from the start, is asked something, is offered a settlement; a lead sees what the marketplace
is told. On a phone without scripts and on a wide screen with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.accounts.passwords import hash_password
from portal.core.access import Role
from portal.core.database import Database
from portal.disputes.models import Dispute
from portal.disputes.operations import answer_dispute, answer_our_question, ask_client, decide_dispute, offer_settlement
from portal.disputes.queries import dispute_by_ref, questions_of
from tests.documents.making import SAMPLES
from tests.factories.market import Market, Party, Staff, Story
from tests.journeys.conftest import Live, Visitor
from tests.web.test_dispute_decisions import REASONS

PASSWORD = "a long password for a short journey"
WIDE = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """How a page looks does not depend on the database."""
    return sqlite_database


@dataclass
class Scene:
    """The story with a milestone that brought us a fee, and browsers of one width."""

    live: Live
    market: Market
    story: Story
    kind: str
    contract_ref: str

    def person(self, party: Party | Staff) -> Visitor:
        plain = self.kind == "phone" and isinstance(party, Party)
        visitor = self.live.without_scripts() if plain else self.live.person(**WIDE)
        visitor.sign_in(str(party.person.email), PASSWORD, party.secret if isinstance(party, Staff) else None)
        return visitor

    def dispute(self, ref: str) -> Dispute:
        with self.live.office.database.read() as session:
            return dispute_by_ref(session, ref)


@pytest.fixture(params=["phone", "wide"])
def scene(request: pytest.FixtureRequest, live: Live) -> Scene:
    market = Market(live.office, password_hash=hash_password(PASSWORD))
    story = market.story()
    contract = market.contract(story.stacy, story.tim, "Poster", [40_000])
    market.earn(contract, 1, 36_000, days_ago=7, fee_minor=4_000)
    return Scene(live, market, story, request.param, contract.ref)


def contest(scene: Scene, stacy: Visitor, folder: Path) -> str:
    """With one file that is refused and one that is taken; what was typed stays."""
    wrong, right = folder / "notes.txt", folder / "drawing.png"
    wrong.write_text("only words")
    right.write_bytes(SAMPLES["image/png"])
    stacy.go(f"/disputes/new?contract={scene.contract_ref}&milestone=1")
    page = stacy.page
    page.get_by_label("What was agreed?").fill("A poster in three colours.")
    page.get_by_label("What happened?").fill("One drawing came, then nothing.")
    page.get_by_label("Add a file").set_input_files(wrong)
    page.get_by_label("What does this file show?").fill("The drawing that came")
    stacy.press("Add this file")
    stacy.reads("Please look at this again", "We take PDF, JPEG and PNG files.")
    stacy.picture(f"{scene.kind}-dispute-refused")
    assert page.get_by_label("What happened?").input_value() == "One drawing came, then nothing."
    page.get_by_label("Add a file").set_input_files(right)
    stacy.press("Add this file")
    stacy.reads("The drawing that came", "drawing.png")
    stacy.picture(f"{scene.kind}-dispute-files")
    page.get_by_label(re.compile("^3. Full refund")).check()
    page.get_by_label("All of this amount back").check()
    stacy.press("Go on and check")
    stacy.reads("1 file", "The drawing that came")
    stacy.picture(f"{scene.kind}-dispute-check")
    stacy.press("Send my dispute")
    return page.url.rsplit("/", 1)[1]


def test_from_the_files_to_what_comes_back_in_all(scene: Scene, tmp_path: Path) -> None:
    market, story, kind = scene.market, scene.story, scene.kind
    stacy, tim = scene.person(story.stacy), scene.person(story.tim)
    ref = contest(scene, stacy, tmp_path)
    tim.go(f"/disputes/{ref}")
    tim.reads("The drawing that came")
    tim.picture(f"{kind}-dispute-shown")
    market.do(answer_dispute, story.tim.actor, dispute_ref=ref, answer="The drawing is the first version.")
    _asked(scene, stacy, ref)
    tim.go("/me")
    tim.reads("answer to our question about “Poster”")
    tim.picture(f"{kind}-me-other-asked")
    with scene.live.office.database.read() as session:
        question = questions_of(session, dispute_by_ref(session, ref).id)[-1].ref
    market.do(answer_our_question, story.stacy.actor, dispute_ref=ref, question_ref=question, answer="On Friday.")
    args = {"dispute_ref": ref, "refund_minor": 9_000, "days": 7, "text": "Let us share it."}
    market.do(offer_settlement, story.tim.actor, **args)
    stacy.go("/me")
    stacy.reads("Tim Okafor offers you a settlement", "You would get $100.00 USD")
    stacy.picture(f"{kind}-me-offer")
    stacy.follow("Look at the offer")
    stacy.reads("In all to Stacy Moreno")
    stacy.picture(f"{kind}-offer")
    stacy.press("Look at what moves, then accept")
    stacy.picture(f"{kind}-offer-check")
    market.do(decide_dispute, story.rae.actor, dispute_ref=ref, version=scene.dispute(ref).version, outcome="split",
              refund_minor=9_000, cites="term:2", reasons=REASONS)
    for side, visitor in (("client", stacy), ("freelancer", tim)):
        visitor.go("/me")
        visitor.picture(f"{kind}-me-decided-{side}")
        visitor.go(f"/disputes/{ref}")
        visitor.reads("$100.00 USD in all")
        visitor.picture(f"{kind}-decided-{side}")


def _asked(scene: Scene, stacy: Visitor, ref: str) -> None:
    """The reviewer asks, and the client's own page begins with it."""
    market, rae = scene.market, scene.story.rae
    with scene.live.office.database.read() as session:
        case_ref = session.connection().exec_driver_sql('SELECT ref FROM "case" ORDER BY id DESC').scalars().first()
    market.take(rae, str(case_ref))
    args = {"dispute_ref": ref, "version": scene.dispute(ref).version, "question": "When did you say so?"}
    market.do(ask_client, rae.actor, **args)
    stacy.go("/me")
    stacy.reads("We have a question about your dispute with Tim Okafor")
    stacy.picture(f"{scene.kind}-me-asked")
    stacy.follow("Answer our question")
    stacy.reads("When did you say so?")


def test_a_lead_sees_what_the_marketplace_is_told(scene: Scene) -> None:
    lee = scene.market.staff("Lee Marsh", Role.LEAD)
    ref = scene.market.pay_out(scene.story.tim, scene.story.destination, 10_000)["payout"]
    visitor = scene.person(lee)
    if scene.kind == "phone":
        visitor.page.set_viewport_size({"width": 360, "height": 740})
    visitor.go("/desk")
    visitor.go("/desk/outgoing")
    visitor.reads("1 message waits for the marketplace’s answer", str(ref), "waits for an address")
    visitor.picture(f"{scene.kind}-outgoing")
