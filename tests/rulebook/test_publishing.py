"""Publishing freezes versions, and never lets a published text change."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.act import Office, act
from portal.core.access import OPERATOR
from portal.core.errors import RuleBroken
from portal.rulebook.importing import adopt
from portal.rulebook.models import ClauseVersion, PolicyVersion
from portal.rulebook.operations import publish
from portal.rulebook.queries import clauses_of, promises, versions_of
from portal.rulebook.reading import normalise
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


THEIRS = (
    "---\ntitle: 条款\n---\n<!-- 1. not -->\r\n第一条 总则\r\n\r\n（一）甲方 Cafe\u0301\r\n\r\n| 1. | a |\r\n|----|---|\r\n\r\n"
    "第二条 المال\n\n\u200f٢.١ نص  \n٢.٢ نص\n\n" + "".join("  " * depth + "1. x\n" for depth in range(60)) + "\nno end"
)


def test_a_text_that_others_wrote_comes_back_whole_from_its_clauses(office: Office, folder: Path) -> None:
    days = {"published_on": date(2024, 1, 1), "effective_on": date(2024, 2, 1)}
    adopted, _ = adopt(THEIRS, language="zh", **days)
    (folder / "house").mkdir()
    (folder / "house" / "2024-02-01.md").write_text(adopted, encoding="utf-8", newline="\n")
    act(office, publish, OPERATOR, "one", folder=str(folder))
    with office.database.read() as session:
        version = versions_of(session, "house")[0]
        clauses = clauses_of(session, version.id)
    whole = normalise(THEIRS)
    assert "".join(clause.text for clause in clauses) == whole[whole.index("<!--") :]
    numbers = [clause.number for clause in clauses]
    assert numbers[:6] == ["", "第一条", "第一条.一", "第二条", "٢.١", "٢.٢"] and len(set(numbers)) == len(numbers) == 66


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


def test_a_later_version_never_takes_effect_on_a_day_that_has_passed(office: Office, folder: Path) -> None:
    act(office, publish, OPERATOR, "one", folder=str(folder))
    terms, today = folder / "terms-of-service", office.clock().date()
    text = (terms / "2026-03-01.md").read_text(encoding="utf-8")
    late = terms / f"{today - timedelta(days=1)}.md"
    late.write_text(text.replace("effective_on: 2026-03-01", f"effective_on: {late.stem}"), encoding="utf-8")
    with pytest.raises(RuleBroken, match="in_the_past"):
        act(office, publish, OPERATOR, "two", folder=str(folder))
    late.rename(terms / f"{today}.md")
    assert act(office, publish, OPERATOR, "three", folder=str(folder)) == {"published": [f"terms-of-service/{today}.en"]}


def test_frozen_clause_texts_refuse_change(office: Office, folder: Path) -> None:
    act(office, publish, OPERATOR, "one", folder=str(folder))
    with pytest.raises(sa.exc.DBAPIError, match="kept as they are"), office.database.write() as session:
        session.execute(sa.update(ClauseVersion).values(text="something else"))
