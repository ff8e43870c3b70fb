"""Being heard in a dispute: answering our question, showing a file, and opening what either side showed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect

from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.disputes.operations import answer_our_question, open_shown, say_pressed, show_file
from portal.disputes.queries import CLIENT
from portal.web.person import drafts, files
from portal.web.person.dispute_forms import PressureForm, ReplyForm, hearing
from portal.web.person.disputes import own, page
from portal.web.person.files import FileForm
from portal.web.person.sending import carry_out
from portal.web.shell.files import send_opened
from portal.web.shell.guard import allow
from portal.web.shell.uploads import takes_files


def add_routes(blueprint: Blueprint) -> None:
    see, write = allow(Permission.READ_CASE_AS_PERSON), allow(Permission.ANSWER_IN_CASE)
    blueprint.add_url_rule("/disputes/<ref>/question", "answer_dispute_question", write(reply), methods=["POST"])
    blueprint.add_url_rule("/disputes/<ref>/pressure", "say_pressed", write(press), methods=["POST"])
    blueprint.add_url_rule("/disputes/<ref>/files", "show_dispute_file", write(takes_files(show)), methods=["POST"])
    blueprint.add_url_rule("/disputes/<ref>/exhibits/<int(max=99999):number>", "dispute_exhibit", see(open_file))


def reply(ref: str) -> Any:
    """Puts the client's answer to our question on record, or keeps it as a draft. Errors: `NotFound` for the other side."""
    view, form = own(ref), ReplyForm.sent()
    if view.side != CLIENT:
        raise NotFound
    heard, subject = hearing(view, reply=form), f"{ref}-question"
    if drafts.pressed():
        status = drafts.keep_typed(form, "dispute_answer", subject)
        return page(view, heard=heard), status
    waiting = heard.to_reply
    if waiting is None:
        if not heard.questions:
            raise NotFound
        waiting = heard.questions[-1]
    done, status = carry_out(form, answer_our_question, lambda: {
        "dispute_ref": ref, "question_ref": waiting.ref, "answer": form.reply.data,
    })
    if done is None:
        return page(view, heard=heard), status
    drafts.forget("dispute_answer", subject)
    return redirect(f"/disputes/{ref}#question", 303)


def press(ref: str) -> Any:
    """Puts on record, for us alone, what somebody says of pressure; from the dispute's page or from that of its offers."""
    view, form = own(ref), PressureForm.sent()
    heard, subject = hearing(view, pressing=form), f"{ref}-pressure"
    if drafts.pressed():
        status = drafts.keep_typed(form, "dispute_answer", subject)
        return page(view, heard=heard), status
    done, status = carry_out(form, say_pressed, lambda: {"dispute_ref": ref, "pressure": form.pressure.data})
    if done is None:
        return page(view, heard=heard), status
    drafts.forget("dispute_answer", subject)
    return redirect(f"/disputes/{ref}#told", 303)


def show(ref: str) -> Any:
    """Adds one file; the other side can open it from now on."""
    view, form = own(ref), FileForm.sent()
    status = files.add(form, show_file, dispute_ref=ref)
    return (page(view, heard=hearing(view, showing=form)), status) if status else redirect(f"/disputes/{ref}#files", 303)


def open_file(ref: str, number: int) -> Response:
    """One file of a dispute, for either side: the opening is on record before a byte is served."""
    return send_opened(open_shown, dispute_ref=ref, number=number)
