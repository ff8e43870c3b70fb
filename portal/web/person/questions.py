"""Our question to the person: the rule it is about, until when an answer helps, and what they wrote."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template
from wtforms import TextAreaField

from portal.accounts.models import Account
from portal.accounts.queries import accounts_left, person_by_id
from portal.cases.models import Message
from portal.cases.queries import Question
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.core.text import TEXT_LIMIT
from portal.enforcement.members import questions_to, seen_among
from portal.enforcement.models import Action, Nature
from portal.enforcement.operations import answer_question
from portal.enforcement.queries import actions_of_account
from portal.enforcement.silence import silent_among
from portal.rulebook.queries import CitedClause, cited_clause
from portal.web.person import drafts
from portal.web.person.quoting import in_my_language
from portal.web.person.reading import mark_opened
from portal.web.person.scope import about, my_accounts, sees_case
from portal.web.person.sending import carry_out
from portal.web.shell import guard
from portal.web.shell.forms import Needed, PortalForm, Storable
from portal.web.shell.guard import allow

MOST = TEXT_LIMIT


class AnswerForm(PortalForm):
    """One question, one answer."""

    answer = TextAreaField(N_("Your answer"), [Needed(N_("Write your answer before you send it.")), Storable(MOST)])


def add_routes(blueprint: Blueprint) -> None:
    see, write = allow(Permission.READ_CASE_AS_PERSON), allow(Permission.ANSWER_IN_CASE)
    drafts.of_page("answer", _mine)
    blueprint.add_url_rule("/me/questions/<ref>", "question", see(show))
    blueprint.add_url_rule("/me/questions/<ref>", "answer_question", write(send), methods=["POST"])


def show(ref: str) -> str:
    """The question with the form, or with what was answered."""
    question = _mine(ref)
    mark_opened(ref)
    form = AnswerForm(data=drafts.kept("answer", ref))
    return _page(question, form)


def send(ref: str) -> Any:
    """Puts the answer on record, or keeps it as a draft; what was typed stays on the page when it cannot be taken."""
    question, form = _mine(ref), AnswerForm.sent()
    if drafts.pressed():
        status = drafts.keep_typed(form, "answer", ref)
        return _page(question, form), status
    done, status = carry_out(form, answer_question, lambda: {"message_ref": ref, "answer": form.answer.data})
    if done is None:
        return _page(question, form), status
    drafts.forget("answer", ref)
    return redirect(f"/me/questions/{ref}", 303)


def _mine(ref: str) -> Question:
    """The question of that reference to one of the person's accounts. Errors: `NotFound`."""
    for account in _mine_or_left():
        for question in questions_to(g.db, account.id, guard.person().id):
            if question.message.ref == ref and sees_case(question.case_ref):
                about(account.id)
                return question
    raise NotFound


def _mine_or_left() -> list[Account]:
    """The person's accounts, and those that they have left: what was asked of them there stays theirs."""
    return [*my_accounts(), *accounts_left(g.db, guard.person().id)]


def _decided_since(message: Message, *, answered: bool) -> Action | None:
    """The newest decision about the same conduct since we asked, of those that the reader is told of.

    Without an answer only one that answers the question: what is done meanwhile, or by law, leaves it open.
    """
    listed = [action for account in _mine_or_left() for action in actions_of_account(g.db, account.id)]
    since = [
        one for one in listed if one.case_id == message.case_id and one.issued_at and one.issued_at >= message.sent_at
        and (answered or (one.nature == Nature.CONDUCT and not one.interim and one.issued_at > message.sent_at))
    ]
    told = seen_among(g.db, since, guard.person().id)
    silent = silent_among(g.db, [one.id for one in told])
    return next((one for one in told if one.id not in silent), None)


def rule_of(question: Question) -> CitedClause | None:
    """The rule that a question is about, in the reader's language where it is published in it."""
    return in_my_language(_binding_rule(question))


def _binding_rule(question: Question) -> CitedClause | None:
    key = question.message.clause_version_id
    return cited_clause(g.db, key) if key else None


def _by(question: Question) -> str | None:
    """Whose the answer is, where somebody else of the account gave it."""
    by = question.answer.from_person_id if question.answer is not None else None
    return person_by_id(g.db, by).name if by is not None and by != guard.person().id else None


def _page(question: Question, form: AnswerForm) -> str:
    over = question.closed_at
    late = question.answer_by is not None and question.answer_by <= g.now
    return render_template(
        "person/question.html", current="me", question=question.message, until=question.answer_by, answer=question.answer,
        late=late, over=over, case_ref=question.case_ref, rule=_binding_rule(question), form=form, errors=form.summary, most=MOST,
        decided=_decided_since(question.message, answered=question.answer is not None), by=_by(question),
    )
