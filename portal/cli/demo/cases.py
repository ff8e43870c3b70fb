"""Cases in every stage: contested money, reports, questions, decisions, second signatures, and time passing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from sqlalchemy import select

from portal.cases.models import Case
from portal.cases.queries import case_file
from portal.cli.demo.appealing import appeal_later
from portal.cli.demo.complaining import contest_later
from portal.cli.demo.identity import identity_later
from portal.cli.demo.stage import STARTED, USD, Player, Stage, Words
from portal.contracts.models import Contract
from portal.core.i18n import language
from portal.disputes.chargebacks import record_chargeback
from portal.disputes.operations import answer_dispute, open_dispute
from portal.enforcement.evidence import take_case
from portal.enforcement.operations import answer_question, ask_first, issue_action, propose_action, start_action
from portal.rulebook.models import Clause, ClauseVersion, Policy, PolicyVersion
from portal.rulebook.queries import TERMS

QUESTION = "The third part was paid and we see no message since. What happened, from your side?"
ANSWER = Words(
    "I was ill for ten days and had no computer. I have written to the client now and can go on.",
    "Estuve enfermo diez días y no tenía ordenador. Ya le he escrito al cliente y puedo continuar.",
)
AGREED = Words(
    "The third part as a file that can be opened, one week after the payment.",
    "La tercera parte como un archivo que se pueda abrir, una semana después del pago.",
)
HAPPENED = Words(
    "I paid the third part and nothing of it came. I wrote three times and got no answer.",
    "Pagué la tercera parte y no llegó nada de ella. Escribí tres veces y no tuve respuesta.",
)
SILENT, DECIDED = 17, 3
"""Days from the payment to the case, and from there to the decision."""
FACTS = (
    "The third part ($400.00) was paid on {paid}. By {then}, {days} days later, no file of it and no message had come, although "
    "the client had written three times."
)
WHY = "The rule speaks of taking payment for a milestone and then not answering for 14 days. Both are on record here."
SPOKE = "No earlier account action. Answered our question at once, and says why nothing came."
WEIGHED = {
    "warning": "That is why this is a warning, the lightest of the three measures that the rule names for a first time.",
    "suspension": (
        "The client paid, waited and wrote in vain, so a warning would not be enough. What spoke for you is why this lasts "
        "25 days and not the 60 that the rule names."
    ),
    "termination": (
        "This is more than the rule names for a first time. It is proposed because nothing says when work would go on; somebody "
        "else decides whether that is enough."
    ),
}
CHANGES = ["A message or file that was sent in these days", "A paper that shows why you could not answer"]
RULE = "payment-for-nothing"


@dataclass
class Plot:
    """One case as it unfolds: who, which contract, and the references that its steps made."""

    stage: Stage
    key: str
    begins: float
    turn: int = 0
    refs: dict[str, str] = field(default_factory=dict)

    @property
    def freelancer(self) -> Player:
        return self.stage.players[self.key]

    def later(self, days: float, step: Callable[[Plot], None]) -> None:
        """A step so many days after the case began, if that day has come."""
        if self.begins - days >= 0:
            self.stage.at(self.begins - days, partial(step, self))

    def contract(self) -> Contract:
        with self.stage.office.database.read() as session:
            return session.scalars(select(Contract).where(Contract.external_id == f"c-{self.key}-0")).one()

    def client(self) -> Player:
        client_id = self.contract().client_id
        return next(player for player in self.stage.players.values() if player.account_id == client_id)

    def clause(self, key: str = RULE) -> UUID:
        query = (
            select(ClauseVersion.id).join(Clause).join(Policy, Clause.policy_id == Policy.id)
            .join(PolicyVersion, ClauseVersion.version_id == PolicyVersion.id).where(Policy.slug == TERMS)
        )
        with self.stage.office.database.read() as session:
            found = query.where(Clause.key == key, PolicyVersion.binding, PolicyVersion.effective_on <= self.stage.day(30))
            return session.scalars(found.order_by(PolicyVersion.effective_on.desc())).first() or UUID(int=0)


def release_third(plot: Plot) -> None:
    """The third milestone of the first contract is paid out; nothing comes of it until the case begins."""
    third = ("Third part", 400, plot.begins + SILENT)
    plot.stage.contract(f"c-{plot.key}-0", plot.contract().title, plot.client(), plot.freelancer, STARTED, [third], first=3)


def contested(plot: Plot, *, report: bool = False) -> None:
    plot.later(0, partial(_dispute, report=report))


def answered_dispute(plot: Plot) -> None:
    contested(plot)
    plot.later(2, _answer_dispute)


def called_back(plot: Plot) -> None:
    """The client turns to their bank; what is still there of the milestone is on hold, and our own dispute is closed."""
    contested(plot)
    plot.later(2, _call_back)


def asked(plot: Plot) -> None:
    contested(plot, report=True)
    plot.later(1, _take)
    plot.later(1.2, _ask)


def answered(plot: Plot) -> None:
    asked(plot)
    plot.later(2, _answer)


def warned(plot: Plot) -> None:
    answered(plot)
    plot.later(DECIDED, partial(_decide, measure="warning"))


def suspended(plot: Plot) -> None:
    answered(plot)
    plot.later(DECIDED, partial(_decide, measure="suspension"))


def holding(plot: Plot) -> None:
    """A suspension that holds what the client does not contest of the milestone."""
    answered(plot)
    plot.later(DECIDED, _hold)


def withheld(plot: Plot) -> None:
    """What shows it is withheld from the person, to protect whoever told us."""
    answered(plot)
    plot.later(DECIDED, partial(_decide, measure="warning", exhibits=[], no_exhibit="protects_reporter"))
    contest_later(plot)


def proposed(plot: Plot) -> None:
    answered(plot)
    plot.later(DECIDED, _propose)


def appealed(plot: Plot) -> None:
    plot.begins += 6
    suspended(plot)
    appeal_later(plot)


def checked(plot: Plot) -> None:
    """An identity check in the same case."""
    plot.begins += 6
    asked(plot)
    identity_later(plot, partial(reviewer_of, plot), plot.clause)


def _dispute(plot: Plot, *, report: bool) -> None:
    client, contract = plot.client(), plot.contract()
    done = plot.stage.act(
        open_dispute, client.actor, account_id=client.account_id, contract_ref=contract.ref, milestone_number=3,
        amount_minor=20_000, currency=USD, term_number="2", agreed=client.say(AGREED), happened=client.say(HAPPENED),
        asks_for="refund", report=report,
    )
    plot.refs["dispute"] = done["dispute"]
    with plot.stage.office.database.read() as session:
        query = select(Case.ref).where(Case.about_account_id == plot.freelancer.account_id).order_by(Case.id.desc())
        plot.refs["case"] = session.scalars(query).first() or ""


def _answer_dispute(plot: Plot) -> None:
    plot.stage.act(
        answer_dispute, plot.freelancer.actor, dispute_ref=plot.refs["dispute"], answer=plot.freelancer.say(ANSWER)
    )


def _call_back(plot: Plot) -> None:
    plot.stage.act(
        record_chargeback, external_id=f"bank-{plot.key}", contract_ref=plot.contract().ref, milestone_number=3,
        amount_minor=40_000, currency=USD, received_at=plot.stage.clock(), reason="Services not provided",
    )


def reviewer_of(plot: Plot) -> str:
    return ("Rae", "Ola", "Kim")[len(plot.key) % 3]


def _take(plot: Plot) -> None:
    with plot.stage.office.database.read() as session:
        item = case_file(session, plot.refs["case"]).items[0]
    plot.stage.act(
        take_case, plot.stage.reviewer(reviewer_of(plot)), case_ref=plot.refs["case"], item=str(item.id),
        version=str(item.version),
    )


def _ask(plot: Plot) -> None:
    done = plot.stage.act(
        ask_first, plot.stage.reviewer(reviewer_of(plot)), case_ref=plot.refs["case"], clause_version_id=plot.clause(),
        question=QUESTION, days=5,
    )
    plot.refs["question"] = done["message"]


def _answer(plot: Plot) -> None:
    plot.stage.act(
        answer_question, plot.freelancer.actor, message_ref=plot.refs["question"], answer=plot.freelancer.say(ANSWER)
    )


def _fields(plot: Plot, measure: str) -> dict[str, object]:
    """The decision form: its days and its facts are those on which the money was released and contested."""
    paid, then, english = plot.stage.day(plot.begins + SILENT), plot.stage.day(plot.begins), language("en")
    return {
        "measure": measure, "ends_on": plot.stage.day(plot.begins - DECIDED - 25).isoformat() if measure == "suspension" else "",
        "conduct_from": paid.isoformat(), "conduct_to": then.isoformat(),
        "clause_version_id": str(plot.clause()), "exhibits": ["1"],
        "facts": FACTS.format(paid=english.day(paid), then=english.day(then), days=(then - paid).days),
        "why": WHY, "spoke_for": SPOKE, "weighed": WEIGHED[measure],
        "would_change": CHANGES, "objects": [f"contract:{plot.contract().ref}"], "source": "counterpart",
    }


def _start(plot: Plot) -> None:
    done = plot.stage.act(
        start_action, plot.stage.reviewer(reviewer_of(plot)), case_ref=plot.refs["case"], clause_version_id=plot.clause()
    )
    plot.refs["action"] = done["action"]


def _decide(plot: Plot, *, measure: str, **other: object) -> None:
    _start(plot)
    plot.stage.act(
        issue_action, plot.stage.reviewer(reviewer_of(plot)), action_ref=plot.refs["action"], version=1,
        fields=_fields(plot, measure) | other,
    )


def _hold(plot: Plot) -> None:
    held = {"hold_amount_minor": "10000", "hold_currency": USD, "hold_milestone": "3"}
    _decide(plot, measure="suspension", **held, hold_contract_ref=plot.contract().ref)


def _propose(plot: Plot) -> None:
    _start(plot)
    plot.stage.act(
        propose_action, plot.stage.reviewer(reviewer_of(plot)), action_ref=plot.refs["action"], version=1,
        fields=_fields(plot, "termination"),
    )
