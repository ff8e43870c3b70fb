"""Publishing: reads the policy files, freezes what is new, refuses what changed under a published version."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.core.access import Permission
from portal.core.errors import RuleBroken
from portal.core.text import canonical, plain, sha256
from portal.core.work import Work
from portal.log.operations import add, record
from portal.rulebook.addresses import version_name
from portal.rulebook.correcting import corrected_by, require_in_time
from portal.rulebook.files import VersionFile, version_files
from portal.rulebook.indexing import add_words
from portal.rulebook.models import Clause, ClauseVersion, Policy, PolicyKind, PolicyVersion
from portal.rulebook.queries import PROMISES

TAKEN = {"search", "before-you-pay"}
"""What stands at these addresses beside the policies."""


def publish(work: Work, folder: str) -> dict[str, Any]:
    """Freezes every version in the folder that is not yet published; returns what was published.

    Errors: `changed_under_version` when the text of a published version differs from what was frozen (promise: rules
    never change silently), `name_taken` where a page has the policy's address, `unreadable_policy` with file, line and
    how to mend it, `in_the_past` for a version that would bind whoever joined before it was published, `not_editorial`
    for a correction that is more than one.
    """
    work.require(Permission.PUBLISH)
    published, older = [], _known_before(work)
    for file in version_files(Path(folder)):
        policy = _policy(work, file.slug)
        known = work.db.scalars(
            select(PolicyVersion).where(
                PolicyVersion.policy_id == policy.id, PolicyVersion.effective_on == file.effective_on,
                PolicyVersion.language == file.language,
            )
        ).one_or_none()
        if known is None:
            require_in_time(work, policy, file, later=policy.id in older)
            published.append(_freeze(work, policy, file, corrected_by(work, policy, file)))
        elif known.sha256 != file.sha256:
            message = "%(file)s changed after it was published. Publish the change as a new version with its own date."
            raise RuleBroken("changed_under_version", message, file=file.name)
    return {"published": published}


def _known_before(work: Work) -> set[UUID]:
    """The policies of which something was published before this act."""
    return set(work.db.scalars(select(PolicyVersion.policy_id).distinct()))


def _policy(work: Work, slug: str) -> Policy:
    if slug in TAKEN:
        raise RuleBroken("name_taken", "A page of ours has the address /rules/%(name)s. Give the policy's folder another name.",
                         name=slug)
    policy = work.db.scalars(select(Policy).where(Policy.slug == slug)).one_or_none()
    kind = PolicyKind.PROMISES if slug == PROMISES else PolicyKind.TERMS
    return policy or add(work, Policy(slug=slug, kind=kind))


def _freeze(work: Work, policy: Policy, file: VersionFile, corrects_id: UUID | None) -> str:
    version = add(work, PolicyVersion(
        policy_id=policy.id, title=file.text.title, published_on=file.text.published_on, effective_on=file.effective_on,
        language=file.language, binding=file.binding, changes=file.text.changes,
        front=canonical(plain_front(file.text.front_matter)), sha256=file.sha256, corrects_id=corrects_id,
    ))
    known = {clause.key: clause for clause in work.db.scalars(select(Clause).where(Clause.policy_id == policy.id))}
    before = set(known)
    clauses = [_freeze_clause(work, known, version, file, ordinal) for ordinal in range(len(file.text.clauses))]
    add_words(work, version, clauses)
    name = version_name(policy.slug, file.effective_on, file.language)
    record(work, "policy.published", name, title=version.title,
           corrects=corrects_id, rows=[policy, version, *([(version, "correction")] if corrects_id else []), *clauses,
                                       *(clause for key, clause in known.items() if key not in before)])
    return name


def plain_front(front: dict[str, Any]) -> dict[str, Any]:
    """Front matter as canonical JSON carries it: whatever else an author wrote there is kept as text."""
    return {str(k): plain(v) if isinstance(v, (str, int, bool, list, dict)) or v is None else str(v) for k, v in front.items()}


def _freeze_clause(
    work: Work, known: dict[str, Clause], version: PolicyVersion, file: VersionFile, ordinal: int
) -> ClauseVersion:
    source = file.text.clauses[ordinal]
    clause = known.get(source.key) or add(work, Clause(policy_id=version.policy_id, key=source.key))
    known[source.key] = clause
    return add(work, ClauseVersion(
        clause_id=clause.id, version_id=version.id, ordinal=ordinal, parent_key=source.parent, level=source.level,
        number=source.number, heading=source.heading, text=source.text, sha256=sha256(source.text),
        data=canonical(file.data_of(source.key).canonical()),
    ))
