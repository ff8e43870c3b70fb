"""How both sides of a dispute are heard on its page: what we asked the client, the files of each side, and their forms."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g
from wtforms import TextAreaField

from portal.cases.models import Message
from portal.core.i18n import N_
from portal.core.text import TEXT_LIMIT
from portal.disputes.hearing_models import DisputeQuestion
from portal.disputes.queries import CLIENT, DisputeView, pressure_said, questions_of
from portal.disputes.showing import ShownFile, shown_in
from portal.documents.rules import ACCEPT, LARGEST_FILE, MEGABYTE, MOST_FOR_ONE_THING
from portal.web.person import drafts
from portal.web.person.files import FileForm
from portal.web.shell.forms import Needed, PortalForm, Storable


class ReplyForm(PortalForm):
    """The client's answer to our question."""

    reply = TextAreaField(N_("Your answer"), [Needed(N_("Write your answer before you send it.")), Storable(TEXT_LIMIT)])


class PressureForm(PortalForm):
    """What somebody tells us alone of pressure, at any time before we decide."""

    pressure = TextAreaField(
        N_("Were you pressured, or threatened with a report?"),
        [Needed(N_("Write what was said, when, and by whom.")), Storable(TEXT_LIMIT)],
    )


@dataclass(frozen=True, slots=True)
class Heard:
    """What was asked and shown so far, and what the reader can still answer and show."""

    view: DisputeView
    questions: tuple[DisputeQuestion, ...]
    files: tuple[ShownFile, ...]
    reply: ReplyForm
    showing: FileForm
    pressing: PressureForm
    told: tuple[Message, ...]

    accept = ACCEPT
    megabytes, most_files, most = LARGEST_FILE // MEGABYTE, MOST_FOR_ONE_THING, TEXT_LIMIT

    @property
    def waiting(self) -> DisputeQuestion | None:
        return next((one for one in self.questions if one.ended_at is None), None)

    @property
    def to_reply(self) -> DisputeQuestion | None:
        """Our question that waits for the reader."""
        return self.waiting if self.view.side == CLIENT and self.view.papers else None

    @property
    def can_press(self) -> bool:
        """Whether they can still tell us of pressure: until we have decided. Who has to answer does it with the answer."""
        return self.view.dispute.undecided

    @property
    def can_show(self) -> bool:
        mine = self.view.contract.client_id if self.view.side == CLIENT else self.view.contract.freelancer_id
        own = [one for one in self.files if one.account_id == mine]
        return self.view.dispute.ended_at is None and len(own) < MOST_FOR_ONE_THING

    def by(self, shown: ShownFile) -> str:
        """Who showed a file."""
        to = self.view
        return to.client.name if shown.account_id == to.contract.client_id else to.freelancer.name

    @property
    def summary(self) -> list[tuple[str, str]]:
        return [*self.reply.summary, *self.showing.summary, *self.pressing.summary]


def hearing(
    view: DisputeView, reply: ReplyForm | None = None, showing: FileForm | None = None, pressing: PressureForm | None = None
) -> Heard:
    """What was asked and shown in a dispute, with the forms as they were sent, or as they were kept."""
    ref, side = view.dispute.ref, view.client.id if view.side == CLIENT else view.freelancer.id
    return Heard(
        view, tuple(questions_of(g.db, view.dispute.id)), tuple(shown_in(g.db, view.dispute.id)),
        reply or ReplyForm(data=drafts.kept("dispute_answer", f"{ref}-question")), showing or FileForm(),
        pressing or PressureForm(data=drafts.kept("dispute_answer", f"{ref}-pressure")),
        tuple(pressure_said(g.db, view.dispute, side)),
    )
