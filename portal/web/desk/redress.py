"""What can be done at the desk with an appeal, a complaint, a contested withholding and a request to come back alike: begin,
keep, ask, draw, decide."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from flask import Blueprint, Response, g, redirect, render_template, request

from portal.appeals.desk import ANSWER_FORM
from portal.appeals.models import AppealKind
from portal.appeals.operations import ask_appellant, begin_review, draw_again, keep_answer
from portal.appeals.own import Matter
from portal.appeals.queries import Shown, appeal_by_ref, files_of
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed, NotFound, Refusal, RuleBroken
from portal.core.work import Operation
from portal.documents.models import OpenedFor
from portal.enforcement.ending import Ahead
from portal.notices.operations import Text
from portal.web.desk import words
from portal.web.desk.redress_forms import AskingForm, DrawingForm
from portal.web.desk.redress_page import Redress, reached
from portal.web.shell.acting import perform
from portal.web.shell.drafts import Drafts
from portal.web.shell.files import send_document
from portal.web.shell.forms import PortalForm, sent_version, whole
from portal.web.shell.guard import allow

REFUSED = (RuleBroken, Conflict, NotAllowed)
P = TypeVar("P", bound=Redress[Any])
F = TypeVar("F", bound=PortalForm)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the person would read of an answer: in the inbox, and the new letter, or what is given back, where that follows."""

    text: Text
    letter: dict[str, Any] | None = None
    back: Ahead | None = None


def answers_at(root: str) -> Drafts:
    """The answers to appeals of one kind that reviewers have typed so far."""
    return Drafts(ANSWER_FORM, root, keep_answer, "appeal_ref")


