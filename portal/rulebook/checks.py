"""What `flask verify` proves of the rulebook: each function names the rows that break a rule, and no others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.rulebook.correcting import frozen_wording
from portal.rulebook.editorial import differences, is_editorial
from portal.rulebook.models import Policy, PolicyVersion
from portal.rulebook.queries import versions_of

Check = Callable[[Session], Iterator[str]]


def corrections_change_no_rule(session: Session) -> Iterator[str]:
    """Each editorial correction says so, follows the version that it corrects, and differs from it in wording alone."""
    for slug in session.scalars(select(Policy.slug).order_by(Policy.slug)):
        every = list(reversed(versions_of(session, slug)))
        originals = [one for one in every if one.binding]
        for version in every:
            earlier = [one for one in originals if one.effective_on < version.effective_on]
            for wrong in _wrong(session, version, earlier[-1] if earlier else None, every):
                yield f"version {slug}/{version.effective_on}.{version.language} ({version.id}) {wrong}"


def _wrong(
    session: Session, version: PolicyVersion, earlier: PolicyVersion | None, every: Sequence[PolicyVersion]
) -> Iterator[str]:
    editorial = earlier is not None and is_editorial(json.loads(version.front))
    if version.corrects_id != (earlier.id if editorial and earlier is not None else None):
        yield "does not say rightly what it corrects"
    elif editorial and earlier is not None:
        same = (one for one in every if (one.effective_on, one.language) == (earlier.effective_on, version.language))
        for one in same:
            wrong = differences(frozen_wording(session, one), frozen_wording(session, version))
            yield from (f"is called an editorial correction: {each.what}" for each in wrong[:1])


PROVES: dict[int, tuple[Check, ...]] = {1: (corrections_change_no_rule,)}
