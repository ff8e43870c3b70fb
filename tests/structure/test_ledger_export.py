"""The ledger of a database in which much has happened, as bean-check reads it: every kind of book and of entry that there is."""

import subprocess
from pathlib import Path

from portal.ledger.beancount import of_ledger
from portal.settings import ROOT
from tests.structure.owner import Filled


def test_bean_check_reads_everything_that_happened(filled: Filled, tmp_path: Path) -> None:
    file = tmp_path / "ledger.beancount"
    with filled.office.database.read() as session:
        file.write_text("".join(of_ledger(session)), encoding="utf-8")
    done = subprocess.run([ROOT / ".venv/bin/bean-check", file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert file.read_text(encoding="utf-8").count(" balance ") > 20
