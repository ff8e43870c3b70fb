"""The policy files of a folder: each version's text and clause data, read together and hashed together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from portal.core.errors import RuleBroken
from portal.rulebook.checking import digest
from portal.rulebook.clause_data import ClauseData, read_clause_data
from portal.rulebook.reading import PolicyError, PolicyText, read_policy

NAME = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})(?:\.(?P<language>[A-Za-z-]{2,12}))?\.md\Z")


@dataclass(frozen=True, slots=True)
class VersionFile:
    """One version in one language; `binding` is false for translations beside it."""

    slug: str
    name: str
    effective_on: date
    language: str
    binding: bool
    text: PolicyText
    data: Mapping[str, ClauseData]
    sha256: str

    def data_of(self, key: str) -> ClauseData:
        return self.data.get(key, ClauseData())


def version_files(folder: Path) -> list[VersionFile]:
    """Every version under the folder, oldest first and originals before translations.

    Errors: `unreadable_policy` with file, line, what is wrong and how to mend it.
    """
    found = [file for path in sorted(folder.glob("*/*.md")) if (file := _read(path))]
    return sorted(found, key=lambda f: (f.effective_on, not f.binding, f.slug, f.language))


@lru_cache(maxsize=256)
def _parsed(source: str, machine: str) -> tuple[PolicyText, Mapping[str, ClauseData]]:
    """A version's text and data, read once for each content."""
    return read_policy(source), MappingProxyType(read_clause_data(machine))


def _read(path: Path) -> VersionFile | None:
    match = NAME.match(path.name)
    if match is None:
        return None
    beside = path.with_name(f"{match['day']}.clauses.toml")
    source, machine = path.read_text(encoding="utf-8"), beside.read_text(encoding="utf-8") if beside.exists() else ""
    name = f"{path.parent.name}/{path.name}"
    try:
        text, data = _parsed(source, machine)
    except PolicyError as error:
        message = "%(file)s, line %(line)s: %(what)s %(how)s"
        raise RuleBroken("unreadable_policy", message, file=name, line=error.line, what=error.what, how=error.how) from error
    return VersionFile(
        path.parent.name, name, date.fromisoformat(match["day"]), match["language"] or text.language,
        match["language"] is None, text, data, digest(source, machine),
    )
