"""What the linter warns of: boundaries that are not said, measures that are not published, words that are hard to read."""

from pathlib import Path

import pytest
from click.testing import Result

from portal.app import create_app
from portal.rulebook.advising import advise_folder, forbids, says_what_is_permitted
from portal.rulebook.readability import Readability, english_syllables, readability, spanish_syllables
from portal.rulebook.reading import ClauseText
from portal.settings import ROOT, load_settings

FRONT = "---\ntitle: Terms\npublished_on: 2024-02-01\neffective_on: 2024-03-01\nlanguage: en\nchanges: First.\n---\n"
DATA = '[money]\npermits = [["warning"], ["warning"], ["suspension"]]\n'
EASY = "Pay here. We keep it safe. You can ask us. "
HARD = (
    "Notwithstanding any contractual obligation previously communicated, remuneration attributable to professional "
    "engagements originating within the marketplace infrastructure necessitates exclusive administration through "
    "facilities designated by the organisation, irrespective of alternative arrangements subsequently negotiated."
)


def clause(words: str, heading: str = "") -> ClauseText:
    return ClauseText("k", "1", heading, 2, 0, None, f"## 1 {heading} {{#k}}\n\n{words}\n", 8)


def folder(tmp_path: Path, body: str, data: str = DATA, language: str = "en", slug: str = "terms") -> Path:
    (tmp_path / slug).mkdir(exist_ok=True)
    (tmp_path / slug / "2024-03-01.md").write_text(FRONT.replace(": en", f": {language}") + body, encoding="utf-8")
    (tmp_path / slug / "2024-03-01.clauses.toml").write_text(data, encoding="utf-8")
    return tmp_path


def test_our_own_policies_leave_nothing_to_warn_of() -> None:
    assert advise_folder(ROOT / "policies") == []


def test_what_readers_see_is_no_warning(tmp_path: Path) -> None:
    words = "You may pay [here](https://x.example), [there](#money), `<script>` ![.\n\n```\n<form>\n```\n"
    assert advise_folder(folder(tmp_path, f"## 1 Money {{#money}}\n\n{words}")) == []


@pytest.mark.parametrize(
    ("words", "data", "language", "line", "what"),
    [
        ("Asking for money elsewhere is not permitted.", DATA, "en", 10, "says what is not permitted, and not what is"),
        ("Pay here.\n\nDo not pay elsewhere.", DATA, "en", 12, "says what is not permitted, and not what is"),
        ("Pay here.", DATA, "en", 8, "A measure may follow clause 1"),
        ("It is not permitted to pay elsewhere. You may talk.", "", "en", 10, "forbids something, and only a warning"),
        ("Pedir dinero fuera no está permitido.", DATA, "es", 10, "says what is not permitted"),
        ("Geld anderswo zu verlangen ist verboten.", DATA, "de", 10, "says what is not permitted"),
        ("Il est interdit de payer ailleurs.", DATA, "fr", 10, "says what is not permitted"),
        ("È vietato pagare altrove.", DATA, "it", 10, "says what is not permitted"),
        ("É proibido pagar fora.", DATA, "pt", 10, "says what is not permitted"),
        (HARD + " You may ask.", DATA, "en", 8, "is hard to read"),
        ("You may\u202e pay.", DATA, "en", 10, "U+202E"),
        ("You may pay.\n\n<script>x</script>", DATA, "en", 12, "do not show <script>"),
        ("You may pay. ![a table of fees](fees.png)", DATA, "en", 10, "only its description"),
        ("You may pay [here](JavaScript:pay).", DATA, "en", 10, "javascript: in clause 1 leads nowhere"),
    ],
)
def test_each_warning_has_its_line(tmp_path: Path, words: str, data: str, language: str, line: int, what: str) -> None:
    found = advise_folder(folder(tmp_path, f"## 1 Money {{#money}}\n\n{words}\n", data, language))
    assert [(warning.line, bool(warning.how)) for warning in found if what in warning.what] == [(line, True)]
    assert len(found) == 1


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("Paying elsewhere is not permitted.\n\nPermitted: talking about prices.", "en"),
        ("You must not pay elsewhere, except after the fee.", "en"),
        ("When you cannot work here, we tell your clients. You may ask us.", "en"),
        ("Pagar fuera no está permitido. Permitido: hablar de precios.", "es"),
        ("Cuando usted no puede trabajar, puede escribirnos.", "es"),
        ("Anderswo zahlen ist verboten. Erlaubt ist, über Preise zu reden.", "de"),
        ("甲方不得在别处付款。", "zh"),
    ],
)
def test_what_says_its_boundary_is_left_alone(tmp_path: Path, words: str, language: str) -> None:
    assert advise_folder(folder(tmp_path, f"## 1 Money {{#money}}\n\n{words}\n", DATA, language)) == []


