"""Two companies of the demo with an owner, somebody who looks after the money, and others who work: a decision about one of them,
which takes nothing from the rest; and one about a whole company, of which each reads what is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from portal.accounts.joining import record_member
from portal.accounts.operations import add_person
from portal.accounts.queries import account_by_id
from portal.cases.queries import case_file
from portal.cli.demo.cases import SILENT, Plot, release_third, suspended
from portal.cli.demo.complaining import put_report
from portal.cli.demo.stage import STARTED as OF_CROWD
from portal.cli.demo.stage import Player, Stage, Words
from portal.core.work import Work
from portal.enforcement.evidence import put_exhibit, take_case
from portal.enforcement.members import own_member
from portal.enforcement.operations import answer_question, ask_first, issue_action, start_action

OWNER, FINANCE, WORKER, OTHER = "nora", "pia", "luis", "teo"
NAME, WORKSHOP = "Studio Norte", "Taller Sur"
MEMBERS = ((FINANCE, "Pia Soler", "finance"), (WORKER, "Luis Prat", "worker"), (OTHER, "Teo Vila", "worker"))
HEAD, BOOKS, HANDS = "alma", "gil", "eli"
OF_WORKSHOP = ((BOOKS, "Gil Sanz", "finance"), (HANDS, "Eli Mora", "worker"))
STANDING = 12.5
"""Days before now on which the case about the whole company begins: its suspension still stands."""
TOLD = Words(
    "Luis, who does the drawings, asked me twice to pay the next part to his own bank account and not through the marketplace.",
    "Luis, que hace los dibujos, me pidió dos veces que pagara la parte siguiente a su propia cuenta bancaria y no por "
    "el mercado.",
)
QUESTION = "A client writes that you asked twice to be paid outside of the marketplace. What happened, from your side?"
ANSWER = Words(
    "I did ask. The fee is high, and I thought that it would be easier for both of us. Nora knew nothing of it.",
    "Sí, lo pedí. La comisión es alta, y pensé que sería más fácil para los dos. Nora no sabía nada.",
)
FACTS = "On two days Luis asked the client in writing to pay the next part of the contract to his own bank account."
WHY = "The rule asks that work that was found here is paid here. He asked for the opposite, twice, and says so himself."
SPOKE = "No earlier account action. He answered at once, and nothing was paid outside."
WEIGHED = "That is why this takes new offers only, and only for two weeks."
CHANGES = ["A message that shows that the client asked for it first", "Proof that somebody else wrote these messages"]
RULE = "off-platform-payment"
JOINED, STARTED, BEGAN, RESTRICTED, LOOKED_AT = 420, 98, 8.0, 14, 5
"""Days before now on which the company joined, its contract begins, and a client reports; for how many days the decision takes
offers at the most, and in how many days from now it ends unless somebody looks at it again."""


def play_studio(stage: Stage, client: str) -> None:
    """A client reports what one member did; that member and the owner are asked, and the decision is about that member."""
    plot = Plot(stage, OWNER, BEGAN)
    stage.at(JOINED, partial(_open, stage, OWNER, "Nora Vidal", NAME, MEMBERS))
    stage.at(STARTED, partial(_contract, stage, client))
    plot.later(0, partial(put_report, words=TOLD))
    plot.later(1, _ask)
    plot.later(2, _answer)
    plot.later(4, _decide)
    stage.sights.append((f"{WORKER}@example.com", f"a member of {NAME}: a decision takes new offers from this member alone"))
    stage.sights.append((f"{OWNER}@example.com", f"the owner of {NAME}: reads that decision, and works as before"))
    stage.sights.append((f"{FINANCE}@example.com", f"the finance role of {NAME}: its money, and nothing of that decision"))
    stage.sights.append((f"{OTHER}@example.com", f"another member of {NAME}: reads nothing of that decision, and of no money"))


def play_workshop(stage: Stage, client: str) -> None:
    """A whole company is suspended: its owner has the letter, the others read what applies, and whom to ask."""
    plot = Plot(stage, HEAD, STANDING)
    stage.at(JOINED, partial(_open, stage, HEAD, "Alma Rey", WORKSHOP, OF_WORKSHOP))
    stage.at(OF_CROWD, partial(_parts, stage, client))
    stage.at(plot.begins + SILENT, partial(release_third, plot))
    suspended(plot)
    for key, words in (
        (HEAD, f"the owner of {WORKSHOP}, which is suspended: has the letter, and can appeal"),
        (BOOKS, f"the finance role of {WORKSHOP}: its money, what is contested of it, and what applies"),
        (HANDS, f"a member of {WORKSHOP}: reads what applies until when, and whom to ask"),
    ):
        stage.sights.append((f"{key}@example.com", words))


def _parts(stage: Stage, client: str) -> None:
    owner = stage.players[HEAD]
    stage.destination(owner, OF_CROWD, "4901")
    stage.contract(
        f"c-{HEAD}-0", "Shop shelves", stage.players[client], owner, OF_CROWD, [("Plan", 500, 60), ("Wood", 700, 50)]
    )


def _open(stage: Stage, key: str, name: str, company: str, members: Sequence[tuple[str, str, str]]) -> None:
    owner = stage.join(name, key=key, language="en", zone="Europe/Madrid", days_ago=JOINED, company=company)
    for member, called, role in members:
        done = stage.act(
            _add_member, account_id=owner.account_id, email=f"{member}@example.com", name=called, role=role,
            password_hash=stage.password_hash,
        )
        stage.players[member] = Player(called, member, owner.account_id, owner.account_ref, UUID(done["person"]), "es")


def _add_member(work: Work, *, account_id: UUID, email: str, name: str, role: str, password_hash: str) -> dict[str, Any]:
    person = add_person(work, name=name, email=email, language="es", zone="Europe/Madrid", password_hash=password_hash)
    record_member(work, account_by_id(work.db, account_id), person, role)
    return {"person": str(person.id)}


def _contract(stage: Stage, client: str) -> None:
    owner = stage.players[OWNER]
    stage.destination(owner, 100, "4900")
    stage.contract(
        f"c-{OWNER}-0", "Picture book", stage.players[client], owner, STARTED, [("Sketches", 600, 60), ("Drawings", 900, None)]
    )


def _member(plot: Plot) -> UUID:
    worker = plot.stage.players[WORKER]
    with plot.stage.office.database.read() as session:
        return own_member(session, worker.account_id, worker.person_id) or UUID(int=0)


def _ask(plot: Plot) -> None:
    stage, case = plot.stage, plot.refs["case"]
    with stage.office.database.read() as session:
        item = case_file(session, case).items[0]
    stage.act(take_case, stage.reviewer("Rae"), case_ref=case, item=str(item.id), version=str(item.version))
    stage.act(
        put_exhibit, stage.reviewer("Rae"), case_ref=case, kind="contract", named=plot.contract().ref, quoted="",
        description="The contract between the two",
    )
    plot.refs["question"] = stage.act(
        ask_first, stage.reviewer("Rae"), case_ref=case, clause_version_id=plot.clause(RULE), question=QUESTION, days=5,
        member_id=_member(plot),
    )["message"]


def _answer(plot: Plot) -> None:
    worker = plot.stage.players[WORKER]
    plot.stage.act(answer_question, worker.actor, message_ref=plot.refs["question"], answer=worker.say(ANSWER))


def _decide(plot: Plot) -> None:
    stage, clause = plot.stage, plot.clause(RULE)
    made = stage.act(
        start_action, stage.reviewer("Rae"), case_ref=plot.refs["case"], clause_version_id=clause, member_id=_member(plot)
    )
    plot.refs["action"] = made["action"]
    fields = {
        "measure": "restriction", "scope": ["new_offers"], "ends_on": stage.day(BEGAN - 4 - RESTRICTED).isoformat(),
        "review_on_new_offers": stage.day(-LOOKED_AT).isoformat(),
        "conduct_from": stage.day(BEGAN + 3).isoformat(), "conduct_to": stage.day(BEGAN + 1).isoformat(), "facts": FACTS,
        "clause_version_id": str(clause), "exhibits": ["1"], "why": WHY, "spoke_for": SPOKE, "weighed": WEIGHED,
        "would_change": CHANGES, "objects": [f"contract:{plot.contract().ref}"], "source": "counterpart",
    }
    stage.act(issue_action, stage.reviewer("Rae"), action_ref=plot.refs["action"], version=1, fields=fields)
