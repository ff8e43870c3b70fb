"""Who tells us of a conduct in the demo: the other side, others, a trusted flagger, a machine, a reviewer; and acting first."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.accounts.flaggers import trust_flagger
from portal.cases.models import Case
from portal.cases.queries import case_file
from portal.cli.demo.complaining import put_report
from portal.cli.demo.stage import Player, Words
from portal.contracts.models import Contract
from portal.enforcement.evidence import put_exhibit, take_case
from portal.enforcement.noticing import report_detections, report_what_i_saw
from portal.enforcement.operations import answer_question, ask_first, issue_action, propose_action, start_action
from portal.enforcement.receiving import report_somebody
from portal.enforcement.reporting import report_account

if TYPE_CHECKING:
    from portal.cli.demo.cases import Plot

LATE = Words(
    "The second part was due on Monday, and the client has not released the first one, although it was delivered.",
    "La segunda parte vencía el lunes, y el cliente no ha liberado la primera, aunque se entregó.",
)
FALSE_REVIEW = Words(
    "Take your report about me back, they wrote, or I write the same about you everywhere. Since then there is a false review.",
    "Retire su aviso sobre mí, escribió, o escribo lo mismo sobre usted en todas partes. Desde entonces hay una reseña falsa.",
)
THE_SAME = Words(
    "The same person wrote to me that I should leave a bad review of a client whom I know, and offered money for it.",
    "La misma persona me escribió que dejara una mala reseña de un cliente que conozco, y me ofreció dinero.",
)
WATCHED = "We watch offers for false reviews. Three of those that we bought this week came from this account."
SEEN = "While reading another case I saw a message of this account that asks for a review of work which was never done."
POINTED = "Six reviews of one client were written within an hour, from accounts that were opened on one day."
COPIED = "The pictures of the work that was delivered in “{title}” were found on another page, which is older."
MACHINE = {"detector": "Review timing 2.1", "accuracy": "Of 100 that it points to, 81 were confirmed in the last year."}
COPIES = {"detector": "Picture match 1.4", "accuracy": "Of 100 that it points to, 92 were confirmed in the last year."}
THREAT = Words(
    "They wrote that they know where I live and will come if I do not release the money today. I am afraid.",
    "Me escribió que sabe dónde vivo y que vendrá si no libero el dinero hoy. Tengo miedo.",
)
THREATENED = "The message to the client says that its writer knows where they live and will come if they are not paid."
AT_ONCE = "The rule is about people's safety, and whoever was written to could be harmed while we wait for an answer."
MEANWHILE = "That is why this only stops messages and new contracts, and only until we have asked and decided."
CHANGES = ["The message was written by somebody else", "The whole conversation, which shows something else"]
ASKED = "A machine found the pictures of your work on an older page. Are they yours, and where do they come from?"
MINE = Words(
    "Both pages are mine; the older one is under my former name. I can show that it belongs to me.",
    "Las dos páginas son mías; la más antigua está con mi nombre anterior. Puedo demostrar que me pertenece.",
)
COPY = "The pictures that were delivered are the same as those of an older page, which another name stands on."
NOT_OWN = "The rule asks for work that is one's own, or may be used. Nothing of that is on record for these pictures."
SPOKE, WEIGHED = "No earlier account action. Answered at once and says how it can be shown.", "That is why this is a warning."
OWN = ["A paper or a mail that shows that both pages are yours", "A licence for these pictures"]
FLAGGER, AREA = "mira.fox", "false reviews"
MANY, FIRST, ALONE, BEFORE = 2.6, 1.4, 4.0, 45.0
"""Days before now on which these cases begin, and on which the person of the first had reported the client themselves."""


def told_by_many(plot: Plot) -> None:
    """One conduct that everybody who can tell us of one reports; whom it is about had reported the client before."""
    plot.begins, stage = MANY, plot.stage
    stage.at(BEFORE, lambda: _reported_before(plot))
    stage.at(300, lambda: stage.join("Mira Fox", language="en", zone="Europe/London", days_ago=300, key=FLAGGER,
                                     company="Fair Reviews Network"))
    plot.later(0, lambda one: put_report(one, FALSE_REVIEW, pressed=True))
    plot.later(0.1, _by_others)
    plot.later(0.4, partial(_by_a_machine, happened=POINTED, machine=MACHINE))
    plot.later(0.5, _by_a_reviewer)


def _by_a_reviewer(plot: Plot) -> None:
    stage = plot.stage
    stage.act(report_what_i_saw, stage.reviewer("Ola"), about_ref=plot.freelancer.account_ref, happened=SEEN)


def _reported_before(plot: Plot) -> None:
    by = plot.freelancer
    plot.stage.act(
        report_account, by.actor, account_id=by.account_id, contract_ref=plot.contract().ref, happened=by.say(LATE),
    )


def _by_others(plot: Plot) -> None:
    """Somebody without a contract with them, who works for the same client, and a trusted flagger."""
    stage, about = plot.stage, plot.freelancer.account_ref
    flagger, other = stage.players[FLAGGER], _works_for(plot, plot.client())
    stage.act(trust_flagger, account_ref=flagger.account_ref, area=AREA, since_on=stage.day(plot.begins))
    for by, words in ((flagger, WATCHED), (other, other.say(THE_SAME))):
        stage.act(report_somebody, by.actor, account_id=by.account_id, named=about, happened=words)


def _works_for(plot: Plot, client: Player) -> Player:
    """Another freelancer of that client."""
    with plot.stage.office.database.read() as session:
        query = select(Contract.freelancer_id).where(
            Contract.client_id == client.account_id, Contract.freelancer_id != plot.freelancer.account_id
        ).order_by(Contract.id)
        found = set(session.scalars(query))
    return next(one for one in plot.stage.players.values() if one.account_id in found)


def _by_a_machine(plot: Plot, *, happened: str, machine: dict[str, str]) -> None:
    words = happened.format(title=plot.contract().title)
    fact = {"source_key": f"machine-{plot.key}", "account": f"mp-{plot.key}", "happened": words, "signals": words}
    plot.stage.act(report_detections, facts=[{**fact, **machine, "withheld": False, "language": "en"}])
    with plot.stage.office.database.read() as session:
        query = select(Case.ref).where(Case.about_account_id == plot.freelancer.account_id).order_by(Case.id.desc())
        plot.refs["case"] = session.scalars(query).first() or ""


def acted_first(plot: Plot) -> None:
    """A rule about safety, under which one person may act before anybody is asked: for 72 hours at the most."""
    plot.begins = FIRST
    plot.later(0, lambda one: put_report(one, THREAT))
    plot.later(0.2, _act_first)


def noticed_alone(plot: Plot) -> None:
    """Only a machine pointed to it: what a reviewer decides waits for a second person."""
    plot.begins = ALONE
    plot.later(0, partial(_by_a_machine, happened=COPIED, machine=COPIES))
    plot.later(1, _ask)
    plot.later(2, _answer)
    plot.later(3, _propose)


def _answer(plot: Plot) -> None:
    by = plot.freelancer
    plot.stage.act(answer_question, by.actor, message_ref=plot.refs["question"], answer=by.say(MINE))


def _take(plot: Plot, name: str) -> None:
    """Whoever works on it has it in hand, and its contract is an exhibit."""
    stage, case = plot.stage, plot.refs["case"]
    with stage.office.database.read() as session:
        item = case_file(session, case).items[0]
    stage.act(take_case, stage.reviewer(name), case_ref=case, item=str(item.id), version=str(item.version))
    stage.act(
        put_exhibit, stage.reviewer(name), case_ref=case, kind="contract", named=plot.contract().ref, quoted="",
        description="The contract between the two",
    )


def _act_first(plot: Plot) -> None:
    _take(plot, "Kim")
    stage, clause = plot.stage, plot.clause("threats")
    plot.refs["action"] = stage.act(
        start_action, stage.reviewer("Kim"), case_ref=plot.refs["case"], clause_version_id=clause
    )["action"]
    fields = _fields(plot, "threats") | {
        "measure": "restriction", "interim": True, "scope": ["new_messages", "new_contracts"], "facts": THREATENED,
        "why": AT_ONCE, "weighed": MEANWHILE, "would_change": CHANGES, "source": "counterpart",
    }
    stage.act(issue_action, stage.reviewer("Kim"), action_ref=plot.refs["action"], version=1, fields=fields)
    stage.sights.append((f"{plot.key}@example.com", "we acted first, for 72 hours at the most, because of a rule about safety"))


def _ask(plot: Plot) -> None:
    _take(plot, "Rae")
    plot.refs["question"] = plot.stage.act(
        ask_first, plot.stage.reviewer("Rae"), case_ref=plot.refs["case"], clause_version_id=plot.clause("own-work"),
        question=ASKED, days=5,
    )["message"]


def _propose(plot: Plot) -> None:
    stage = plot.stage
    plot.refs["action"] = stage.act(
        start_action, stage.reviewer("Rae"), case_ref=plot.refs["case"], clause_version_id=plot.clause("own-work")
    )["action"]
    fields = _fields(plot, "own-work") | {
        "measure": "warning", "facts": COPY, "why": NOT_OWN, "weighed": WEIGHED, "spoke_for": SPOKE, "would_change": OWN,
        "source": "detection", "automated_detection": True,
    }
    stage.act(propose_action, stage.reviewer("Rae"), action_ref=plot.refs["action"], version=1, fields=fields)


def _fields(plot: Plot, rule: str) -> dict[str, Any]:
    day = (plot.stage.ago(plot.begins) - timedelta(hours=1)).date().isoformat()
    return {
        "clause_version_id": str(plot.clause(rule)), "conduct_from": day, "conduct_to": day, "ends_on": "", "exhibits": ["1"],
        "objects": [f"contract:{plot.contract().ref}"], "spoke_for": "No earlier account action.",
    }