def test_promises_are_ours_and_forbid_nobody_anything(tmp_path: Path) -> None:
    body = "## 1 Money {#money}\n\nWe do not ask twice. Asking twice is not permitted to us.\n"
    assert advise_folder(folder(tmp_path, body, "", slug="our-promises")) == []


def test_the_words_that_forbid_are_not_words_that_permit() -> None:
    assert forbids("This is not allowed.", "en") and not says_what_is_permitted("This is not allowed.", "en")
    assert forbids("You may not do it.", "en-GB") and not says_what_is_permitted("You may not do it.", "en-GB")
    assert not forbids("Each rule says what is not permitted.", "en")


@pytest.mark.parametrize(
    ("word", "count"),
    [("the", 1), ("made", 1), ("table", 2), ("permitted", 3), ("asked", 1), ("wanted", 2), ("notices", 3), ("suspension", 3),
     ("client", 2), ("identity", 4), ("video", 3), ("available", 4), ("10,000", 1)],
)
def test_english_syllables(word: str, count: int) -> None:
    assert english_syllables(word) == count


@pytest.mark.parametrize(
    ("word", "count"),
    [("usted", 2), ("día", 2), ("país", 2), ("cuenta", 2), ("aquí", 2), ("siguiente", 3), ("leer", 2), ("muy", 1), ("oír", 2),
     ("averigüe", 4), ("reunión", 2), ("héroe", 3), ("garantía", 4), ("prohibido", 4), ("guerra", 2)],
)
def test_spanish_syllables(word: str, count: int) -> None:
    assert spanish_syllables(word) == count


def test_the_published_formulas() -> None:
    """0.39 x 5 + 11.8 x 1 - 15.59 for five words of one syllable; 206.835 - 62.3 x 2 - 4 for four words of two."""
    assert readability(clause("You pay us here now."), "en") == Readability("grade", -1.8, 5, 1)
    assert readability(clause("Usted paga cuando cobra."), "es") == Readability("index", 78.2, 4, 1)
    assert readability(clause("Sie zahlen hier. Wir zahlen dort."), "de") == Readability("words", 3.0, 6, 2)
    assert readability(clause("甲方应当付款。乙方交货。"), "zh") == Readability("characters", 5.0, 10, 2)


def test_headings_numbers_code_and_addresses_are_not_read() -> None:
    bare = readability(clause("You pay us here now."), "en")
    dressed = "**You pay** [us](https://example.org/incomprehensibilities) here now.\n\n```\nincomprehensible\n```\n<!-- no -->"
    assert readability(clause(dressed, "Incomprehensibilities"), "en") == bare
    assert readability(clause("", "Money"), "en") is None
    listed = readability(clause("You pay:\n\n* us here\n* them there\n1. now"), "en")
    assert listed is not None and listed.sentences == 4


def test_what_is_hard_and_what_is_too_short_to_say() -> None:
    brief = "Contractual remuneration necessitates it."
    hard, easy, short = (readability(clause(words), "en") for words in (HARD, EASY * 5, brief))
    assert hard and hard.hard and easy and not easy.hard and short and not short.hard


