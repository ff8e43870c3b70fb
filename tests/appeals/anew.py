"""Tim's appeal is answered: the decision stands. What he finds then, and who is left to look at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.act import Office
from portal.appeals.evidence import Again, reopenings_of, way_again
from portal.appeals.evidence_models import AppealReopening
from portal.appeals.operations import attach_evidence, refuse_appeal, reopen_appeal
from portal.appeals.queries import files_of
from portal.core.access import Actor, Role
from portal.core.clock import MovedClock
from portal.documents.intake import Taken
from tests.appeals.conftest import Bench
from tests.factories.market import Staff
from tests.factories.told import told

WHY = "The hospital wrote this letter only on Monday. Before that they told me to wait."
SHOWS = "It names the two weeks in which I lay there, which are the days that you speak of."
SAME = "This is the letter of your first appeal, in another file."
ELSEWHERE = {"weight": "not_considered", "why": "It is about another month."}


@dataclass
class Anew:
    """An appeal, and who may look at it once it is decided: two reviewers and a lead, none of whom had a part."""

    bench: Bench
    ref: str
    others: tuple[Staff, ...]

    def show(self, actor: Actor | None = None, digest: str = "", **other: Any) -> dict[str, Any]:
        """Adds a file; each is another one, but where `digest` says which."""
        n = next(self.bench._files)
        taken = Taken(f"new-{n}.pdf", "application/pdf", 1000 + n, digest or f"{n:064x}", f"key-{n:04}", b"sealed")
        args = {"appeal_ref": self.ref, "description": "The hospital's second letter", "taken": taken} | other
        return self.bench.market.do(attach_evidence, actor or self.bench.story.tim.actor, **args)

    def open(self, actor: Actor | None = None, *, shown: bool = True, **other: Any) -> dict[str, Any]:
        if shown:
            self.show(actor)
        args = {"appeal_ref": self.ref, "why": WHY, "body": SHOWS} | other
        return self.bench.market.do(reopen_appeal, actor or self.bench.story.tim.actor, **args)

    def turn_down(self, by: Staff, reason: str = SAME) -> dict[str, Any]:
        version = self.bench.appeal(self.ref).version
        return self.bench.market.do(refuse_appeal, by.actor, appeal_ref=self.ref, version=version, reason=reason)

    def decide(self, outcome: str = "upheld", by: Staff | None = None, **other: Any) -> dict[str, Any]:
        weights = dict.fromkeys(map(str, range(1, 20)), ELSEWHERE)
        return self.bench.decide(self.ref, outcome, by=by or self.holder(), **{"exhibits_considered": weights} | other)

    def holder(self) -> Staff:
        """For whom it was drawn."""
        item = self.bench.item(self.ref)
        assert item is not None
        everybody = (*self.others, self.bench.story.rae, self.bench.story.ola)
        return next(one for one in everybody if one.person.id == item.assignee_id)

    def way(self, actor: Actor | None = None) -> Again:
        with self.bench.office.database.read() as session:
            appeal, person = self.bench.appeal(self.ref), actor or self.bench.story.tim.actor
            return way_again(session, appeal, person.person_id, self.bench.market.now)

    def openings(self) -> list[AppealReopening]:
        with self.bench.office.database.read() as session:
            return reopenings_of(session, self.bench.appeal(self.ref).id)

    def digests(self) -> list[str]:
        with self.bench.office.database.read() as session:
            return [one.document.sha256 for one in files_of(session, self.bench.appeal(self.ref).id)]


def answered(office: Office, make: Callable[..., Bench], outcome: str = "upheld") -> Anew:
    """An hour ago, by Ola, who was alone at the desk but for Rae."""
    clock = office.clock
    assert isinstance(clock, MovedClock)

    def tell() -> Anew:
        bench = make()
        bench.attach()
        ref, ends_on = bench.file(), bench.market.day(-9) if outcome == "partially_reversed" else None
        weights = dict.fromkeys(map(str, range(1, 20)), ELSEWHERE)
        bench.decide(ref, outcome, new_ends_on=ends_on, exhibits_considered=weights)
        return Anew(bench, ref, hired(bench))

    made = told(office, ("answered", clock(), outcome), tell)
    clock.advance(hours=1)
    return made


def hired(bench: Bench) -> tuple[Staff, ...]:
    """Two reviewers and a lead."""
    staff = bench.market.staff
    return staff("Kim Sato"), staff("Ben Ito"), staff("Lee Marsh", Role.LEAD)
