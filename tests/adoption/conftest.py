"""Texts that others wrote, read from the folder named by ADOPTION_TEXTS and imported into a folder of their own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from portal.app import create_app
from portal.settings import ROOT, load_settings
from tests.journeys import conftest as journeys

windows, live = journeys.windows, journeys.live
CLAUSE_DATA = """
[b-3-account-requirements]
permits = [["warning", "restriction", "suspension"], ["warning", "restriction", "suspension"], ["suspension", "termination"]]
max_days = [60, 90, 90]
monetary = true
asks_identity = true
dsa_category = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"
advice = { en = "Please pay only for work that you have seen.", es = "Pague solo por trabajo que haya visto." }
"""


@pytest.fixture(scope="session")
def texts() -> Path:
    """The folder with the texts. Errors: AssertionError when it is not named: these tests never pass for nothing."""
    folder = Path(os.environ.get("ADOPTION_TEXTS", "/nowhere"))
    assert folder.is_dir(), "ADOPTION_TEXTS must name the folder of the texts that others wrote"
    return folder


@pytest.fixture
def policies_dir(tmp_path: Path, texts: Path) -> Path:
    """Their terms as ours to cite, with clause data added beside, and our own promises."""
    folder = tmp_path / "policies"
    shutil.copytree(ROOT / "policies" / "our-promises", folder / "our-promises")
    app = create_app(load_settings({"PORTAL_INSTANCE": str(tmp_path / "import"), "PORTAL_POLICIES_DIR": str(folder)}))
    with app.app_context():
        result = app.test_cli_runner().invoke(args=[
            "policies", "import", str(texts / "github-terms-of-service.md"), "--policy", "terms-of-service",
            "--published", "2020-10-16", "--effective", "2020-11-16", "--language", "en",
        ])
    assert result.exit_code == 0, result.output
    (folder / "terms-of-service" / "2020-11-16.clauses.toml").write_text(CLAUSE_DATA, encoding="utf-8")
    return folder
