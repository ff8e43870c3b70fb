"""The page on which somebody shows again that it is them, by the strongest thing that they have, and what for."""

from __future__ import annotations

from flask import current_app, g, render_template, request
from werkzeug.exceptions import HTTPException

from portal.accounts.queries import live_factor
from portal.core.access import may
from portal.core.i18n import N_
from portal.web.shell import guard
from portal.web.shell.context import lang
from portal.web.shell.replay import kept

_FILE, _EXAMPLE = N_("take out the history of your money as a file"), N_("take an example of a file with many decisions")
_APPEAL, _IDENTITY, _MANY = N_("answer an appeal"), N_("answer what was sent for an identity check"), N_("issue many decisions")
ACTS = {
    "person.add_destination": N_("add a place that your money can be paid to"),
    "person.end_destination": N_("take away a place that your money can be paid to"),
    "person.funds_csv": _FILE,
    "person.funds_beancount": _FILE,
    "person.identity_send": N_("send documents for an identity check"),
    "desk.send_close": N_("close a case"),
    "desk.look_at_order": N_("look at an order of silence again"),
    "desk.issue": N_("issue a decision about an account"),
    "desk.propose": N_("propose a decision about an account"),
    "desk.sign": N_("answer a decision that somebody proposed"),
    "desk.lift": N_("lift a decision about an account"),
    "desk.shorten": N_("end a decision about an account earlier"),
    "desk.lift_part": N_("give back a part of what a decision took away"),
    "desk.withdraw": N_("withdraw a decision before it takes effect"),
    "desk.keep_parts": N_("look again at a decision about an account"),
    "desk.extend": N_("make a hold last longer"),
    "desk.sign_extension": N_("answer a proposal that a hold lasts longer"),
    "desk.correct": N_("correct a statement of reasons"),
    "desk.sign_correction": N_("answer a correction that somebody proposed"),
    "desk.decide_dispute": N_("decide a dispute"),
    "desk.second_dispute": N_("answer a proposed decision in a dispute"),
    "desk.contest_chargeback": N_("contest what a bank called back"),
    "desk.decide_appeal": _APPEAL,
    "desk.refuse_appeal": _APPEAL,
    "desk.disclose_appeal": N_("show somebody what was withheld from them"),
    "desk.decide_complaint": N_("answer a complaint"),
    "desk.decide_withheld": N_("answer whether something stays withheld"),
    "desk.identity_sign": N_("answer a proposal to ask for an identity check again"),
    "desk.identity_answer": _IDENTITY,
    "desk.identity_talk": _IDENTITY,
    "desk.many_new": _MANY,
    "desk.many_send": _MANY,
    "desk.many_confirm": _MANY,
    "desk.many_refusals": N_("take the refused lines as a file"),
    "desk.many_example_csv": _EXAMPLE,
    "desk.many_example_ndjson": _EXAMPLE,
    "desk.pause_answer": N_("answer whether a decision pauses"),
    "desk.decide_reinstatement": N_("answer somebody who asks to come back"),
    "desk.lead_answer": N_("answer a lead about a closed account"),
    "desk.propose_correction": N_("propose a correction of money"),
    "desk.answer_correction": N_("answer a proposed correction of money"),
}
"""What a form or an address does for which somebody shows again that it is them, by its endpoint: "you are about to ..."."""


def step_up_page(errors: list[tuple[str, str]], target: str, carried: str) -> str:
    """Asks for the authenticator's code, else the password, else offers a fresh link to the address on file (DESIGN 1)."""
    person = guard.person()
    way = "code" if live_factor(g.db, person.id) else "password" if person.password_hash else "link"
    form = kept(carried, person.id)
    act = act_at(form["target"], "POST") if form else act_at(target, "GET")
    return render_template(
        "public/step_up.html", errors=errors, target=target, kept=carried, way=way, act=act, current=""
    )


def act_at(address: str, method: str) -> str:
    """What is done at this address of ours, in our own words for it; nothing where it is no such act, or not for this person.

    The words come from where the press leads and from nothing else: an address that somebody made up can only say the truth.
    """
    try:
        endpoint, _parts = current_app.create_url_adapter(request).match(  # type: ignore[union-attr]
            address.partition("?")[0], method=method
        )
    except HTTPException:
        return ""
    permission = getattr(current_app.view_functions[endpoint], "permission", None)
    if permission is None or endpoint not in ACTS or not may(guard.actor(), permission):
        return ""
    return lang().gettext(ACTS[endpoint])
