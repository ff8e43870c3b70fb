"""Whether this portal wrote an event: its seal, with the key of now or one of before, in the order in which they were in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import WrongKey
from portal.core.keys import Keyring
from portal.core.text import plain
from portal.log.models import Event
from portal.log.rules import SEAL, seal_of, unsealed

SAID = ("id", "kind", "at", "subject_ref", "payload_hmac")
FOREIGN = (
    "event: this key did not seal these events. None of the %s that carry a seal carries one of ours, so PORTAL_SECRET_KEY is "
    "another key than theirs: put theirs back, or name it in PORTAL_FORMER_SECRET_KEYS. What rests on it was not compared"
)
LOOKED_AT = 20
_NEWEST = select(*(Event.__table__.columns[name] for name in (*SAID, "manifest"))).order_by(Event.id.desc()).limit(LOOKED_AT)


class Seals:
    """The seals of a log, event by event. `ours`: whether any of them is."""

    def __init__(self, keyring: Keyring) -> None:
        self._keys = keyring.derived(SEAL)
        self._oldest, self._begun, self.ours = len(self._keys) - 1, False, True

    def key_of(self, event: Mapping[str, Any], manifest: str, seal: str) -> int | None:
        """With which of our keys an event is sealed: 0 is the one of now, then those of before."""
        event_id, kind, at, subject_ref, mac = (event[name] for name in SAID)
        sealed = (place for place, key in enumerate(self._keys)
                  if seal == seal_of(key, event_id, kind, at, subject_ref, mac, manifest))
        return next(sealed, None)

    def look(self, events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
        """Where events are sealed and no seal is ours, that is one line, and not one for each of them."""
        count = 0
        for event in events:
            manifest, seal = unsealed(event["manifest"])
            count += seal is not None
            if seal is not None and self.key_of(event, manifest, seal) is not None:
                return
        if count:
            self.ours = False
            yield FOREIGN % count

    def check(self, event: Mapping[str, Any], manifest: str, seal: str | None) -> Iterator[str]:
        """Events of before there were seals have none, and come before all others; what was sealed with a key of before comes
        before all that has a newer one."""
        if seal is None and self._begun:
            yield "it carries no seal of ours, and events before it do"
        elif seal is not None and self.ours:
            place = self.key_of(event, manifest, seal)
            if place is None:
                yield "its seal is not ours"
            elif place > self._oldest:
                yield "it is sealed with a key that another one had replaced before it"
            else:
                self._oldest = place
        self._begun = self._begun or seal is not None


def require_own_log(session: Session, keyring: Keyring) -> None:
    """That one of the newest events is sealed with a key of ours, where any is sealed; asked once of each process.

    Whoever went on with another key would leave a log of which nothing fits. Errors: `WrongKey`.
    """
    if not keyring.proven:
        newest = [dict(row._mapping) | {"id": str(row.id), "at": plain(row.at)} for row in session.execute(_NEWEST)]
        if any(Seals(keyring).look(newest)):
            raise WrongKey
        keyring.proven = True
