"""What binds, written down a second time: DESIGN's sentence word by word, every version asked once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.rulebook.binding import Standing

NOTICE = 16
"""The day on which somebody is told, and fifteen whole days."""


@dataclass(frozen=True)
class History:
    """The versions of a policy as one account met them, in their order, and the day on which it joined."""

    versions: tuple[Standing, ...]
    joined: date

    def model(self, place: int, day: date) -> bool:
        """Whether the version at that place binds on that day."""
        return self._binds(place, day, {})

    def _binds(self, place: int, day: date, known: dict[int, bool]) -> bool:
        if place not in known:
            known[place] = self._sentence(place, day, known)
        return known[place]

    def _sentence(self, place: int, day: date, known: dict[int, bool]) -> bool:
        """DESIGN 2.1, word by word: the day is not before `effective_on`; current when the account joined, or accepted by
        then, or told and its notice period had passed; and no later version binds. A correction is the same rules."""
        one = self.versions[place]
        if day < one.effective_on:
            return False
        first = max(n for n in range(place + 1) if self.versions[n].corrects is None)
        following = next((n for n in range(place + 1, len(self.versions)) if self.versions[n].corrects is None), None)
        until = date.max if following is None else self.versions[following].effective_on
        current = self.versions[first].effective_on <= self.joined < until and self.joined <= day
        same = [v for v in self.versions[first : following or len(self.versions)] if v.effective_on <= day]
        accepted = any(v.accepted_on is not None and v.accepted_on <= day for v in same)
        told = any(v.told_on is not None and (day - v.told_on).days >= NOTICE for v in same)
        later = range(len(self.versions) if following is None else following, len(self.versions))
        return (current or accepted or told) and not any(self._binds(n, day, known) for n in later)
