"""The next version of a text that others wrote: ids that stay, changes that somebody confirms, and nothing written without."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import Result

from portal.app import create_app
from portal.rulebook.checking import check_folder
from portal.rulebook.importing import adopt
from portal.rulebook.reading import PolicyError, PolicyText, read_policy
from portal.rulebook.succession import what_became
from portal.settings import load_settings

PAY = "Payments for work that began here are made here for two years after the first contract."
FEE = "We keep a tenth of each milestone, and we show it before you agree on a contract."
TALK = "Be plain with one another, answer within a week, and say so when you cannot."
FIRST = f"1. General\n\n1.1. {PAY}\n\n1.2. {FEE}\n\n2. Manners\n\n2.1. {TALK}\n\n2.2. Sleep well.\n"


def version(text: str, year: int, *before: PolicyText, ids: dict[str, str] | None = None) -> PolicyText:
    file, _ = adopt(
        text, published_on=date(year, 1, 1), effective_on=date(year, 2, 1), language="en", ids=ids,
        earlier=before[-1] if before else None, older=before[:-1],
    )
    return read_policy(file)


def ids(policy: PolicyText) -> dict[str, str]:
    return {clause.number: clause.key for clause in policy.clauses}


CHANGES = {
    "nothing": (FIRST, []),
    "mended words": (FIRST.replace("a tenth", "ten percent"), []),
    "inserted": (
        FIRST.replace("1.1. ", "1.1. Nobody has to answer messages at night or on holidays.\n\n1.2. ", 1).replace(
            f"1.2. {FEE}", f"1.3. {FEE}"
        ),
        ["new: 1.1 (1-1-2) Nobody has to answer messages at night or on holidays",
         "renumbered: 1.1 -> 1.2 (1-1) Payments for work that began here are made…",
         "renumbered: 1.2 -> 1.3 (1-2) We keep a tenth of each milestone, and…"],
    ),
    "removed": (FIRST.replace(f"1.2. {FEE}\n\n", ""), ["removed: 1.2 (1-2) We keep a tenth of each milestone, and…"]),
    "merged": (
        FIRST.replace(f"\n\n1.2. {FEE}", f" {FEE}"),
        ["merged: 1.2 -> 1.1 (1-2 -> 1-1) Payments for work that began here are made…"],
    ),
    "a part renamed and moved": (
        FIRST.replace("2. Manners\n\n2.1", "3. Manners\n\n3.1").replace("2.2. S", "3.2. S"),
        ["renumbered: 2 -> 3 (2-manners) Manners", "renumbered: 2.1 -> 3.1 (2-1) Be plain with one another, answer within a…",
         "renumbered: 2.2 -> 3.2 (2-2) Sleep well"],
    ),
    "rewritten": (FIRST.replace("Sleep well.", "Money is kept apart."), ["rewritten: 2.2 (2-2) Money is kept apart"]),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_became_of_the_clauses(case: str) -> None:
    text, expected = CHANGES[case]
    first = version(FIRST, 2024)
    second = version(text, 2026, first)
    assert [change.line for change in what_became(first.clauses, second.clauses)] == expected


def test_a_clause_that_was_split() -> None:
    first = version(FIRST.replace(f"\n\n1.2. {FEE}", f" {FEE}"), 2024)
    second = version(FIRST, 2026, first)
    lines = [change.line for change in what_became(first.clauses, second.clauses)]
    assert lines == ["split: 1.1 -> 1.2 (1-1 -> 1-2) We keep a tenth of each milestone, and…"]


def test_the_text_says_what_came_and_went() -> None:
    first = version(FIRST, 2024)
    english = version(CHANGES["removed"][0], 2026, first).changes
    assert english == "Gone: 1.2 We keep a tenth of each milestone, and… (1-2)."
    spanish, _ = adopt(
        CHANGES["removed"][0], published_on=date(2026, 1, 1), effective_on=date(2026, 2, 1), language="es", earlier=first
    )
    assert read_policy(spanish).changes.startswith("Ya no está: 1.2 ")


def test_an_id_of_an_older_version_is_not_given_to_another_clause() -> None:
    first = version(FIRST, 2024)
    second = version(CHANGES["removed"][0], 2025, first)
    third = version(FIRST.replace(FEE, "Whoever ends a contract says so and gives a reason."), 2026, first, second)
    assert "1.2" not in ids(second) and ids(third)["1.2"] == "1-2-2"
    assert ids(version(FIRST, 2026, first, second))["1.2"] == "1-2"


def test_the_person_who_imports_decides_ids() -> None:
    first = version(FIRST, 2024)
    text = CHANGES["rewritten"][0]
    assert ids(version(text, 2026, first))["2.2"] == "2-2"
    assert ids(version(text, 2026, first, ids={"2.2": "new"}))["2.2"] == "2-2-2"
    assert ids(version(text, 2026, first, ids={"2.2": "kept-apart"}))["2.2"] == "kept-apart"
    assert ids(version(text, 2026, first, ids={"1.2": "2-2"}))["1.2"] == "2-2"


@pytest.mark.parametrize("wrong", [{"9.9": "x"}, {"2.2": "Not an id"}, {"2.2": "opening"}, {"2.1": "a", "2.2": "a"}])
def test_an_id_that_fits_nothing_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(PolicyError):
        version(FIRST, 2026, ids=wrong)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "policies"


def run(folder: Path, *args: str, typed: str | None = None) -> Result:
    values = {"PORTAL_INSTANCE": str(folder.parent / "instance"), "PORTAL_POLICIES_DIR": str(folder)}
    app = create_app(load_settings(values))
    with app.app_context():
        return app.test_cli_runner().invoke(args=["policies", *args], input=typed)


def bring(folder: Path, text: str, year: int, *more: str, typed: str | None = None) -> Result:
    source = folder.parent / f"theirs-{year}.md"
    source.write_text(text, encoding="utf-8")
    days = ("--published", f"{year}-01-01", "--effective", f"{year}-02-01", "--language", "en")
    return run(folder, "import", str(source), "--policy", "house", *days, *more, typed=typed)


def test_nothing_is_written_before_it_is_confirmed(folder: Path) -> None:
    assert bring(folder, FIRST, 2024).exit_code == 0
    second = folder / "house" / "2026-02-01.md"
    text = CHANGES["inserted"][0]
    for typed in (None, "n\n", "\n"):
        refused = bring(folder, text, 2026, typed=typed)
        assert refused.exit_code == 1 and not second.exists()
        assert "Nothing was written. Give a clause another id" in refused.output
        assert "? renumbered: 1.1 -> 1.2 (1-1)" in refused.output
        assert "  new: 1.1 (1-1-2)" in refused.output
    assert bring(folder, text, 2026, typed="y\n").exit_code == 0
    assert second.exists() and check_folder(folder) == []
    assert "never written over" in bring(folder, text, 2026, "--yes").output


def test_what_needs_no_confirmation_is_not_asked_for(folder: Path) -> None:
    bring(folder, FIRST, 2024)
    assert bring(folder, CHANGES["mended words"][0] + "\n2.3. Eat well.\n", 2026).exit_code == 0


def test_scripts_confirm_exactly_what_they_saw(folder: Path) -> None:
    bring(folder, FIRST, 2024)
    text, lines = CHANGES["inserted"]
    seen = folder.parent / "seen.txt"
    for kept in ([], lines[1:2], [*lines[1:], "removed: 9 (9) Nothing"]):
        seen.write_text("\n".join(["# checked by us", *kept]), encoding="utf-8")
        refused = bring(folder, text, 2026, "--confirmed", str(seen))
        assert refused.exit_code == 1 and "Nothing was written" in refused.output
    assert not (folder / "house" / "2026-02-01.md").exists()
    seen.write_text("\n".join(["# checked by us", "", *(f"? {line}" for line in lines[1:])]), encoding="utf-8")
    assert bring(folder, text, 2026, "--confirmed", str(seen)).exit_code == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [(("--policy", "../out"), "small letters"), (("--id", "1.1"), "NUMBER=ID"), (("--id", "9=x"), "heading of 0 clauses")],
)
def test_what_cannot_be_imported_is_said(folder: Path, more: tuple[str, ...], said: str) -> None:
    result = bring(folder, FIRST, 2024, *more)
    assert result.exit_code != 0 and said in result.output and not folder.exists()


def test_text_that_is_not_utf8_is_named_with_its_line(folder: Path) -> None:
    source = folder.parent / "latin.md"
    source.write_bytes(b"# A\n\ncaf\xe9\n")
    days = ("--published", "2024-01-01", "--effective", "2024-02-01", "--language", "fr")
    result = run(folder, "import", str(source), "--policy", "house", *days)
    assert result.exit_code == 1 and "latin.md:3: This is not UTF-8" in result.output


def test_the_terminal_shows_what_differs(folder: Path) -> None:
    bring(folder, FIRST, 2024)
    bring(folder, CHANGES["inserted"][0].replace("two years", "three \x1b[31myears"), 2026, "--yes")
    shown = run(folder, "diff", "house")
    assert shown.exit_code == 0
    assert "house: 2024-02-01 -> 2026-02-01" in shown.output
    assert "new 1.1 Nobody has to answer messages at night or on holidays (1-1-2)" in shown.output
    assert "renumbered 1.1 -> 1.2 Payments for work that began here are made… (1-1), and its words changed" in shown.output
    assert "[-two years-]" in shown.output and "\x1b" not in shown.output
    assert "4 same, 1 new, 2 renumbered." in shown.output
    assert run(folder, "diff", "house", "2024-02-01", "2025-01-01").exit_code == 1
    assert run(folder, "diff", "nothing").exit_code == 1
