"""What `flask policies check` refuses, and what it says."""

import re
from pathlib import Path

import pytest

from portal.rulebook.checking import PolicyFile, Problem, _mentions, check_folder, digest, read_folder
from portal.rulebook.clause_values import FOLLOWS, REQUIRED_PROMISES
from portal.rulebook.files import version_files

REPOSITORY, LATER = Path(__file__).parents[2], "2026-03-01"
FIRST = """---
title: Terms
published_on: 2024-02-01
effective_on: 2024-03-01
language: en
changes: First.
---
## 1 Money {#money}

See [2](#work) and [this](/rules/terms/2024-03-01#work).

## 2 Work {#work}

Work well.
"""
SECOND = FIRST.replace("2024-", "2026-").replace("changes: First.", "changes: Better words.")
SPANISH = FIRST.replace("language: en", "language: es")
DATA = '[money]\npermits = [["warning"], ["warning"], ["suspension"]]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    terms = tmp_path / "terms"
    terms.mkdir()
    (terms / "2024-03-01.md").write_text(FIRST)
    (terms / "2024-03-01.es.md").write_text(SPANISH)
    (terms / "2024-03-01.clauses.toml").write_text(DATA)
    (terms / "2026-03-01.md").write_text(SECOND)
    return tmp_path


def only(folder: Path) -> Problem:
    problems = check_folder(folder)
    assert len(problems) == 1, problems
    return problems[0]


def test_our_own_policies_can_be_published() -> None:
    assert check_folder(REPOSITORY / "policies") == []


def test_a_good_folder_has_no_problems(folder: Path) -> None:
    assert check_folder(folder) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "what"),
    [
        ("2026-03-01.md", " {#money}", "", 8, "no id"),
        ("2026-03-01.md", "{#money}", "{#work}", 12, "was used in line 8"),
        ("2026-03-01.md", "published_on: 2026-02-01", "published_on: 2026-02-15", 4, "before its notice"),
        ("2026-03-01.md", "effective_on: 2026-03-01", "effective_on: 2026-03-02", 4, "the file is named 2026-03-01"),
        ("2024-03-01.clauses.toml", "[money]", "\n[monye]", 2, "no clause “monye”"),
        ("2024-03-01.clauses.toml", "suspension", "exile", 2, "permits"),
        ("2024-03-01.clauses.toml", '["warning"], ["warning"], ', "", 2, "permits"),
        ("2026-03-01.md", "(#work)", "(#nothing)", 10, "does not exist"),
        ("2026-03-01.md", "/rules/terms/2026-03-01#work", "/rules/terms/1999-01-01#work", 10, "does not exist"),
        ("2024-03-01.es.md", "## 2 Work", "## 3 Work", 12, "is 2 in 2024-03-01.md and 3 here"),
        ("2024-03-01.es.md", "language: es", "language: fr", 1, "is named .es"),
        ("2026-03-01.md", "published_on: 2026-02-01", "published_on: 2026-02-30", 3, "in no calendar"),
    ],
)
def test_each_problem_has_its_line(folder: Path, file: str, old: str, new: str, line: int, what: str) -> None:
    path = folder / "terms" / file
    path.write_text(path.read_text().replace(old, new))
    about = [problem for problem in check_folder(folder) if problem.file == f"terms/{file}" and what in problem.what]
    assert [(problem.line, bool(problem.how)) for problem in about] == [(line, True)]


def test_a_translation_with_other_ids_is_refused(folder: Path) -> None:
    path = folder / "terms" / "2024-03-01.es.md"
    path.write_text(path.read_text().replace("{#money}", "{#dinero}"))
    assert [problem.line for problem in check_folder(folder)] == [1, 8]


def test_a_clause_that_went_must_be_mentioned(folder: Path) -> None:
    path = folder / "terms" / "2026-03-01.md"
    path.write_text(SECOND.replace("{#money}", "{#pay}"))
    assert "1 (money) of 2024-03-01 is gone without a word" in only(folder).what
    path.write_text(SECOND.replace("{#money}", "{#pay}").replace("Better words.", "Rule 1 is now about pay."))
    assert check_folder(folder) == []


def test_changed_text_or_data_under_a_published_version(folder: Path) -> None:
    name = ("terms", "2024-03-01", "en")
    assert check_folder(folder, {name: digest(FIRST, DATA)}) == []
    for changed in (digest(FIRST.replace("well", "ill"), DATA), digest(FIRST, "")):
        problems = check_folder(folder, {name: changed})
        assert [problem.file for problem in problems] == ["terms/2024-03-01.md"]
        assert "published" in problems[0].what


