"""What the people of the filled world send is in its store, so that whoever may open a document gets it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from portal.core.sealing import new_secret, public_of, seal
from portal.core.store import FolderStore, new_store_key
from portal.documents.intake import Taken
from portal.settings import Settings


class Files:
    """As the intake, for bytes that nobody looks at. Those of the first file are lost, so that the log has something to say."""

    def __init__(self, settings: Settings) -> None:
        self._store, self._master = FolderStore(settings.documents_path), settings.master_public_key
        self._known: dict[Taken, Taken] = {}

    def kept(self, taken: Taken) -> Taken:
        """The same file, with bytes in the store; equal ones stay equal."""
        if taken not in self._known:
            own, key, content = new_secret(), new_store_key(), f"{taken.name} {taken.sha256}".encode()
            if self._known:
                self._store.put(key, seal(content, public_of(own)))
            self._known[taken] = replace(
                taken, size=len(content), sha256=hashlib.sha256(content).hexdigest(), store_key=key,
                wrapped_key=seal(own.encode(), self._master),
            )
        return self._known[taken]
