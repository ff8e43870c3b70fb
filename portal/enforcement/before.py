"""What was decided before about the same conduct: it is decided once, and what was overturned is decided by others.

The same conduct: the same rule in any version, days that overlap, and a contract or message in common.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from portal.core.database import KEYS
from portal.core.errors import NotAllowed, RuleBroken
from portal.core.i18n import N_
from portal.enforcement.models import Action, ActionStatus, Citation, CitationReversal, Signature
from portal.enforcement.rules import Conduct, Earlier


@dataclass(frozen=True, slots=True)
class Before:
    """What of the earlier decisions is about the same conduct: the one that stands, and those that were overturned."""

    standing: Earlier | None = None
    overturned: tuple[Earlier, ...] = ()
    signers: frozenset[UUID] = frozenset()

    @property
    def overturned_at(self) -> datetime | None:
        """When the newest of them was overturned: the person is asked again after that."""
        return max((one.reversed_at for one in self.overturned if one.reversed_at), default=None)


_INTERIM = select(Action.ref).where(
    Action.case_id == bindparam("case_id"), Action.interim, Action.id != bindparam("besides"),
    Action.status.in_((ActionStatus.ISSUED, ActionStatus.WITHDRAWN)),
).order_by(Action.id).limit(1)


STANDS = ~exists().where(CitationReversal.citation_id == Citation.id)
"""That a citation of the query still stands: the decision was not overturned as to this one rule."""


def conduct_of(citation: Citation) -> Conduct:
    """What a frozen citation is about."""
    return Conduct(citation.conduct_from, citation.conduct_to, frozenset(json.loads(citation.objects)))


def decided_before(session: Session, earlier: Iterable[Earlier], conduct: Conduct | None, *, interim: bool) -> Before:
    """Which of these decisions under one rule are about the same conduct.

    An interim one decides nothing that a full one could not decide after it; to another interim one it stands like any. What
    was replaced decides nothing any more, whatever became of its successor.
    """
    same = [one for one in earlier if one.about(conduct)]
    standing = [one for one in same if one.reversed_at is None and not one.superseded and (interim or not one.interim)]
    overturned = tuple(one for one in same if one.reversed_at is not None)
    return Before(next(iter(standing), None), overturned, signers_of(session, overturned))


_SIGNED = select(Signature.person_id).where(Signature.action_id.in_(KEYS))


def signers_of(session: Session, earlier: Iterable[Earlier]) -> frozenset[UUID]:
    """Everybody who signed one of these decisions."""
    keys = [one.id for one in earlier]
    return frozenset(session.scalars(_SIGNED, {"ids": keys}) if keys else ())


def require_undecided(before: Before, *, interim: bool) -> None:
    """Errors: `already_decided` while a decision about the same conduct stands; `interim_not_permitted` after a reversal."""
    if before.standing is not None:
        message = N_(
            "%(earlier)s decided this already: the same rule, days that overlap, the same contract or message. It stands, so "
            "nothing more follows from it. If something else happened, give its own days, or its own contract or message."
        )
        raise RuleBroken("already_decided", message, field="clause_version_id", earlier=before.standing.ref)
    if interim and before.overturned:
        message = N_("%(earlier)s was overturned. Nobody acts first on the same conduct again: ask the person, then decide.")
        raise RuleBroken("interim_not_permitted", message, field="interim", earlier=before.overturned[-1].ref)


def require_other_hands(before: Before, *person_ids: UUID) -> None:
    """Errors: `overturned_before` for whoever signed a decision about the same conduct that was overturned."""
    if not before.signers.isdisjoint(person_ids):
        message = N_("%(earlier)s was overturned, and whoever signed it does not decide this again. A lead can pass it on.")
        raise NotAllowed("overturned_before", message, field="clause_version_id", earlier=before.overturned[-1].ref)


def acted_first(session: Session, case_id: UUID, besides: UUID) -> str | None:
    """The action by which we acted first in a case, whatever became of it: there is one in a case, not one after another."""
    return session.scalar(_INTERIM, {"case_id": case_id, "besides": besides})


def require_first_interim(session: Session, action: Action, replaces: Action | None = None) -> None:
    """Errors: `interim_again` when we acted first in this case before, or are to replace what was decided in full."""
    before = replaces.ref if replaces is not None else acted_first(session, action.case_id, action.id)
    if before is not None:
        message = N_("We acted first in this case already, by %(earlier)s. Ask the person, then decide.")
        raise RuleBroken("interim_again", message, field="interim", earlier=before)
