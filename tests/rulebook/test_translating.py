"""A text in another language becomes the translation of a version: the same clauses, never binding, what differs confirmed."""

import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.app import create_app
from portal.rulebook.checking import check_folder
from portal.rulebook.importing import adopt, original_text
from portal.rulebook.reading import PolicyError, PolicyText, normalise, read_policy, split_front
from portal.rulebook.translating import adopt_translation
from portal.settings import ROOT, load_settings

DAYS = {"published_on": date(2024, 2, 1), "effective_on": date(2024, 3, 1)}
OUR_IDS = re.compile(r"[ \t]*\{#[a-z0-9-]+\}")


def adopted(text: str) -> PolicyText:
    return read_policy(adopt(text, language="en", **DAYS)[0])  # type: ignore[arg-type]


def translated(original: str, text: str, **more: object) -> tuple[PolicyText, PolicyText, list[str]]:
    """The original, its translation into Spanish, and in what they differ."""
    ours = adopted(original)
    file, differences = adopt_translation(text, ours, language="es", **more)  # type: ignore[arg-type]
    assert original_text(file) == normalise(text), "nothing of it is lost"
    return ours, read_policy(file), [one.line for one in differences]


SHAPES = {
    "articles": (
        "Article 1 - Scope\n\nText.\n\nArticle 2 - Fees\n\n(a) one\n(b) two\n",
        "Artículo 1 - Ámbito\n\nTexto.\n\nArtículo 2 - Precios\n\n(a) uno\n(b) dos\n",
    ),
    "numbered paragraphs": (
        "Hello.\n\n1. General\n\n1.1. You agree.\n\n1.2. We agree.\n\n2. Money\n\n2.1. Pay.\n2.2. Be paid.\n",
        "Hola.\n\n1. Generalidades\n\n1.1. Usted acepta.\n\n1.2. Aceptamos.\n\n2. Dinero\n\n2.1. Pague.\n2.2. Cobre.\n",
    ),
    "other marks": (
        "## 1. Use\n\n**1.1** You may.\n\n**1.2** We may.\n", "# 1 USO\n\n1.1. Usted puede.\n\n1.2. Nosotros podemos.\n",
    ),
    "headings without numbers": (
        "# Terms\n\nHello.\n\n## Paying\n\nPay.\n\n## Leaving\n\nLeave.\n",
        "# Condiciones\n\nHola.\n\n## Pagar\n\nPague.\n\n## Irse\n\nVáyase.\n",
    ),
    "headings between numbers": (
        "# Terms\n\n## 1. One\n\nx\n\n### Mind\n\ny\n\n## 2. Two\n\nz\n",
        "# Condiciones\n\n## 1. Uno\n\nx\n\n### Atención\n\ny\n\n## 2. Dos\n\nz\n",
    ),
    "annexes": (
        "# 1. Main\n\n## 1.1 Sub\n\nx\n\n# Annex A: Data\n\n## 1. Scope\n\nx\n",
        "# 1. Principal\n\n## 1.1 Parte\n\nx\n\n# Anexo A: Datos\n\n## 1. Ámbito\n\nx\n",
    ),
}


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_each_clause_has_the_id_and_number_of_what_it_translates(shape: str) -> None:
    original, theirs = SHAPES[shape]
    ours, translation, differences = translated(original, theirs)
    assert [(c.key, c.number) for c in translation.clauses] == [(c.key, c.number) for c in ours.clauses]
    assert differences == [] and translation.language == "es"
    assert (translation.published_on, translation.effective_on) == (ours.published_on, ours.effective_on)
    assert translation.front_matter["binding_language"] == "en" and translation.front_matter["translation_of"] == "2024-03-01"


@pytest.mark.parametrize("name", ["terms-of-service/2024-03-01", "terms-of-service/2026-03-01", "our-promises/2026-09-01"])
def test_our_own_translations_find_their_clauses_without_our_ids(name: str) -> None:
    original = read_policy((ROOT / "policies" / f"{name}.md").read_text(encoding="utf-8"))
    spanish = read_policy((ROOT / "policies" / f"{name}.es.md").read_text(encoding="utf-8"))
    body = OUR_IDS.sub("", split_front(spanish.text)[1])
    file, differences = adopt_translation(body, original, language="es")
    clauses = read_policy(file).clauses
    assert [clause.key for clause in clauses] == [clause.key for clause in original.clauses]
    assert [OUR_IDS.sub("", one.text) for one in spanish.clauses] == [clause.text for clause in clauses]
    assert not [one.line for one in differences if not one.line.startswith("other figures")]


def test_what_is_not_translated_and_what_is_more_is_said_and_nothing_is_lost() -> None:
    original, theirs = SHAPES["numbered paragraphs"]
    theirs = theirs.replace("1.2. Aceptamos.\n\n", "").replace("2.2. Cobre.", "2.2. Cobre.\n\n2.3. Y sonría.")
    ours, translation, differences = translated(original, theirs)
    gone = next(clause for clause in ours.clauses if clause.number == "1.2")
    assert differences == [f"not translated: 1.2 ({gone.key}) We agree", "not in the original: 2.3 Y sonría"]
    assert translation.front_matter["not_translated"] == [gone.key]
    assert "2.3. Y sonría." in translation.clauses[-1].text


