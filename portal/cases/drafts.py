"""What people have typed and not yet sent: kept through errors, closed browsers and expired sessions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from portal.cases.models import Draft
from portal.core.access import Permission, require_person
from portal.core.errors import RuleBroken
from portal.core.text import canonical, clean, clean_line
from portal.core.work import Work
from portal.log.operations import add

LARGEST_DRAFT, MOST_FIELDS, MOST_DRAFTS = 1_000_000, 60, 200


def save_draft(work: Work, form: str, subject_ref: str, body: str) -> Draft:
    """Keeps what the person has typed. The newest wins; nothing of it is an act."""
    person_id = require_person(work.actor)
    draft = work.db.scalars(
        select(Draft).where(Draft.person_id == person_id, Draft.form == form, Draft.subject_ref == subject_ref)
    ).one_or_none()
    if draft is None:
        return add(work, Draft(person_id=person_id, form=form, subject_ref=subject_ref, body=body, saved_at=work.now))
    draft.body, draft.saved_at, draft.version = body, work.now, draft.version + 1
    return draft


def drop_draft(work: Work, form: str, subject_ref: str) -> None:
    person_id = require_person(work.actor)
    draft = work.db.scalars(
        select(Draft).where(Draft.person_id == person_id, Draft.form == form, Draft.subject_ref == subject_ref)
    ).one_or_none()
    if draft is not None:
        work.db.delete(draft)


def keep_draft(work: Work, *, form: str, subject: str, fields: dict[str, str]) -> dict[str, Any]:
    """Keeps what a person has typed into a form and not yet sent.

    Errors: text limits of `core.text.clean`; `draft_too_large` over a form's size; `too_many_drafts` for one person.
    """
    work.require(Permission.ANSWER_IN_CASE)
    kept = {clean_line(name, limit=64): clean(value) for name, value in fields.items()}
    if len(kept) > MOST_FIELDS or sum(map(len, kept.values())) > LARGEST_DRAFT:
        raise RuleBroken("draft_too_large", "This draft is too large to keep. Your text is still on this page.")
    drafts = select(func.count()).select_from(Draft).where(Draft.person_id == require_person(work.actor))
    if (work.db.scalar(drafts) or 0) >= MOST_DRAFTS:
        raise RuleBroken("too_many_drafts", "You have very many drafts. Please send or empty one of them first.")
    save_draft(work, form, clean_line(subject, limit=80), canonical(kept))
    return {}


def forget_draft(work: Work, *, form: str, subject: str) -> dict[str, Any]:
    """Drops a draft when its form was sent or its writer wants to begin again."""
    work.require(Permission.ANSWER_IN_CASE)
    drop_draft(work, form, subject)
    return {}
