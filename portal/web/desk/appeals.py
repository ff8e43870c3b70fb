"""An appeal at the desk: action, statement, exhibits and history on one page, and the decision with what it would undo."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, redirect, render_template, request

from portal.appeals.models import Appeal, AppealKind
from portal.appeals.operations import decide_appeal, refuse_appeal, show_withheld
from portal.core.access import Permission
from portal.core.errors import RuleBroken
from portal.web.desk import words
from portal.web.desk.appeal_forms import AnswerForm, RefusalForm, ShowingForm, answer_form, answer_of
from portal.web.desk.appeal_page import Page, ahead, read_page
from portal.web.desk.redress import REFUSED, Steps, answers_at
from portal.web.shell.acting import perform
from portal.web.shell.drafts import OURS
from portal.web.shell.forms import sent_version


class Appeals(Steps[Page, AnswerForm]):
    """Appeals against an account action."""

    kind, name, root = AppealKind.ACTION, "appeal", "/desk/appeals"
    drafts = answers_at(root)

    operation = decide_appeal
    beside = {**Steps.beside, "refusal": RefusalForm, "showing": ShowingForm}

    def add_routes(self, blueprint: Blueprint) -> None:
        super().add_routes(blueprint)
        self.add_step(blueprint, self.refuse, Permission.DECIDE)
        self.add_step(blueprint, self.disclose, Permission.DECIDE)
        self.add_step(blueprint, self.check, Permission.WORK_CASE)

    def read(self, sent: Appeal) -> Page:
        return read_page(sent)

    def form(self, page: Page, sent: Any) -> AnswerForm:
        return answer_form(page, sent, self.drafts.kept(page.sent.ref) if sent is None else {})

    def answer(self, form: AnswerForm) -> dict[str, Any]:
        return answer_of(form)

    def refuse(self, ref: str) -> Any:
        """Finds a late appeal inadmissible, with a reason that the person reads."""
        form: RefusalForm = RefusalForm.sent()
        return self.carry_out(ref, form, refuse_appeal, {"reason": form.reason.data}, refusal=form)

    def disclose(self, ref: str) -> Any:
        """Shows the person what a rule rests on alone; nothing is decided yet."""
        form: ShowingForm = ShowingForm.sent()
        return self.carry_out(ref, form, show_withheld, {"shown": form.shown.data or ""}, showing=form)

    def check(self, ref: str) -> Any:
        """Shows what the person and each counterpart would read and what would be undone; nothing is decided yet.

        For whom it was not drawn the page says with whom it is; nothing typed is lost.
        """
        page = self.page(ref)
        form = self.form(page, request.form)
        try:
            with suppress(RuleBroken):  # what cannot be kept is said below, at its field
                self.drafts.store(ref)
            if request.form.get("go") == "edit":
                return self.render(page, form)
            if not form.validate():
                return self.render(page, form), 422
            answer = answer_of(form)
            seen = ahead(page, answer)
        except REFUSED as error:
            return self.refused(page, form, error)
        return render_template(
            "desk/appeal_check.html", current="queue", page=page, form=form, ahead=seen, answer=answer,
            words=words, version=sent_version(), errors=[],
            kept=[pair for pair in request.form.items(multi=True) if pair[0] not in OURS],
        )

    def decide(self, ref: str) -> Any:
        """Confirms it: decided, undone and told in one act."""
        page = self.page(ref)
        form = self.form(page, request.form)
        if not form.validate():
            return self.render(page, form), 422
        try:
            perform(decide_appeal, appeal_ref=ref, version=sent_version(), **answer_of(form))
        except REFUSED as error:
            return self.refused(page, form, error)
        return redirect(f"{self.root}/{ref}", 303)


add_routes = Appeals().add_routes
