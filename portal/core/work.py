"""`Work`: what an operation receives beside its arguments - the open transaction, the instant, who acts, and the keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.core.access import Actor, Permission, require
from portal.core.keys import Keyring


@dataclass(slots=True)
class Work:
    """One act in progress. `db` is the only transaction; `now` the only clock; nothing here outlives the act."""

    db: Session
    now: datetime
    actor: Actor
    keyring: Keyring
    marketplace: str = "Northlight"
    country: str = ""
    cache: dict[Any, Any] = field(default_factory=dict)

    def require(self, permission: Permission) -> None:
        require(self.actor, permission, self.now)


Operation = Callable[..., dict[str, Any]]
