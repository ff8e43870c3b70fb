"""Publishing from the command line: what takes long is worked out first, so that nobody waits for the act."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from portal.cli.support import carry_out, office
from portal.core.errors import RuleBroken
from portal.rulebook.indexing import put_words, read_ahead, stale_words
from portal.rulebook.operations import publish
from portal.rulebook.queries import frozen_hashes


def publish_folder(folder: Path) -> dict[str, Any]:
    """Freezes what is not published yet. Errors: as `publish`, which says what could not be read."""
    with office().database.read() as session:
        frozen = frozen_hashes(session)
    with suppress(RuleBroken):
        read_ahead(folder, frozen)
    return carry_out(publish, folder=str(folder))


def fill_search() -> None:
    """Brings the search of the rules up to date; writes nothing where it is."""
    with office().database.read() as session:
        for portion in stale_words(session):
            carry_out(put_words, words=portion)
