"""Writing an appeal: told beforehand whether and until when; reasons, words and files kept; checked; sent once."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from wtforms import BooleanField, FileField, SelectMultipleField, StringField, TextAreaField

from portal.appeals.mentions import told_of
from portal.appeals.models import LIVE
from portal.appeals.money import offered_of
from portal.appeals.operations import attach_file, file_appeal, remove_file, save_appeal_draft
from portal.appeals.pauses import if_late
from portal.appeals.queries import Filing, Shown, files_of, filing
from portal.appeals.queries import my_action as find_action
from portal.appeals.rules import LEAST_BODY, MONEY, MOST_TEXT, WOULD_CHANGE, checklist, grounds_against
from portal.appeals.similar import answered_under
from portal.cases.queries import draft_and_version
from portal.core.access import Permission
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_
from portal.documents.rules import ACCEPT, LARGEST_FILE, LONGEST_DESCRIPTION, MEGABYTE, MOST_FOR_ONE_THING
from portal.enforcement.ends_first import ends_first
from portal.enforcement.models import Action, Nature
from portal.enforcement.queries import owner_zone, rule_of, rules_cited, statement_of
from portal.enforcement.rules import WOULD_CHANGE as ITEMS
from portal.rulebook.queries import CitedClause
from portal.web.person import drafts, files
from portal.web.person.quoting import in_my_language
from portal.web.person.redress import answered_by
from portal.web.person.scope import about, require_in_session
from portal.web.person.sending import carry_out
from portal.web.shell import guard
from portal.web.shell.context import lang
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered
from portal.web.shell.guard import allow
from portal.web.shell.letter import fixed
from portal.web.shell.numbers import counted
from portal.web.shell.promised import promised
from portal.web.shell.uploads import takes_files

DRAFT, KEEP = "appeal", "/appeals/new/keep"
MOST_ITEMS = ITEMS[1]
HOW = N_("How does this apply?")
HOWS = tuple(f"how_{n}" for n in range(1, MOST_ITEMS + 1))
TYPED = ("body", "late_reason", "description", "mention", *HOWS)
NO_GROUND = N_("Choose at least one reason why the decision is not right.")


class MultipleGrounds(SelectMultipleField):
    """Boxes to tick; whether a reason exists is for the operation to say."""

    def pre_validate(self, _form: Any) -> None:
        """Nothing is refused here."""


class AppealForm(PortalForm):
    """What the person says: the reasons that they tick, their own words, and why now when it is late."""

    grounds = MultipleGrounds(
        N_("Why is the decision not right?"), [Needed(NO_GROUND), Listed(NO_GROUND)], choices=[],
    )
    body = TextAreaField(
        N_("Your own words"), [Needed(N_("Say in your own words why the decision is not right.")), Storable(MOST_TEXT)]
    )
    late_reason = TextAreaField(N_("Why do you appeal only now?"), [Storable(MOST_TEXT)])
    mention = BooleanField(N_("Tell the people I work with that an appeal is pending"))
    file = FileField(N_("Add a file"))
    description = StringField(N_("What does this file show?"), [Storable(LONGEST_DESCRIPTION, line=True)])


for _name in HOWS:
    setattr(AppealForm, _name, TextAreaField(HOW, [Storable(MOST_TEXT)]))


def add_routes(blueprint: Blueprint) -> None:
    write = allow(Permission.ANSWER_IN_CASE)
    blueprint.add_url_rule("/appeals/new", "new_appeal", write(show))
    blueprint.add_url_rule("/appeals/new", "send_appeal", write(takes_files(send)), methods=["POST"])
    blueprint.add_url_rule(KEEP, "keep_appeal", write(keep), methods=["POST"])


def show() -> Any:
    """Whether an appeal is possible and until when; then the form with everything that was typed before."""
    found = _found(request.args.get("action", ""))
    if found.appeal is not None and (found.appeal.state in LIVE or found.why_not == "decided"):
        return redirect(f"/appeals/{found.appeal.ref}")
    if found.why_not is not None:
        return render_template("person/appeal_cannot.html", current="me", found=found, action=found.action)
    kept = _kept(found)
    return _page(found, _offer(AppealForm(data=kept if any(kept.values()) else kept | _about()), found), "edit")


def _about() -> dict[str, Any]:
    """What is ticked for who comes from their money: that alone."""
    return {"grounds": [MONEY]} if request.args.get("about") == "money" else {}


def keep() -> tuple[dict[str, Any], int]:
    """Keeps what is typed so far; the answer has no page."""
    ref = _found(request.form.get("action", "")).action.ref
    return drafts.answered(DRAFT, ref, lambda: _store(ref))


def send() -> Any:
    """One form with several buttons: add a file, take one away, check, go back, send. The words are kept each time, and
    a file that was chosen is added whichever button was pressed."""
    found = _found(request.form.get("action", ""))
    form = _offer(AppealForm.sent(), found)
    step = request.form.get("step", "check")
    if found.appeal is not None and found.appeal.state in LIVE and step != "send":
        return redirect(f"/appeals/{found.appeal.ref}", 303)
    if step != "send":
        try:
            _store(found.action.ref)
        except RuleBroken:
            return _unkept(found, form)
        except Conflict as error:
            drafts.show_both(form, DRAFT, found.action.ref, KEEP)
            return _page(_found(found.action.ref), form, "edit"), error.status
    if request.files.get("file") and step not in ("add", "send"):
        found = _take_along(found, form)
    if drafts.pressed():
        g.draft_kept = not form.summary
        return _page(found, form, "edit"), 422 if form.summary else 200
    if step == "add":
        return _listed(found, form, _add(found, form))
    if step.startswith("remove:") and not form.summary:
        taken = files.remove(form, remove_file, step.removeprefix("remove:"), action_ref=found.action.ref)
        return _listed(found, form, taken)
    if step == "edit":
        return _page(found, form, "edit")
    return _file(found, form) if step == "send" else _check(found, form)


def _unkept(found: Filing, form: AppealForm) -> Any:
    """Something that was typed cannot be kept: the page says what, at its field, before anything else is done."""
    form.validate()
    return _page(found, form, "edit"), 422


def _take_along(found: Filing, form: AppealForm) -> Filing:
    """Adds a file that was chosen when another button was pressed, just as its own button does; else says why not."""
    action_ref = found.action.ref
    return found if _add(found, form) else _found(action_ref)


def _check(found: Filing, form: AppealForm) -> Any:
    refused = {field.short_name: list(field.errors) for field in (form.file, form.description)}
    fits = form.validate() and not any(refused.values())
    for name, errors in refused.items():
        form[name].errors = [*errors, *form[name].errors]
    if (form.description.data or "").strip() and not request.files.get("file"):
        message = lang().gettext("You described a file, but no file is chosen. Choose it, or empty this line.")
        form.description.errors, fits = [*form.description.errors, message], False
    if found.late and not (form.late_reason.data or "").strip():
        form.late_reason.errors = [*form.late_reason.errors, lang().gettext("Say why you appeal only now.")]
        fits = False
    return _page(found, form, "check" if fits else "edit"), 200 if fits else 422


def _file(found: Filing, form: AppealForm) -> Any:
    """Sends it. Pressed again, it leads to the same receipt."""
    done, status = carry_out(form, file_appeal, lambda: {
        "action_ref": found.action.ref, "grounds": list(form.grounds.data or []), "body": form.body.data,
        "late_reason": form.late_reason.data or "", "how": said_how(form),
        "mention": bool(form.mention.data),
    })
    if done is None:
        return _page(found, form, "edit"), status
    return redirect(f"/appeals/{done['appeal']}", 303)


def _add(found: Filing, form: AppealForm) -> int:
    return files.add(form, attach_file, action_ref=found.action.ref)


def _listed(found: Filing, form: AppealForm, refused: int) -> Any:
    """The form with its list of files, or why that has not changed."""
    return (_page(found, form, "edit"), refused) if refused else redirect(f"/appeals/new?action={found.action.ref}#files", 303)


def _found(action_ref: str) -> Filing:
    """Errors: `NotFound` for anyone else's action, and in a link's session for another case."""
    action = find_action(g.db, action_ref, guard.person().id)
    require_in_session(action.case_id)
    about(action.account_id)
    return filing(g.db, action, guard.person().id, g.now)


def _store(action_ref: str) -> int:
    """Keeps the draft; its version now."""
    fields: dict[str, Any] = {name: request.form.get(name, "") for name in TYPED}
    fields["grounds"] = request.form.getlist("grounds")
    return drafts.save(save_appeal_draft, KEEP, action_ref=action_ref, fields=fields)


def _kept(found: Filing) -> dict[str, Any]:
    kept, version = draft_and_version(g.db, guard.person().id, DRAFT, found.action.ref)
    drafts.mark(KEEP, version)
    known = dict(ground_choices(found))
    fields = {name: value for name, value in (kept or {}).items() if name != "description"}
    return fields | {"grounds": [key for key in fields.get("grounds", []) if key in known]}


def _files(found: Filing) -> list[Shown]:
    return files_of(g.db, found.appeal.id) if found.appeal is not None else []


def _offer(form: AppealForm, found: Filing) -> AppealForm:
    """The form with the reasons that can be ticked against this action. What the person says how of counts as ticked."""
    form.grounds.choices = offered(ground_choices(found))
    chosen = list(form.grounds.data or [])
    form.grounds.data = [*chosen, *(key for key in said_how(form) if key not in chosen)]
    return form


def said_how(form: AppealForm) -> dict[str, str]:
    """What the person wrote beside the items of our letter, by their keys."""
    typed = {f"{WOULD_CHANGE}:{n}": form[name].data or "" for n, name in enumerate(HOWS, 1)}
    return {key: text for key, text in typed.items() if text.strip()}


def _page(found: Filing, form: AppealForm, step: str) -> str:
    record = statement_of(g.db, found.action.ref)[0] or {}
    words, ticked = {one.value: one.label for one in form.grounds.choices}, list(form.grounds.data or [])
    return render_template(
        "person/appeal_check.html" if step == "check" else "person/appeal_form.html", current="me", found=found, form=form,
        action=found.action, rule=in_my_language(rule_of(g.db, found.action)), record=record, files=_files(found),
        errors=form.summary,
        most=MOST_TEXT, least=LEAST_BODY, accept=ACCEPT, megabytes=LARGEST_FILE // MEGABYTE, most_files=MOST_FOR_ONE_THING,
        chosen=[(words[key], said_how(form).get(key, "")) for key in words if key in ticked], ticked=ticked,
        items=list(checklist(record)), hows=HOWS, money_alone=ticked == [MONEY], only=found.only,
        promised=promised()["appeal_answer"], if_late=if_late(g.db, found.action, answered_by()),
        mentionable=told_of(g.db, found.action), past=ended_before(found.action),
        ends_first=ends_first(g.db, found.action, g.now, answered_by()), zone=owner_zone(g.db, found.action.account_id),
    )


def ended_before(action: Action) -> list[tuple[CitedClause, list[str]]]:
    """How earlier appeals ended under each rule that the decision names: stands, changed, overturned; no words where they are too
    few, and no rule of a decision that is not about conduct."""
    found = rules_cited(g.db, action) if action.nature == Nature.CONDUCT else ()
    past = [(one, answered_under(g.db, one.clause_id, g.now)) for one in found]
    return [(one, [counted(n) for n in (end.stands, end.changed, end.overturned)] if end else []) for one, end in past]


def ground_choices(found: Filing) -> list[tuple[str, str]]:
    """The reasons that can be ticked: what our own letter says would change the decision, as it says it to this reader, then
    the general ones."""
    record = statement_of(g.db, found.action.ref)[0] or {}
    items, listed = checklist(record), grounds_against(record)
    return [
        (key, fixed(listed[key], lang()) if key in items else lang().gettext(listed[key]))
        for key in offered_of(listed, found.only)
    ]
