"""A lead gives what waits in a case to somebody else: the form on the case's page."""

from __future__ import annotations

from flask import g
from wtforms import SelectField, TextAreaField

from portal.cases.hands import staff_for, waiting_question
from portal.cases.queries import CaseFile
from portal.core.access import Role
from portal.core.i18n import N_
from portal.core.text import TEXT_LIMIT
from portal.enforcement.evidence import DRAWN, DRAWN_STAGES
from portal.web.desk import words
from portal.web.desk.queue import holders, reviewers
from portal.web.shell import guard
from portal.web.shell.context import lang
from portal.web.shell.forms import Needed, PortalForm, Storable, offered


class HandOverForm(PortalForm):
    """What is given, to whom, and why."""

    what = SelectField(N_("What you give"), [Needed(N_("Choose what you give."))], validate_choice=False, choices=[])
    to = SelectField(N_("To whom"), [Needed(N_("Choose to whom."))], validate_choice=False, choices=[])
    reason = TextAreaField(N_("Why"), [Needed(N_("Say in writing why.")), Storable(TEXT_LIMIT)])


def hand_over_form(file: CaseFile) -> HandOverForm | None:
    """The form for a lead, with what can be given of this case; None for others, and where nothing can be."""
    if Role.LEAD not in guard.actor().roles:
        return None
    form = g.get("handing") or HandOverForm()
    given, me = _given(file), guard.person().id
    if not given:
        return None
    free = dict(staff_for(g.db, file.case))
    called = reviewers(free) | {me: lang().gettext("me")}
    named = [(handle, called[key]) for key, handle in free.items()]
    form.what.choices, form.to.choices = offered(given), offered([("", "—"), *named])
    return form


def _given(file: CaseFile) -> list[tuple[str, str]]:
    """(reference, words with whom it is) of what is not given by lot."""
    names = holders([item.assignee_id for item in file.items], guard.person().id)
    found = [
        (item.subject_ref, f"{words.word(words.KINDS, item.kind)} {item.subject_ref} · {names[item.assignee_id]}")
        for item in file.items
        if item.kind not in DRAWN and not (item.kind == "dispute" and item.stage in DRAWN_STAGES)
    ]
    asked = waiting_question(g.db, file.case.id)
    if asked is not None and asked.ref not in dict(found):
        found.append((asked.ref, f"{words.word(words.KINDS, 'question')} {asked.ref}"))
    return found
