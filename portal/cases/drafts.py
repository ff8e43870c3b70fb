"""What people have typed and not yet sent: kept through errors, closed browsers and expired sessions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from portal.cases.models import Draft
from portal.core.access import Permission, require_person
from portal.core.text import canonical, clean, clean_line
from portal.core.work import Work
from portal.log.operations import add


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
    """Keeps what a person has typed into a form and not yet sent. Errors: text limits of `core.text.clean`."""
    work.require(Permission.ANSWER_IN_CASE)
    kept = {clean_line(name, limit=64): clean(value) for name, value in fields.items()}
    save_draft(work, form, clean_line(subject, limit=80), canonical(kept))
    return {}


def forget_draft(work: Work, *, form: str, subject: str) -> dict[str, Any]:
    """Drops a draft when its form was sent or its writer wants to begin again."""
    work.require(Permission.ANSWER_IN_CASE)
    drop_draft(work, form, subject)
    return {}
