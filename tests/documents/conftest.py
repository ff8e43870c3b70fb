"""The story, a store in a folder, and an intake."""

from pathlib import Path

import pytest

from portal.core.store import FolderStore
from portal.documents.intake import Intake
from tests.documents.making import intake_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "documents"


@pytest.fixture
def store(folder: Path) -> FolderStore:
    return FolderStore(folder)


@pytest.fixture
def intake(folder: Path) -> Intake:
    return intake_in(folder)