def test_what_publishing_froze_is_recognised() -> None:
    folder = REPOSITORY / "policies"
    frozen = {(f.slug, f.effective_on.isoformat(), f.language): f.sha256 for f in version_files(folder)}
    assert len(frozen) == len(list(folder.glob("*/*.md")))
    assert check_folder(folder, frozen) == []


def test_promises_that_are_missing_or_made_twice(folder: Path) -> None:
    (folder / "terms").rename(folder / "our-promises")
    table = 'promise = "hold"\nkind = "limit"\nlength = 30\nunit = "days"\nstart = "the hold begins"\n'
    path = folder / "our-promises" / "2024-03-01.clauses.toml"
    path.write_text(f"[money]\n{table}\n[work]\n{table}")
    problems = [problem for problem in check_folder(folder) if problem.file.endswith("2024-03-01.clauses.toml")]
    missing = [problem for problem in problems if "missing" in problem.what]
    assert len(missing) == len(REQUIRED_PROMISES) - 1
    assert [problem.line for problem in problems if "already" in problem.what] == [9]


@pytest.mark.parametrize(("first", "second", "lacks"), [
    (["reinstatement"], [], {"2024-03-01": {"reinstatement_answer"}, LATER: {"reinstatement", "reinstatement_answer"}}),
    (["reinstatement", "reinstatement_answer"], ["reinstatement_answer"], {"2024-03-01": set(), LATER: {"reinstatement"}}),
    ([], [], {"2024-03-01": set(), LATER: set()}),
])
def test_whoever_was_told_that_they_can_come_back_is_answered(
    folder: Path, first: list[str], second: list[str], lacks: dict[str, set[str]]
) -> None:
    """A text that kept one without the other, or neither, left requests that nobody could send or answer."""
    (folder / "terms").rename(folder / "our-promises")
    for version, names in (("2024-03-01", first), (LATER, second)):
        tables = [f'[{key}]\npromise = "{name}"\nkind = "limit"\nlength = 30\nunit = "days"\nstart = "it is asked"\n'
                  for key, name in zip(("money", "work"), names, strict=False)]
        (folder / "our-promises" / f"{version}.clauses.toml").write_text("\n".join(tables))
    said = {version: {problem.what for problem in check_folder(folder) if version in problem.file} for version in lacks}
    for version, names in lacks.items():
        found = {name for name in ("reinstatement", "reinstatement_answer")
                 if f"The promise “{name}” is missing." in said[version]}
        assert found == names


def test_a_folder_that_cannot_be_a_policy_is_named_as_such(folder: Path) -> None:
    (folder / "terms").rename(folder / "My_Terms")
    found = check_folder(folder)
    assert found and all("“My_Terms” cannot be the name of a policy" in one.what for one in found if one.file.endswith(".md"))


@pytest.mark.parametrize("name", ["terms/March.md", "terms/2030-01-01.clauses.toml", "terms/2030-01-01.fr.md"])
def test_files_that_belong_to_nothing(folder: Path, name: str) -> None:
    french = SPANISH.replace(": es", ": fr").replace("2024-03", "2030-01")
    (folder / name).write_text("" if name.endswith("toml") else french)
    assert {problem.file for problem in check_folder(folder)} == {name}


def test_a_file_that_is_not_text(folder: Path) -> None:
    (folder / "terms" / "2026-03-01.md").write_bytes(b"---\n\xff\n")
    assert (only(folder).line, only(folder).what) == (2, "This is not UTF-8 text.")


def ours(slug: str, version: str) -> PolicyFile:
    return next(
        file
        for file in read_folder(REPOSITORY / "policies")[0]
        if (file.slug, file.version, file.translation) == (slug, version, False)
    )


@pytest.mark.parametrize(
    ("promise", "length", "unit"),
    [
        ("co_signature", 2, "working_days"),
        ("appeal_answer", 14, "days"),
        ("pause_answer", 3, "working_days"),
        ("identity_review", 3, "working_days"),
        ("dispute_answer", 7, "days"),
        ("dispute_decision", 14, "days"),
        ("dispute_hold", 60, "days"),
        ("hold", 30, "days"),
        ("suspension_max", 90, "days"),
        ("payout", 3, "working_days"),
        ("termination_notice", 30, "days"),
        ("appeal_window", 6, "months"),
        ("tell_clients", 180, "days"),
        ("rule_change_notice", 15, "days"),
        ("new_destination", 72, "hours"),
        ("identity_tries", 3, "count"),
        ("second_reader", 1000, "usd"),
        ("hardship", 1, "working_days"),
    ],
)
def test_the_promises_that_we_make(promise: str, length: int, unit: str) -> None:
    file = ours("our-promises", "2026-03-01")
    made = {data.promise: (key, data.length, data.unit) for key, data in file.data.items() if data.promise}
    key, *time = made[promise]
    assert time == [length, unit]
    clause = file.policy.find(key)
    assert clause is not None and f"{length:,}" in clause.text