def run(place: Path, *args: str) -> Result:
    app = create_app(load_settings({"PORTAL_INSTANCE": str(place / "instance"), "PORTAL_POLICIES_DIR": str(place)}))
    with app.app_context():
        return app.test_cli_runner().invoke(args=["policies", "check", *args])


def test_the_command_warns_and_stops_nothing(tmp_path: Path) -> None:
    place = folder(tmp_path, f"## 1 Money {{#money}}\n\n{HARD}\n\nIt is not permitted.\n")
    result = run(place)
    assert result.exit_code == 0
    assert "terms/2024-03-01.md:12: warning: Clause 1 says what is not permitted, and not what is." in result.output
    assert "The policies are in order. 2 warnings." in result.output
    assert run(place, "--strict").exit_code == 1
    figures = run(place, "--readability").output
    assert "terms/2024-03-01.md: Flesch-Kincaid grade, at most 9" in figures
    assert "terms/2024-03-01.md:8  1  (" in figures and "hard to read" in figures


def test_an_error_still_stops(tmp_path: Path) -> None:
    result = run(folder(tmp_path, "## 1 Money\n\nPay here.\n", ""))
    assert result.exit_code == 1 and "1 problems." in result.output


GOOD = "## 1 Money {#money}\n\nPay here, and you may ask us.\n"


def published(place: Path) -> None:
    """A database beside the policies, with what they say now."""
    app = create_app(load_settings({"PORTAL_INSTANCE": str(place / "instance"), "PORTAL_POLICIES_DIR": str(place)}))
    with app.app_context():
        for command in (["init"], ["policies", "publish"]):
            result = app.test_cli_runner().invoke(args=command)
            assert result.exit_code == 0, result.output


def test_it_says_that_there_is_nothing_to_compare_with_and_makes_no_database(tmp_path: Path) -> None:
    place = folder(tmp_path, GOOD)
    result = run(place)
    assert "not with what is published: there is no database yet." in result.output and result.exit_code == 0
    assert not list((place / "instance").glob("*.db"))
    refused = run(place, "--against-database")
    assert refused.exit_code == 1 and "Not compared: there is no database yet." in refused.output


def test_it_compares_with_what_is_published_without_being_asked(tmp_path: Path) -> None:
    place = folder(tmp_path, GOOD)
    published(place)
    assert "Compared with the 1 texts that are published in the database" in run(place).output
    folder(tmp_path, GOOD.replace("ask us", "ask anybody"))
    result = run(place)
    assert result.exit_code == 1 and "This version is published, and its text or clause data is another now." in result.output
    alone = run(place, "--without-database")
    assert alone.exit_code == 0 and "--without-database was given" in alone.output


def test_a_database_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    place = folder(tmp_path, GOOD)
    (place / "instance").mkdir()
    (place / "instance" / "portal.db").write_bytes(b"this is no database at all, " * 100)
    result = run(place)
    assert result.exit_code == 0 and "the database cannot be read" in result.output
    assert run(place, "--against-database").exit_code == 1


def test_each_clause_of_a_text_that_is_not_published_has_its_figure(tmp_path: Path) -> None:
    place = folder(tmp_path, GOOD)
    assert "terms/2024-03-01.md:8  1  (" in run(place).output
    assert "words in" not in run(place, "--no-readability").output
    published(place)
    assert "words in" not in run(place).output
    folder(tmp_path, GOOD.replace("ask us", "ask anybody"))
    assert "terms/2024-03-01.md:8  1  (" in run(place).output


def test_it_says_which_part_no_clause_plays(tmp_path: Path) -> None:
    place = folder(tmp_path, GOOD, DATA + 'plays = "retaliation"\n')
    output = run(place).output
    assert "no clause plays “dispute_misuse”" in output and "no clause plays “retaliation”" not in output