class Steps(ABC, Generic[P, F]):
    """The pages of one kind of appeal. A refusal is shown on its page, with everything typed; what worked leads back to it.

    `takes_files`: whether the person can add files to what they send. `named`: what operations call its reference; `begins`,
    `asks`, `draws` and `operation`: those operations.
    """

    kind: ClassVar[AppealKind]
    name: ClassVar[str]
    root: ClassVar[str]
    named: ClassVar[str] = "appeal_ref"
    begins: ClassVar[Operation] = begin_review
    asks: ClassVar[Operation] = ask_appellant
    draws: ClassVar[Operation] = draw_again
    operation: ClassVar[Operation]
    drafts: ClassVar[Drafts]
    takes_files: ClassVar[bool] = True
    beside: ClassVar[dict[str, type[PortalForm]]] = {"asking": AskingForm, "drawing": DrawingForm}

    @abstractmethod
    def read(self, sent: Any) -> P:
        """The facts of the page."""

    @abstractmethod
    def form(self, page: P, sent: Any) -> F:
        """The form of the answer: with what was sent, or with what was typed before."""

    @abstractmethod
    def answer(self, form: F) -> dict[str, Any]:
        """The form as the operation takes it."""

    def ahead(self, page: P, form: F) -> Seen | None:
        """What the person would read of this answer; None where it is given without being shown first."""
        return None

    def add_routes(self, blueprint: Blueprint) -> None:
        """The addresses that every kind has."""
        see, work = allow(Permission.READ_DESK), allow(Permission.WORK_CASE)
        here = f"{self.root}/<ref>"
        blueprint.add_url_rule(here, self.name, see(partial(self.show)))
        if self.takes_files:
            blueprint.add_url_rule(f"{here}/files/<document>", f"{self.name}_file", work(partial(self.open_file)))
        for step in (self.begin, self.keep, self.ask, self.draw):
            self.add_step(blueprint, step, Permission.WORK_CASE)
        self.add_step(blueprint, self.decide, Permission.DECIDE)

    def add_step(self, blueprint: Blueprint, step: Callable[[str], Any], permission: Permission) -> None:
        """A form is sent to the address that is called like the step."""
        at, known_as = f"{self.root}/<ref>/{step.__name__}", f"{step.__name__}_{self.name}"
        blueprint.add_url_rule(at, known_as, allow(permission)(partial(step)), methods=["POST"])

    def find(self, ref: str) -> Matter:
        """Errors: `NotFound`, also where it is nothing of this kind."""
        appeal = appeal_by_ref(g.db, ref)
        if appeal.kind != self.kind:
            raise NotFound
        return appeal

    def page(self, ref: str) -> P:
        """Errors: `NotFound`, `OutOfReach`."""
        return self.read(reached(self.find(ref)))

    def show(self, ref: str) -> str:
        """Everything that it rests on, and the form; who had a part in what it is about reads what they may do."""
        page = self.page(ref)
        return self.render(page, self.form(page, None))

    def render(self, page: P, form: F, *, seen: Seen | None = None, **sent: PortalForm) -> str:
        """The page with that form; `seen`: what would be read; `sent`: the form of another step, with what was typed."""
        beside = {name: made() for name, made in self.beside.items()} | sent
        return render_template(
            f"desk/{self.name}.html", current="queue", page=page, form=form, words=words, seen=seen, **beside,
            errors=[*form.summary, *(one for each in beside.values() for one in each.summary)],
        )

    def begin(self, ref: str) -> Any:
        """The reviewer begins to read; the person sees that."""
        return self.carry_out(ref, PortalForm(), type(self).begins, {})

    def ask(self, ref: str) -> Any:
        """Asks the person something; our own time stands still meanwhile."""
        form: AskingForm = AskingForm.sent()
        return self.carry_out(
            ref, form, type(self).asks, {"question": form.question.data, "days": whole(form.days.data, 3) or 0}, asking=form
        )

    def draw(self, ref: str) -> Any:
        """A lead gives it to somebody else, at random, and says why."""
        form: DrawingForm = DrawingForm.sent()
        return self.carry_out(ref, form, type(self).draws, {"reason": form.draw_reason.data}, drawing=form)

    def carry_out(
        self, ref: str, form: PortalForm, operation: Operation, args: dict[str, Any], **shown: PortalForm
    ) -> Any:
        """Does one step; `shown`: under which name the page shows the form of the step, where it has one of its own."""
        reached(self.find(ref), takes=operation is type(self).begins)
        try:
            if form.validate():
                perform(operation, version=sent_version(), **{self.named: ref, **args})
                return redirect(f"{self.root}/{ref}", 303)
            status = 422
        except REFUSED as error:
            form.refuse(error)
            status = error.status
        g.db.rollback()  # this request began to read before that
        page = self.page(ref)
        answer = self.form(page, None)
        answer.form_errors = [*answer.form_errors, *(() if shown else form.form_errors)]
        return self.render(page, answer, **shown), status

    def decide(self, ref: str) -> Any:
        """Shows what the person will read, where the page does that first, or answers with exactly that."""
        page = self.page(ref)
        form = self.form(page, request.form)
        if not form.validate():
            return self.render(page, form), 422
        try:
            self.drafts.store(ref)
            seen = self.ahead(page, form) if request.form.get("go") != "decide" else None
            if seen is not None:
                return self.render(page, form, seen=seen)
            perform(type(self).operation, version=sent_version(), **{self.named: ref, **self.answer(form)})
        except REFUSED as error:
            return self.refused(page, form, error)
        return redirect(f"{self.root}/{ref}", 303)

    def keep(self, ref: str) -> tuple[dict[str, Any], int]:
        """Keeps what the reviewer has typed so far. Errors: `NotFound`, `OutOfReach`."""
        reached(self.find(ref))
        return self.drafts.answered(ref)

    def refused(self, page: P, form: F, error: Refusal) -> Any:
        """The page with a refusal at its field; or with both texts, where another window kept something else meanwhile."""
        self.drafts.refuse(page.sent.ref, form, error)
        return self.render(page, form), error.status

    def files(self, sent: Any) -> list[Shown]:
        """The files that came with it."""
        return files_of(g.db, sent.id)

    def open_file(self, ref: str, document: str) -> Response:
        """A file that came with it: the opening is on record, and its owner sees who it was. What is not sent yet is none."""
        if document not in {one.document.ref for one in self.files(reached(self.find(ref))) if one.exhibit is not None}:
            raise NotFound
        return send_document(document, purpose=OpenedFor.APPEAL)
