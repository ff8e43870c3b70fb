"""Many at once: sending a file, what is wrong with it, how each of its drafts stands, and confirming what is interim together."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request

from portal.accounts.queries import handle_of
from portal.act import by
from portal.core.access import Permission, may, require
from portal.core.errors import Refusal
from portal.core.i18n import N_
from portal.enforcement.confirming import confirm_interim
from portal.enforcement.many import LinesLeft, RefusedLines, send_file
from portal.enforcement.many_file import COLUMNS, LARGEST, MOST_LINES, NEEDED
from portal.enforcement.many_models import Batch
from portal.enforcement.many_queries import batch_by_ref, begun_of, newest_batches
from portal.web.desk import words
from portal.web.desk.many_sheets import as_sheet, example, refusals_sheet
from portal.web.desk.many_table import MOST_TOGETHER, STATES, Ahead, page_of, ticked
from portal.web.shell import guard
from portal.web.shell.acting import perform, this_form
from portal.web.shell.context import lang
from portal.web.shell.errors import message_of
from portal.web.shell.files import as_download
from portal.web.shell.guard import allow

SHOWN = 200
NOTHING_TICKED = N_("Tick what you want to confirm. Nothing was done.")
TOO_MANY = N_("Confirm at most %(most)s at once. Nothing was done.")


def add_routes(blueprint: Blueprint) -> None:
    decide, see = allow(Permission.DECIDE), allow(Permission.READ_DESK)
    blueprint.add_url_rule("/desk/many/new", "many_new", decide(write))
    blueprint.add_url_rule("/desk/many/new", "many_send", decide(send), methods=["POST"])
    blueprint.add_url_rule("/desk/many/refusals.csv", "many_refusals", decide(refusals), methods=["POST"])
    blueprint.add_url_rule("/desk/many/example.csv", "many_example_csv", decide(example_csv))
    blueprint.add_url_rule("/desk/many/example.ndjson", "many_example_ndjson", decide(example_ndjson))
    blueprint.add_url_rule("/desk/many/<ref>", "many", see(show))
    blueprint.add_url_rule("/desk/many/<ref>/confirm", "many_confirm", decide(confirm), methods=["POST"])


def write() -> Any:
    """The page on which a file is chosen; whoever has not shown again that it is them does so before, and not after."""
    require(guard.actor(), Permission.DECIDE, g.now)
    return _form([], 200)


def send() -> Any:
    """Takes the file whole, or says of each line what is wrong with it. The same file again goes on where it stopped."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _form([lang().gettext("Choose a file first.")], 422)
    try:
        sender = by(guard.office(), guard.actor())
        answer = send_file(*sender, name=file.filename[:1000], content=file.stream.read(LARGEST + 1))
    except RefusedLines as error:
        found = [(one.line, one.column, message_of(one.error)) for one in error.refused]
        return _form([message_of(error)], error.status, found)
    except LinesLeft as error:
        return _left(error)
    return redirect(f"/desk/many/{answer['batch']}" + ("?again=1" if answer["again"] else ""), 303)


def _left(error: LinesLeft) -> tuple[str, int]:
    """The file's page, with the lines that were right when they were looked at and are not any more."""
    g.db.rollback()  # this request began to read before that
    said = [
        lang().gettext("Line %(line)s is refused: %(why)s", line=one.line, why=message_of(one.error))
        for one in error.refused[:SHOWN]
    ]
    batch = batch_by_ref(g.db, guard.actor(), error.batch)
    return _page(batch, [("", one) for one in (message_of(error), *said)], error.status)


def _form(wrong: list[str], status: int, refused: list[tuple[int, str, str]] | None = None) -> tuple[str, int]:
    """`wrong`: what is said at the file; `refused`: line, column and sentence."""
    batches = newest_batches(g.db, guard.actor())
    return render_template(
        "desk/many_new.html", current="queue", wrong=wrong, errors=[("file", one) for one in wrong],
        refused=(refused or [])[:SHOWN], more=max(0, len(refused or []) - SHOWN), sheet=as_sheet(refused or []),
        columns=COLUMNS, needed=NEEDED, most=MOST_LINES, megabytes=LARGEST // 1_000_000,
        batches=[(one, handle_of(g.db, one.person_id)) for one in batches], begun=begun_of(g.db, batches),
    ), status


def refusals() -> Response:
    """The list of what is wrong, as the page showed it, to keep and mend by. Nothing of it was stored."""
    return _sheet(refusals_sheet(request.form.get("sheet", "")), "refused-lines.csv", "text/csv")


def example_csv() -> Response:
    return _sheet(example("csv"), "example.csv", "text/csv")


def example_ndjson() -> Response:
    return _sheet(example("ndjson"), "example.ndjson", "application/x-ndjson")


def _sheet(content: bytes, name: str, media_type: str) -> Response:
    response = as_download(content, name, "application/octet-stream")
    response.headers["Content-Type"] = f"{media_type}; charset=utf-8"
    return response


def show(ref: str) -> Any:
    return _page(batch_by_ref(g.db, guard.actor(), ref), [], 200)


def confirm(ref: str) -> Any:
    """Issues what was ticked, each in an act of its own: what is refused meanwhile is named, and the others go on."""
    batch, chosen = batch_by_ref(g.db, guard.actor(), ref), ticked(request.form.getlist("line"))
    if not chosen or len(chosen) > MOST_TOGETHER:
        message = TOO_MANY if chosen else NOTHING_TICKED
        return _page(batch, [("together", lang().gettext(message, most=MOST_TOGETHER))], 422)
    form, done, errors = this_form(), 0, []
    require(guard.actor(), Permission.DECIDE, g.now)
    for action_ref, version, draft in chosen:
        g.form_key = f"{form[:50]}:{action_ref}"
        try:
            perform(confirm_interim, batch_ref=batch.ref, action_ref=action_ref, version=version, draft=draft)
            done += 1
        except Refusal as error:
            errors.append(("", f"{action_ref}: {message_of(error)}"))
    if not errors:
        return redirect(f"/desk/many/{ref}?show=issued", 303)
    g.pop("form_key")
    g.db.rollback()  # this request began to read before that
    return _page(batch_by_ref(g.db, guard.actor(), ref), errors, 409, done)


def _page(batch: Batch, errors: list[tuple[str, str]], status: int, done: int = 0) -> tuple[str, int]:
    name = request.args.get("show", "" if request.method == "GET" else "first")
    page = page_of(batch, name, request.args.get("after", ""))
    return render_template(
        "desk/many.html", current="queue", batch=batch, page=page, errors=errors, words=words, done=done,
        handle=handle_of(g.db, batch.person_id), states=STATES, can=may(guard.actor(), Permission.DECIDE),
        most=MOST_TOGETHER, ahead=[one for one in page.lines if isinstance(one, Ahead)],
        begun=begun_of(g.db, [batch])[batch.id], mine=batch.person_id == guard.person().id, again="again" in request.args,
    ), status