def test_two_readers_have_an_amount_in_each_currency_and_the_text_names_it() -> None:
    file = ours("our-promises", "2026-09-01")
    amounts, clause = dict(file.data["second-reader"].amounts), file.policy.find("second-reader")
    assert {"USD", "JPY", "KWD"} <= amounts.keys()
    assert clause is not None
    assert [amount for amount in amounts.values() if f"{amount:,}" not in clause.text] == []


def test_payment_for_nothing_permits_a_suspension_and_a_hold_at_once() -> None:
    data = ours("terms-of-service", "2026-03-01").data["payment-for-nothing"]
    assert "suspension" in data.permitted(1) and data.monetary


def test_the_two_years_came_with_the_second_version() -> None:
    texts = [ours("terms-of-service", version).policy.find("4.2") for version in ("2024-03-01", "2026-03-01")]
    assert ["two years" in clause.text for clause in texts if clause] == [False, True]


@pytest.mark.parametrize("path", sorted((REPOSITORY / "policies").glob("*/*.md")), ids=lambda path: path.name)
def test_policies_use_our_words(path: Path) -> None:
    avoided = r"\b(ban|banned|violat\w+|guilty|offender|fraudster|scammer|strike|penalty|ticket|unfortunately|final)\b"
    assert re.findall(avoided, path.read_text(encoding="utf-8"), re.IGNORECASE) == []


PLAYS = '[money]\nplays = "retaliation"\n[work]\nplays = "retaliation"\n'


def test_one_part_is_played_by_one_clause(folder: Path) -> None:
    (folder / "terms" / "2024-03-01.clauses.toml").write_text(PLAYS)
    found = only(folder)
    assert (found.line, found.what) == (4, "work plays “retaliation”, and so does money.")


def test_one_part_is_played_in_one_policy(folder: Path) -> None:
    other = folder / "other"
    other.mkdir()
    (other / "2024-03-01.md").write_text(FIRST.replace("/rules/terms/", "/rules/other/"))
    for place in (other / "2024-03-01.clauses.toml", folder / "terms" / "2026-03-01.clauses.toml"):
        place.write_text('[work]\nplays = "dispute_misuse"\n')
    found = only(folder)
    assert found.file == "terms/2026-03-01.clauses.toml" and "so does a clause of other/2024-03-01.md" in found.what


def test_an_unknown_part_is_refused(folder: Path) -> None:
    (folder / "terms" / "2024-03-01.clauses.toml").write_text('[money]\nplays = "judge"\n')
    assert "Choose one of: dispute_misuse, retaliation." in only(folder).how


def test_nothing_can_be_promised_that_the_portal_does_not_do(folder: Path) -> None:
    """Before it is published; what was published before stays as it is."""
    data = (
        '[money]\npromise = "payout"\nkind = "answer"\nlength = 3\nunit = "days"\nstart = "you ask"\n'
        'consequence = "hold_ends"\n'
    )
    (folder / "terms" / "2024-03-01.clauses.toml").write_text(data)
    (folder / "terms" / "2024-03-01.es.md").unlink()
    found = only(folder)
    assert (found.line, found.how) == (7, "What happens is: shown_overdue.")
    assert check_folder(folder, {("terms", "2024-03-01", "en"): digest(FIRST, data)}) == []


def test_our_own_promises_say_what_the_portal_does() -> None:
    read = [data for file in read_folder(REPOSITORY / "policies")[0] for data in file.data.values() if data.consequence]
    assert read and [FOLLOWS[data.promise or ""] for data in read] == [data.consequence for data in read]


@pytest.mark.parametrize("language", ["en", "es"])
def test_our_own_texts_say_of_each_clause_that_it_changed(language: str) -> None:
    """Whoever reads only what changed hears of everything."""
    earlier: dict[str, dict[str, str]] = {}
    unsaid, seen = list[str](), 0
    for file in version_files(REPOSITORY / "policies"):
        if file.language == language:
            known, now = earlier.get(file.slug), {one.key: one.text.partition("\n")[2].strip() for one in file.text.clauses}
            changed = [one for one in file.text.clauses if known is not None and known.get(one.key) != now[one.key]]
            seen += len(changed)
            unsaid += [f"{file.name} {one.cited}" for one in changed if not _mentions(file.text.changes, one)]
            earlier[file.slug] = now
    assert seen > 20 and unsaid == []
