"""Publishing freezes versions, and never lets a published text change."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.act import Office, act
from portal.core.access import OPERATOR
from portal.core.errors import RuleBroken
from portal.rulebook.models import ClauseVersion, PolicyVersion
from portal.rulebook.operations import publish
from portal.rulebook.queries import clauses_of, promises, versions_of
from portal.settings import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))


def test_publishes_every_version_once(office: Office, folder: Path) -> None:
    first = act(office, publish, OPERATOR, "one", folder=str(folder))
    assert len(first["published"]) == len(list(folder.glob("*/*.md")))
    assert act(office, publish, OPERATOR, "two", folder=str(folder)) == {"published": []}


def test_the_whole_text_is_in_the_clauses(office: Office, folder: Path) -> None:
    act(office, publish, OPERATOR, "one", folder=str(folder))
    with office.database.read() as session:
        newest = versions_of(session, "terms-of-service")[0]
        body = "".join(clause.text for clause in clauses_of(session, newest.id))
    source = (folder / "terms-of-service" / f"{newest.effective_on}.md").read_text(encoding="utf-8")
    assert source.endswith(body)


def test_a_published_text_cannot_change(office: Office, folder: Path) -> None:
    act(office, publish, OPERATOR, "one", folder=str(folder))
    file = folder / "terms-of-service" / "2026-03-01.md"
    file.write_text(file.read_text(encoding="utf-8").replace("two years", "three years"), encoding="utf-8")
    with pytest.raises(RuleBroken, match="changed_under_version"):
        act(office, publish, OPERATOR, "two", folder=str(folder))


@pytest.mark.parametrize("name", ["search", "before-you-pay"])
def test_a_policy_cannot_take_the_address_of_a_page(office: Office, folder: Path, name: str) -> None:
    (folder / "terms-of-service").rename(folder / name)
    with pytest.raises(RuleBroken, match="name_taken"):
        act(office, publish, OPERATOR, "one", folder=str(folder))


def test_promises_in_force_are_machine_readable(office: Office, folder: Path) -> None:
    act(office, publish, OPERATOR, "one", folder=str(folder))
    with office.database.read() as session:
        day = session.scalar(sa.select(sa.func.max(PolicyVersion.effective_on)))
        assert day is not None
        found = promises(session, day)
    assert (found["appeal_answer"].length, found["appeal_answer"].unit) == (14, "days")
    assert found["appeal_window"].unit == "months"


def test_frozen_clause_texts_refuse_change(office: Office, folder: Path) -> None:
    act(office, publish, OPERATOR, "one", folder=str(folder))
    with pytest.raises(sa.exc.DBAPIError, match="kept as they are"), office.database.write() as session:
        session.execute(sa.update(ClauseVersion).values(text="something else"))
