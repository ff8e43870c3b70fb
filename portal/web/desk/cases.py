"""One case: everything that was said and shown in it, and the one next step."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request

from portal.accounts.queries import account_by_id
from portal.cases.queries import CaseFile, case_file, find_case
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.text import in_paragraphs
from portal.disputes.queries import disputes_of_case
from portal.documents.models import OpenedFor
from portal.documents.queries import next_number, shown_exhibits
from portal.enforcement.evidence import PASTED, WITHHELD, put_exhibit, take_case
from portal.enforcement.handing import hand_over
from portal.web.desk import needs, words
from portal.web.desk.casefile import contracts_in, read_case
from portal.web.desk.forms import ExhibitForm
from portal.web.desk.handing import HandOverForm
from portal.web.desk.reach import require_reach
from portal.web.desk.whom import WhomForm, offer_members
from portal.web.shell.acting import perform
from portal.web.shell.context import lang
from portal.web.shell.errors import message_of
from portal.web.shell.files import send_document
from portal.web.shell.forms import offered
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk/cases/<ref>", "case", allow(Permission.READ_DESK)(show))
    blueprint.add_url_rule("/desk/cases/<ref>/take", "take", allow(Permission.WORK_CASE)(take), methods=["POST"])
    blueprint.add_url_rule("/desk/cases/<ref>/hand-over", "hand_over", allow(Permission.WORK_CASE)(give), methods=["POST"])
    blueprint.add_url_rule("/desk/cases/<ref>/exhibits", "exhibits", allow(Permission.WORK_CASE)(exhibits))
    blueprint.add_url_rule(
        "/desk/cases/<ref>/exhibits/<int(max=99999):number>", "case_exhibit", allow(Permission.WORK_CASE)(open_exhibit)
    )
    blueprint.add_url_rule(
        "/desk/cases/<ref>/exhibits", "add_exhibit", allow(Permission.WORK_CASE)(add_exhibit), methods=["POST"]
    )


def show(ref: str) -> Any:
    return page_of(ref, [])


def page_of(ref: str, errors: list[tuple[str, str]], status: int = 200, **whom: WhomForm) -> Any:
    """The case, with what could not be done on top; what somebody needs has a page of its own.

    `whom`: what was chosen for a decision that could not be begun.
    """
    need = needs.in_case(find_case(g.db, ref))
    if need is not None:
        return needs.page_of(need, errors, status) if errors else redirect(f"/desk/needs/{need}", 303)
    page = read_case(ref)
    for what, form in whom.items():
        offer_members(form.member, page.file.about.id)
        page.whom[what] = form
    return render_template("desk/case.html", current="queue", page=page, errors=errors, words=words), status


def take(ref: str) -> Any:
    """Takes the case; when somebody else was faster, the page says who has it now."""
    try:
        version, item = request.form.get("version", "")[:10], request.form.get("item", "")[:40]
        perform(take_case, case_ref=ref, version=version, item=item)
    except (Conflict, NotAllowed, RuleBroken) as error:
        return page_of(ref, [("", message_of(error))], error.status)
    back = request.form.get("go", "")
    return redirect(back if re.fullmatch(r"/desk/[a-z-]+/[A-Z0-9-]{3,24}", back) else f"/desk/cases/{ref}", 303)


def give(ref: str) -> Any:
    """A lead gives what waits to somebody else; a refusal stands at its field."""
    form, status = HandOverForm.sent(), 422
    if form.validate():
        try:
            perform(hand_over, case_ref=ref, what=form.what.data, to=form.to.data, reason=form.reason.data)
            return redirect(f"/desk/cases/{ref}", 303)
        except (RuleBroken, Conflict, NotAllowed) as error:
            form.refuse(error)
            status = error.status
    g.handing = form
    return page_of(ref, form.summary, status)


def exhibits(ref: str) -> str:
    return _exhibits_page(ref, ExhibitForm(), 200)[0]


def add_exhibit(ref: str) -> Any:
    """Puts a contract or what somebody wrote in the case on record with a number."""
    form = ExhibitForm.sent()
    if not form.validate():
        return _exhibits_page(ref, form, 422)
    kind, _, named = (form.source.data or "").partition(":")
    try:
        perform(
            put_exhibit, case_ref=ref, kind=kind, named=named, description=form.description.data,
            quoted=form.quoted.data or "", ground=form.ground.data or "",
        )
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return _exhibits_page(ref, form, error.status)
    return redirect(_way_back(ref), 303)


def open_exhibit(ref: str, number: int) -> Response:
    """A document of the case: the opening is on record, and its owner sees who it was. Errors: `NotFound`."""
    require_reach(ref)
    shown = shown_exhibits(g.db, find_case(g.db, ref).id)
    document = next((one.document for one in shown if one.number == number), None)
    if document is None:
        raise NotFound
    return send_document(document.ref, purpose=OpenedFor.CASE)


def _way_back(ref: str) -> str:
    """To the draft that the reviewer came from, else to the case."""
    action = request.form.get("action", "")
    return f"/desk/actions/{action}" if re.fullmatch(r"[A-Z0-9-]{3,24}", action) else f"/desk/cases/{ref}"


def _exhibits_page(ref: str, form: ExhibitForm, status: int) -> tuple[str, int]:
    require_reach(ref)
    file = case_file(g.db, ref)
    shown = exhibit_sources(file)
    form.source.choices = offered((value, label) for value, label, _text in shown)
    reasons = [(name, words.word(words.NO_EXHIBIT, name)) for name in WITHHELD]
    form.ground.choices = offered([("", lang().gettext("No, the person reads it")), *reasons])
    return render_template(
        "desk/exhibits.html", current="queue", file=file, form=form, next=next_number(g.db, file.case.id),
        texts={value: text for value, _label, text in shown}, errors=form.summary,
        action=request.values.get("action", "")[:24],
    ), status


def exhibit_sources(file: CaseFile) -> list[tuple[str, str, str]]:
    """What of a case can become an exhibit: (value, label, its text)."""
    say = lang().gettext
    found = [
        (f"message:{m.ref}", say("Message %(ref)s", ref=m.ref), m.body or "") for m in file.messages if m.kind != "question"
    ]
    for dispute in disputes_of_case(g.db, file.case.id):
        who = account_by_id(g.db, dispute.opened_by_account_id).name
        words_of = in_paragraphs(dispute.agreed, dispute.happened)
        label = say("Dispute %(ref)s, in the words of %(who)s", ref=dispute.ref, who=who)
        found.append((f"dispute:{dispute.ref}", label, words_of))
        if dispute.answer:
            found.append((f"answer:{dispute.ref}", say("The answer to dispute %(ref)s", ref=dispute.ref), dispute.answer))
    for party in file.parties:
        label = say("A message that %(who)s wrote on the marketplace (paste it below)", who=party.account.name)
        found.append((f"{PASTED}:{party.account.ref}", label, ""))
    return [*found, *(
        (f"contract:{c.ref}", say("Contract %(ref)s, %(title)s, with its terms", ref=c.ref, title=c.title), "")
        for c in contracts_in(file)
    )]
