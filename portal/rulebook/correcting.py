"""Before a version is frozen: that it comes in time, and what an editorial correction corrects."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import local_day
from portal.core.errors import RuleBroken
from portal.core.work import Work
from portal.rulebook.editorial import MARK, Unit, Wording, problems, wording_of
from portal.rulebook.files import VersionFile
from portal.rulebook.models import Clause, ClauseVersion, Policy, PolicyVersion


def require_in_time(work: Work, policy: Policy, file: VersionFile, *, later: bool) -> None:
    """A later version takes effect on a day that is still to come, and never between a correction and what it corrects.

    Errors: `in_the_past`: it would bind, without a word, whoever joined since that day. `corrected_before`.
    """
    if not file.binding:
        return
    if later and file.effective_on < local_day(work.now, "UTC"):
        message = "%(file)s would take effect on a day that has passed. Give it a day from today on."
        raise RuleBroken("in_the_past", message, file=file.name)
    following = work.db.scalars(
        select(PolicyVersion).where(
            PolicyVersion.policy_id == policy.id, PolicyVersion.binding, PolicyVersion.effective_on > file.effective_on
        ).order_by(PolicyVersion.effective_on).limit(1)
    ).one_or_none()
    if following is not None and following.corrects_id is not None:
        message = "%(file)s would come between a correction and the version that it corrects. Give it a later day."
        raise RuleBroken("corrected_before", message, file=file.name)


def corrected_by(work: Work, policy: Policy, file: VersionFile) -> UUID | None:
    """The version whose wording this file corrects; None for a version with rules of its own.

    Errors: `not_editorial` with the line, what is more than editorial, and how to mend it.
    """
    if not file.text.front_matter.get(MARK):
        return None
    earlier = _version_before(work.db, policy.id, file)
    before = None if earlier is None else _in_language(work.db, earlier, file.language) or wording_of(file.text, file.data)
    wrong = problems(file.text, file.data, before)
    if wrong:
        message = "%(file)s, line %(line)s: %(what)s %(how)s"
        raise RuleBroken(
            "not_editorial", message, file=file.name, line=wrong[0].line, what=wrong[0].what, how=wrong[0].how
        )
    return earlier.id if earlier is not None else None


def _version_before(session: Session, policy_id: UUID, file: VersionFile) -> PolicyVersion | None:
    return session.scalars(
        select(PolicyVersion).where(
            PolicyVersion.policy_id == policy_id, PolicyVersion.binding, PolicyVersion.effective_on < file.effective_on
        ).order_by(PolicyVersion.effective_on.desc()).limit(1)
    ).one_or_none()


def _in_language(session: Session, version: PolicyVersion, language: str) -> Wording | None:
    """The same version in that language; None when it was not translated."""
    found = session.scalars(
        select(PolicyVersion).where(
            PolicyVersion.policy_id == version.policy_id, PolicyVersion.effective_on == version.effective_on,
            PolicyVersion.language == language,
        )
    ).one_or_none()
    return frozen_wording(session, found) if found is not None else None


def frozen_wording(session: Session, version: PolicyVersion) -> Wording:
    """What a published version says, as it was frozen."""
    rows = session.execute(
        select(ClauseVersion, Clause.key).join(Clause, ClauseVersion.clause_id == Clause.id)
        .where(ClauseVersion.version_id == version.id).order_by(ClauseVersion.ordinal)
    )
    return Wording(version.title, version.language, tuple(
        Unit(key, one.number, one.heading, one.level, one.parent_key, one.text, one.data) for one, key in rows
    ))
