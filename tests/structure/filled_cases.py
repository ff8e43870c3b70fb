"""What the filled database has of cases: reports, closings, needs, identity checks; and the rules that change."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import sqlalchemy as sa

from portal.accounts.flaggers import trust_flagger
from portal.cases.models import Case, WorkItem
from portal.enforcement.needing import add_to_need, answer_need, close_need, say_need
from portal.enforcement.noticing import report_detections, report_what_i_saw
from portal.enforcement.receiving import report_somebody, sort_report
from portal.enforcement.reporting import report_account
from portal.rulebook.operations import publish
from portal.verification.operations import co_sign_request, contest_rejection
from tests.appeals.complaining import Complaints
from tests.factories.market import Market, Party, Story
from tests.factories.promising import promise_anew
from tests.structure.owner import Filled
from tests.verification.making import FIX, INSTEAD, Checks

NEW = {"new_reason": "law_asks", "new_words": "Tax law, section 93, asks for a new copy."}


def identity_checks(market: Market, story: Story) -> None:
    """One item was turned down, accepted, and asked for twice more with a reason; a second person signed the third time."""
    checks = Checks.begin(market, story)
    item = str(checks.ask()["item"])
    checks.send(item)
    checks.reject(item)
    market.do(contest_rejection, checks.tim, item_ref=item, why="The number can be read in the second picture.")
    with market.office.database.read() as session:
        line = session.scalars(sa.select(WorkItem).where(WorkItem.subject_ref == item, WorkItem.closed_at.is_(None))).one()
    drawn = next(one for one in market.__dict__["hired"].values() if one.person.id == line.assignee_id)
    checks.open_all(item, drawn)
    checks.answer(item, drawn, outcome="rejected", code="cut_off", what_to_fix=FIX, alternatives=INSTEAD)
    checks.send(item)
    checks.accept(item)
    market.office.clock.advance(hours=1)  # type: ignore[attr-defined]
    checks.accepted(**NEW)
    market.office.clock.advance(hours=1)  # type: ignore[attr-defined]
    market.do(co_sign_request, story.ola.actor, request_ref=checks.ask(**NEW)["request"], reason="I have read the law.")
    checks.send(str(checks.ask(item="address")["item"]))


def closing(market: Market, story: Story) -> None:
    """Somebody reports and Tim is asked and answers; then the case is closed without action, and its reporter complains.

    Nina's complaint stands, Otto's opens the case again, and whoever did not close it closes it again; Pia's waits.
    """
    for name, outcome in (("Nina Falk", "upheld"), ("Otto Lind", "reversed"), ("Pia Kern", "")):
        made = _closed(market, story, name)
        ref = made.complain(made.party)
        if outcome:
            made.decide(ref, outcome)
        if outcome == "reversed":
            market.office.clock.advance(minutes=1)  # type: ignore[attr-defined]
            made.close(made.holder(made.report_ref))


def incoming(market: Market, story: Story) -> None:
    """A trusted flagger names Omar by his reference, somebody else a listing that nobody finds; a machine and Rae see more."""
    quinn, happened = market.party("Quinn Roth"), "The pictures of this listing are mine. I made them in May."
    market.do(trust_flagger, account_ref=quinn.account.ref, area="Pictures", since_on=market.day())
    for named in (story.omar.account.ref, "https://northlight.example/listing/9", "https://northlight.example/listing/10"):
        said = {"account_id": quinn.account.id, "named": named, "happened": happened}
        ref = market.do(report_somebody, quinn.actor, **said)["report"]
        if named.endswith("/9"):
            market.do(sort_report, story.ola.actor, incoming_ref=ref, about_ref="")
    market.do(report_detections, facts=[{
        "source_key": "d-1", "account": "m-omar", "happened": happened, "detector": "Equal pictures 2",
        "accuracy": "Of 100 checked hits, 97 were right.", "signals": "Equal to 99 of 100.", "withheld": True, "language": "en",
    }])
    market.do(report_what_i_saw, story.ola.actor, about_ref=story.omar.account.ref, happened=happened)


def needs(market: Market, story: Story) -> None:
    """Somebody in need is answered and writes again; somebody else's is over; a third person waits."""
    for name, more in (("Runa Dahl", "answered"), ("Sven Ek", "over"), ("Tove Lie", "")):
        party = market.party(name)
        ref = str(market.do(say_need, party.actor, account_id=party.account.id, food=True, words="Nothing is left.")["need"])
        if more == "over":
            market.do(close_need, party.actor, need_ref=ref)
        if more == "answered":
            market.do(answer_need, story.ola.actor, need_ref=ref, version=2, answer="You can take out what is available.")
            market.do(add_to_need, party.actor, need_ref=ref, words="It arrived.")
            market.do(answer_need, story.ola.actor, need_ref=ref, version=4, answer="Good.")


@dataclass
class _Closed(Complaints):
    party: Party | None = None


def _closed(market: Market, story: Story, name: str) -> _Closed:
    party = market.party(name)
    contract = market.contract(party, story.tim, f"Logo for {name}", [20_000], started=20)
    said = {"contract_ref": contract.ref, "happened": "He is silent again, for ten days now."}
    report = market.do(report_account, party.actor, account_id=party.account.id, **said)["report"]
    with market.office.database.read() as session:
        case_ref = session.scalars(sa.select(Case.ref).order_by(Case.id.desc())).first() or ""
    made = _Closed(market, story, case_ref, report_ref=str(report), party=party)
    made.answer(made.ask())
    made.close()
    return made


def rules(made: Filled, market: Market) -> None:
    """The rules in force are corrected in wording today, new rules come in a month; tomorrow we promise to answer sooner."""
    folder = made.settings.instance / "policies"
    shutil.copytree(market.policies, folder)
    terms = folder / "terms-of-service"
    text = (terms / "2026-03-01.md").read_text(encoding="utf-8").split("---\n", 2)[2]
    for day, front, body in (
        (market.day(), "editorial: true\n", text.replace("They are an agreement", "They are the agreement")),
        (market.day(-30), "", text.replace("two years", "three years")),
    ):
        head = f"title: Terms of Service\npublished_on: {market.day()}\neffective_on: {day}\nlanguage: en\nchanges: Some words.\n"
        (terms / f"{day}.md").write_text(f"---\n{head}{front}---\n{body}", encoding="utf-8")
        shutil.copy(terms / "2026-03-01.clauses.toml", terms / f"{day}.clauses.toml")
    market.do(publish, folder=str(folder))
    promise_anew(market, folder, {"appeal_answer": {"length": 10}}, ahead=1)
