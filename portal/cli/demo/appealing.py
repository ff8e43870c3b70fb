"""Appeals of the demo in every stage: filed, in review, stands, changed, overturned, open again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from portal.appeals.models import Appeal
from portal.appeals.operations import begin_review, decide_appeal, file_appeal
from portal.appeals.queries import appeal_by_ref, grounds_of
from portal.cases.operations import open_item_of
from portal.cli.demo.found import find_later
from portal.cli.demo.pausing import pause_later
from portal.cli.demo.stage import Words
from portal.core.access import OPERATOR
from portal.core.clock import last_day

if TYPE_CHECKING:
    from portal.cli.demo.cases import Plot

BODY = Words(
    "I was in hospital and told the client so on the first day. The message is in our conversation. The work is ready now.",
    "Estuve en el hospital y se lo dije al cliente el primer día. El mensaje está en nuestra conversación. El trabajo "
    "ya está listo.",
)
ANSWERED = "We read the message of the first day. It says what you say it says."
STANDS = "The message is from after the period that the decision is about, so it does not change what happened before."
OUR_ERROR = "We did not look at the messages of the first day, and decided as if there were none."
ENDINGS = ("filed", "reversed", "review", "reversed", "upheld", "reversed", "filed", "reversed", "changed", "reversed", "filed",
           "review")


def appeal_later(plot: Plot) -> None:
    """The person appeals two days after the decision; what becomes of it differs from case to case."""
    ending = ENDINGS[plot.turn % len(ENDINGS)]
    plot.later(5, _file)
    pause_later(plot)
    if ending in {"review", "upheld", "changed", "reversed"}:
        plot.later(6, _begin)
    if ending in {"upheld", "changed", "reversed"}:
        plot.later(8, partial(_decide, ending=ending))
    find_later(plot)


def _file(plot: Plot) -> None:
    done = plot.stage.act(
        file_appeal, plot.freelancer.actor, action_ref=plot.refs["action"], grounds=["too_hard", "would_change:1"],
        body=plot.freelancer.say(BODY),
    )
    plot.refs["appeal"] = done["appeal"]


def _state(plot: Plot) -> tuple[Appeal, str, dict[str, str]]:
    """The appeal now, for whom it was drawn, and an answer to each of its grounds."""
    stage = plot.stage
    with stage.office.database.write() as session:
        appeal = appeal_by_ref(session, plot.refs["appeal"])
        item = open_item_of(stage.office.work(session, OPERATOR), appeal.ref, "appeal")
        names = {person_id: name for name, (person_id, _) in stage.staff.items()}
        holder = names[item.assignee_id] if item and item.assignee_id else "Kim"
        return appeal, holder, {ground.key: ANSWERED for ground in grounds_of(session, appeal)}


def _begin(plot: Plot) -> None:
    appeal, holder, _ = _state(plot)
    plot.stage.act(begin_review, plot.stage.reviewer(holder), appeal_ref=appeal.ref, version=appeal.version)


def _decide(plot: Plot, *, ending: str) -> None:
    appeal, holder, answers = _state(plot)
    stage = plot.stage
    outcome = {"upheld": "upheld", "changed": "partially_reversed", "reversed": "reversed"}[ending]
    stage.act(
        decide_appeal, stage.reviewer(holder), appeal_ref=appeal.ref, version=appeal.version, outcome=outcome,
        ground_answers=answers, exhibits_considered={}, reasons=STANDS if ending == "upheld" else ANSWERED,
        our_error=OUR_ERROR if ending == "reversed" else "",
        new_ends_on=last_day(stage.ago(-6), "UTC") if ending == "changed" else None,
    )
