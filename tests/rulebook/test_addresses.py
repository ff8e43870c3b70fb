"""Where a page of the rulebook is, and what the record calls a version, is written in one place."""

from __future__ import annotations

import re
from datetime import date

from portal.rulebook.addresses import clause_path, comparison_path, version_name, version_path
from portal.settings import ROOT

WRITTEN = re.compile(r"/rules/.*isoformat\(|/compare/[{\"' ~]|isoformat\(\)\}\.\{.*language")
FIRST, NEXT = date(2024, 3, 1), date(2026, 3, 1)


def test_the_addresses() -> None:
    assert version_path("terms", FIRST) == "/rules/terms/2024-03-01"
    assert clause_path("terms", FIRST, "fees") == "/rules/terms/2024-03-01/fees"
    assert comparison_path("terms", FIRST, NEXT) == "/rules/terms/compare/2024-03-01..2026-03-01"
    assert version_name("terms", FIRST, "es") == "terms/2024-03-01.es"


def test_nobody_else_writes_them() -> None:
    places = [path for kind in ("py", "html") for path in (ROOT / "portal").rglob(f"*.{kind}")]
    found = {path.name for path in places for line in path.read_text(encoding="utf-8").splitlines() if WRITTEN.search(line)}
    assert found == {"addresses.py"}
