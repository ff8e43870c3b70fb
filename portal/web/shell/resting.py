"""What rests on an identity check, as whoever sends it and whoever reviews it read."""

from __future__ import annotations

from flask import g

from portal.enforcement.awaited_ending import resting_on
from portal.enforcement.models import Action
from portal.enforcement.taken_words import named
from portal.web.shell.context import lang


def resting_in_words(check: str) -> list[tuple[Action, str]]:
    """The decisions of which something rests on that check now, each with what."""
    return [(action, named([row.scope for row in rows], lang())) for action, rows in resting_on(g.db, check, g.now)]
