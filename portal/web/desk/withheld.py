"""What a person contests of a letter's withholding, at the desk: all of it in sight, and the answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import g
from wtforms import RadioField, TextAreaField

from portal.appeals.models import Appeal, AppealKind, AppealOutcome
from portal.appeals.operations import decide_withheld
from portal.appeals.rules import MOST_TEXT
from portal.appeals.withholding import preview_withheld
from portal.core.i18n import N_, language
from portal.core.text import canonical
from portal.documents.queries import ShownExhibit
from portal.enforcement.disclosing import Unshown, unshown, withheld_grounds
from portal.enforcement.models import Action
from portal.enforcement.queries import owners_of, statement_of
from portal.web.desk.casefile import signer_names
from portal.web.desk.redress import Seen, Steps, answers_at
from portal.web.desk.redress_page import Redress, common
from portal.web.shell import guard
from portal.web.shell.context import lang
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered
from portal.web.shell.letter import read

NO_OUTCOME = N_("Choose whether it stays withheld or is shown.")
OUTCOMES = ((AppealOutcome.UPHELD, N_("It stays withheld")), (AppealOutcome.REVERSED, N_("It is shown, in a new letter")))


class WithheldAnswer(PortalForm):
    """The answer: it stays withheld, or a new letter shows it."""

    outcome = RadioField(N_("What follows"), [Needed(NO_OUTCOME), Listed(NO_OUTCOME)], validate_choice=False)
    reasons = TextAreaField(
        N_("Your reasons"), [Needed(N_("Write your reasons. The person reads them.")), Storable(MOST_TEXT)]
    )
    shown = TextAreaField(N_("What was withheld, in words"), [Storable(MOST_TEXT)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Redress[Appeal]):
    """Everything on the page of one contested withholding."""

    action: Action
    letter: dict[str, Any]
    hidden: list[tuple[ShownExhibit, str]]
    signers: list[tuple[str, str]]
    alone: list[Unshown]


class Withheld(Steps[Page, WithheldAnswer]):
    """What is contested of a letter's withholding."""

    kind, name, root = AppealKind.WITHHELD, "withheld", "/desk/withheld"
    drafts = answers_at(root)
    operation, takes_files = decide_withheld, False

    def read(self, sent: Appeal) -> Page:
        alike, action = common(sent), g.db.get_one(Action, sent.action_id)
        letter = statement_of(g.db, action.ref)[0] or {}
        grounds = withheld_grounds(letter)
        return Page(
            **alike, alone=unshown(g.db, action), action=action, letter=letter, signers=signer_names(action),
            hidden=[(one, grounds[one.number]) for one in alike["exhibits"] if one.number in grounds],
        )

    def form(self, page: Page, sent: Any) -> WithheldAnswer:
        form = WithheldAnswer(sent, data=self.drafts.kept(page.sent.ref) if sent is None else {})
        open_to = OUTCOMES[1:] if page.had_a_part or page.alone else OUTCOMES
        form.outcome.choices = offered((value.value, lang().gettext(text)) for value, text in open_to)
        return form

    def answer(self, form: WithheldAnswer) -> dict[str, Any]:
        return {"outcome": form.outcome.data, "reasons": form.reasons.data, "shown": form.shown.data or ""}

    def ahead(self, page: Page, form: WithheldAnswer) -> Seen:
        """Made by the functions that the answer uses, in the language of the person; the new letter as it would stand."""
        mine, letter = preview_withheld(g.db, page.sent, guard.person().id, now=g.now, **self.answer(form))
        owner = owners_of(g.db, page.account.id)[0]
        new = read(json.loads(canonical(letter))) if letter is not None else None
        return Seen(mine(language(owner.language), owner), new)


add_routes = Withheld().add_routes
