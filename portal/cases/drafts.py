"""What people have typed and not yet sent: kept through errors, closed browsers and expired sessions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, select

from portal.cases.models import Draft
from portal.core.access import Permission, require_person
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_
from portal.core.text import canonical, clean, clean_line
from portal.core.work import Work
from portal.log.operations import add

LARGEST_DRAFT, MOST_FIELDS, MOST_DRAFTS = 1_000_000, 60, 200


def save_draft(work: Work, form: str, subject_ref: str, body: str, version: int | None = None) -> Draft:
    """Keeps what the person has typed; nothing of it is an act.

    `version`: of the draft with which the form began (0: there was none). Without it the newest wins. Errors:
    `draft_changed` (conflict) when something else was kept since, in another window: both stay.
    """
    draft = _mine(work, form, subject_ref)
    if draft is None:
        person_id = require_person(work.actor)
        return add(work, Draft(
            person_id=person_id, form=form, subject_ref=subject_ref, body=body, saved_at=work.now, version=1
        ))
    if draft.body == body:
        return draft
    if version not in (None, draft.version):
        message = N_("You wrote something else here meanwhile, in another window or on another device. Both are kept.")
        raise Conflict("draft_changed", message)
    draft.body, draft.saved_at, draft.version = body, work.now, draft.version + 1
    return draft


_MINE = select(Draft).where(
    Draft.person_id == bindparam("person_id"), Draft.form == bindparam("form"), Draft.subject_ref == bindparam("subject_ref")
).with_for_update()


def _mine(work: Work, form: str, subject_ref: str) -> Draft | None:
    given = {"person_id": require_person(work.actor), "form": form, "subject_ref": subject_ref}
    return work.db.scalars(_MINE, given).one_or_none()


def drop_draft(work: Work, form: str, subject_ref: str) -> None:
    draft = _mine(work, form, subject_ref)
    if draft is not None:
        work.db.delete(draft)


def keep_draft(
    work: Work, *, form: str, subject: str, fields: dict[str, str], version: int | None = None
) -> dict[str, Any]:
    """Keeps what a person has typed into a form and not yet sent; the answer names the version that it is now.

    Errors: text limits of `core.text.clean`; `draft_too_large` over a form's size; `too_many_drafts` for one more of one
    person (what is kept already can always be kept again); those of `save_draft`.
    """
    work.require(Permission.ANSWER_IN_CASE)
    kept = {clean_line(name, limit=64): clean(value) for name, value in fields.items()}
    if len(kept) > MOST_FIELDS or sum(map(len, kept.values())) > LARGEST_DRAFT:
        raise RuleBroken("draft_too_large", "This draft is too large to keep. Your text is still on this page.")
    subject_ref = clean_line(subject, limit=80)
    drafts = select(func.count()).select_from(Draft).where(Draft.person_id == require_person(work.actor))
    if _mine(work, form, subject_ref) is None and (work.db.scalar(drafts) or 0) >= MOST_DRAFTS:
        raise RuleBroken("too_many_drafts", "You have very many drafts. Please send or empty one of them first.")
    return {"version": save_draft(work, form, subject_ref, canonical(kept), version).version}


def forget_draft(work: Work, *, form: str, subject: str) -> dict[str, Any]:
    """Drops a draft when its form was sent or its writer wants to begin again."""
    work.require(Permission.ANSWER_IN_CASE)
    drop_draft(work, form, subject)
    return {}
