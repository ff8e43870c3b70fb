"""The policies of this repository, published, on both databases."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from portal.act import Office, act
from portal.core.access import OPERATOR
from portal.rulebook.operations import publish
from portal.settings import ROOT
from tests.factories.told import told

FRONT = "---\ntitle: {0}\npublished_on: 2026-01-01\neffective_on: 2026-02-01\nlanguage: {1}\nchanges: First.\n---\n"
ODD = {
    "guide": ("en", "## 1 Straße and ½ {#street}\nThe café in the Straße costs 10,000.50 or naïve ﬁgures; mail a.b@example.org.\n"
                    "## 2 C++ & \"quotes\" {#signs}\nNEAR AND OR NOT * ' \\ : | & ! ( ) <-> co-operate x1e5 1e5 off/on.\n"
                    "### B.3 Letters {#lettered}\nNumbered with a letter.\n"),
    "handbuch": ("zh", "## 1 支付 {#pay}\n客户在里程碑开始之前付款。\n## 2 ไทย {#thai}\nการชำระเงิน हिन्दी भुगतान\n"),
}
"""Two policies that are hard to search."""


@pytest.fixture
def published(office: Office, tmp_path: Path) -> Office:
    """An office with everything published."""
    def tell() -> None:
        folder = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
        for slug, (language, body) in ODD.items():
            (folder / slug).mkdir()
            (folder / slug / "2026-02-01.md").write_text(FRONT.format(slug, language) + body, encoding="utf-8")
        act(office, publish, OPERATOR, "one", folder=str(folder))

    told(office, "published", tell)
    return office