def test_other_figures_are_said() -> None:
    original = "1. Paying\n\nPay $1,000.50 within 30 days, at 9:00.\n\n2. Waiting\n\nWait 5 days.\n"
    right = "1. Pagar\n\nPague 1.000,50 USD en 30 días, a las 9:00.\n\n2. Esperar\n\nEspere 5 días.\n"
    assert translated(original, right)[2] == []
    wrong = translated(original, right.replace("30 días", "20 días"))
    assert [line.partition("): ")[2] for line in wrong[2]] == ["30 -> 20"]


def test_somebody_can_say_which_clause_a_heading_translates() -> None:
    original, theirs = SHAPES["headings without numbers"]
    both = theirs + "\n## Otra cosa\n\nNada.\n"
    ours = adopted(original)
    with pytest.raises(PolicyError, match="No clause of the original"):
        translated(original, both)
    named = {"Pagar": ours.clauses[-2].key, "Irse": ours.clauses[-1].key, "Condiciones": ours.clauses[-3].key}
    _ours, translation, differences = translated(original, both, ids=named)
    assert [c.key for c in translation.clauses] == [c.key for c in ours.clauses]
    assert differences == ["not in the original: - Otra cosa"]
    with pytest.raises(PolicyError, match="no clause"):
        translated(original, both, ids={"Pagar": "nothing"})


@pytest.mark.parametrize(
    ("original", "text", "what"),
    [
        ("## 1. One\n\nx\n", "Nada aquí.\n", "No clause of the original"),
        ("## 1. One\n\nx\n", "Antes.\n\n## 1. Uno\n\nx\n", "words above"),
    ],
)
def test_what_cannot_be_a_translation_is_refused(original: str, text: str, what: str) -> None:
    with pytest.raises(PolicyError, match=what):
        translated(original, text)
    with pytest.raises(PolicyError, match="“en” too"):
        adopt_translation(text, adopted(original), language="en-GB")


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["1", "1.1", "1.2", "2", "2.1", "3", "-"]), max_size=8), st.data())
def test_ids_are_the_originals_in_its_order_and_no_word_is_lost(numbers: list[str], data: st.DataObject) -> None:
    original, there = "## 1. One\n\nx\n\n### 1.1 Sub\n\ny\n\n## 2. Two\n\nz\n\n### 2.1 Sub\n\nw\n", numbers
    text = "".join(f"## {n}. T{i}\n\nwords {i}\n\n" if n != "-" else f"Plain {i}.\n\n" for i, n in enumerate(there))
    try:
        ours, translation, _differences = translated(original, text)
    except PolicyError:
        return
    order = [clause.key for clause in ours.clauses]
    keys = [clause.key for clause in translation.clauses]
    assert keys == [key for key in order if key in keys] and len(set(keys)) == len(keys)
    assert set(keys) | set(translation.front_matter.get("not_translated", [])) == set(order)


def run(place: Path, *args: str, answer: str = "") -> Result:
    app = create_app(load_settings({"PORTAL_INSTANCE": str(place / "instance"), "PORTAL_POLICIES_DIR": str(place / "p")}))
    with app.app_context():
        return app.test_cli_runner().invoke(args=["policies", *args], input=answer)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A text of others, adopted as a version."""
    (tmp_path / "theirs.md").write_text(SHAPES["articles"][0], encoding="utf-8")
    done = run(tmp_path, "import", str(tmp_path / "theirs.md"), "--policy", "terms-of-service", "--published", "2024-02-01",
               "--effective", "2024-03-01", "--language", "en")
    assert done.exit_code == 0, done.output
    return tmp_path


def bring(place: Path, text: str, *more: str, answer: str = "") -> Result:
    (place / "suyo.md").write_text(text, encoding="utf-8")
    return run(place, "import", str(place / "suyo.md"), "--policy", "terms-of-service", "--language", "es",
               "--translation-of", "2024-03-01", *more, answer=answer)


def test_the_command_writes_it_beside_its_original_and_the_checker_takes_it(place: Path) -> None:
    done = bring(place, SHAPES["articles"][1])
    assert done.exit_code == 0 and "What binds is 2024-03-01.md, in “en”." in done.output
    assert (place / "p" / "terms-of-service" / "2024-03-01.es.md").is_file()
    assert check_folder(place / "p") == []
    again = bring(place, SHAPES["articles"][1])
    assert again.exit_code == 1 and "exists already" in again.output


def test_nothing_is_written_before_the_differences_are_confirmed(place: Path) -> None:
    text = SHAPES["articles"][1].replace("(b) dos\n", "")
    target = place / "p" / "terms-of-service" / "2024-03-01.es.md"
    refused = bring(place, text, answer="n\n")
    assert refused.exit_code == 1 and "? not translated: 2.b" in refused.output and not target.exists()
    lines = [line for line in refused.output.splitlines() if line.startswith("? ")]
    (place / "yes.txt").write_text("\n".join(lines), encoding="utf-8")
    assert bring(place, text, "--confirmed", str(place / "yes.txt")).exit_code == 0 and target.exists()
    assert check_folder(place / "p") == []


def test_a_translation_has_the_days_of_its_original(place: Path) -> None:
    assert bring(place, SHAPES["articles"][1], "--published", "2024-02-01").exit_code == 2
    missing = run(place, "import", str(place / "theirs.md"), "--policy", "terms-of-service", "--language", "es")
    assert missing.exit_code == 2 and "--translation-of" in missing.output
    other = run(place, "import", str(place / "theirs.md"), "--policy", "terms-of-service", "--language", "es",
                "--translation-of", "2025-03-01")
    assert other.exit_code == 1 and "could be a translation of" in other.output
