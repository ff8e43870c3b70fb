"""Reports of the demo that no rule applied to: closed, complained about, and what became of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.appeals.closing import close_case
from portal.appeals.operations import contest_withheld, decide_complaint, file_complaint
from portal.appeals.queries import appeal_by_ref
from portal.cases.closing import what_came_in
from portal.cases.models import Case, WorkItem
from portal.cases.queries import case_file
from portal.cli.demo.stage import Words
from portal.enforcement.reporting import report_account

if TYPE_CHECKING:
    from portal.cli.demo.cases import Plot

REPORTED = Words(
    "Since the second part was agreed I get one line in a week, and each time it says that it comes tomorrow.",
    "Desde que se acordó la segunda parte recibo una línea por semana, y cada vez dice que llega mañana.",
)
REASON = "The messages of both sides show an answer on every working day. The second part is not due before next month."
COMPLAINT = Words(
    "You counted the one-line answers. The rule speaks of work, and of that nothing has come since the first part.",
    "Ustedes contaron las respuestas de una línea. La regla habla de trabajo, y de eso no ha llegado nada desde la "
    "primera parte.",
)
STANDS = "We read the contract and all messages again. The second part is due next month, and each message was answered in a day."
AGAIN = "The day on which the second part is due was changed in a message that we had not read. Now somebody reads all of it."
UNSEEN = Words(
    "I cannot answer what I have not read. It may be about another contract, or about somebody else.",
    "No puedo responder a lo que no he leído. Puede tratarse de otro contrato, o de otra persona.",
)
OUTCOMES = ("", "filed", "upheld", "reversed", "", "filed")
SIGHT = "was told that no rule applied to a report: can complain about that once"


def complained(plot: Plot) -> None:
    """A client reports, the case is closed without action; some complain, and somebody else answers."""
    plot.later(0, _report)
    plot.later(1, _close)
    ending = OUTCOMES[plot.turn % len(OUTCOMES)]
    if ending:
        plot.later(2, _complain)
    if ending in ("upheld", "reversed"):
        plot.later(3, lambda one: _answer(one, ending))


def contest_later(plot: Plot) -> None:
    """The person contests only what the letter withholds; one of them has not done so yet."""
    if plot.turn:
        plot.later(4, _contest)


def _contest(plot: Plot) -> None:
    plot.stage.act(contest_withheld, plot.freelancer.actor, action_ref=plot.refs["action"], body=plot.freelancer.say(UNSEEN))


def put_report(plot: Plot, words: Words, *, pressed: bool = False) -> None:
    """The client of the plot reports in these words, under pressure or not; case and report are kept for the next steps."""
    client, stage = plot.client(), plot.stage
    done = stage.act(
        report_account, client.actor, account_id=client.account_id, contract_ref=plot.contract().ref, happened=client.say(words),
        pressed=pressed,
    )
    plot.refs["report"] = done["report"]
    with stage.office.database.read() as session:
        query = select(Case.ref).where(Case.about_account_id == plot.freelancer.account_id).order_by(Case.id.desc())
        plot.refs["case"] = session.scalars(query).first() or ""


def _report(plot: Plot) -> None:
    put_report(plot, REPORTED)
    if plot.turn == 0:
        plot.stage.sights.append((f"{plot.client().key}@example.com", SIGHT))


def _close(plot: Plot) -> None:
    with plot.stage.office.database.read() as session:
        seen = what_came_in(case_file(session, plot.refs["case"]))
    plot.stage.act(
        close_case, plot.stage.reviewer("Rae"), case_ref=plot.refs["case"], seen=seen, rules=[str(plot.clause())],
        reason=REASON,
    )


def _complain(plot: Plot) -> None:
    client = plot.client()
    done = plot.stage.act(file_complaint, client.actor, report_ref=plot.refs["report"], body=client.say(COMPLAINT))
    plot.refs["complaint"] = done["appeal"]


def _answer(plot: Plot, outcome: str) -> None:
    stage, ref = plot.stage, plot.refs["complaint"]
    with stage.office.database.read() as session:
        version = appeal_by_ref(session, ref).version
        holder = session.scalars(select(WorkItem.assignee_id).where(WorkItem.subject_ref == ref)).one()
    name = next((name for name, (person_id, _) in stage.staff.items() if person_id == holder), "Kim")
    stage.act(
        decide_complaint, stage.reviewer(name), appeal_ref=ref, version=version, outcome=outcome, exhibits_considered={},
        reasons=STANDS if outcome == "upheld" else AGAIN,
    )
