"""What a letter tells a screen reader, an archive and a careful reader: language, title, structure, tagged text, no way out."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest

from portal.core.text import sha256
from tests.factories.frozen import frozen
from tests.web.paper.conftest import Draw, sound, tagged, text_of, walk

ES = {"person_language": "es"}


@pytest.fixture(scope="module")
def letter(draw_letter: Draw) -> bytes:
    return draw_letter()


@pytest.fixture(scope="module")
def pdf(letter: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(letter))


def test_qpdf_finds_nothing_wrong(letter: bytes, tmp_path: Path) -> None:
    sound(letter, tmp_path)


def test_it_prints_on_two_pages(pdf: pikepdf.Pdf) -> None:
    assert len(pdf.pages) == 2
    assert {tuple(round(float(side)) for side in page.mediabox) for page in pdf.pages} == {(0, 0, 595, 842)}


def test_language_title_and_kind_are_said(pdf: pikepdf.Pdf) -> None:
    title = "Statement of reasons A-7K2QX9VD · Your account is suspended until the end of Sunday 13 December 2026"
    assert pdf.Root.Lang == "en"
    assert pdf.docinfo.Title == title
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert pdf.Root.MarkInfo.Marked
    with pdf.open_metadata(update_docinfo=False, set_pikepdf_as_editor=False) as said:
        assert said["pdfuaid:part"] == "1"
        assert said["dc:title"] == title
    assert pdf.docinfo.CreationDate == pdf.docinfo.ModDate == "D:20261122140500Z"


def test_a_letter_in_spanish_says_so(draw_letter: Draw) -> None:
    with pikepdf.open(BytesIO(draw_letter(**ES))) as spanish:
        assert spanish.Root.Lang == "es"
        assert str(spanish.docinfo.Title).startswith("Exposición de motivos A-7K2QX9VD · Su cuenta está suspendida")


def test_headings_lists_and_facts_have_their_structure(pdf: pikepdf.Pdf) -> None:
    kinds = [str(one.S) for one in walk(pdf.Root.StructTreeRoot.K[0])]
    headings = [int(kind[2]) for kind in kinds if kind[1:2] == "H" and kind[2:].isdigit()]
    assert headings[0] == 1 and headings.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(headings)), "no level is left out"
    assert {"/BlockQuote", "/L", "/LI", "/LBody", "/Table", "/TR", "/TH", "/TD", "/P", "/Link", "/Figure"} <= set(kinds)


def test_each_fact_has_its_name_beside_it(pdf: pikepdf.Pdf) -> None:
    rows = [one for one in walk(pdf.Root.StructTreeRoot.K[0]) if one.S == "/TR"]
    assert len(rows) >= 8
    assert all([str(cell.S) for cell in row.K] == ["/TH", "/TD"] for row in rows)
    assert all(cell.A.get("/Headers") or cell.get("/ID") for row in rows for cell in row.K)


def test_every_figure_is_told_in_words(pdf: pikepdf.Pdf) -> None:
    figures = [one for one in walk(pdf.Root.StructTreeRoot.K[0]) if one.S == "/Figure"]
    assert [str(one.Alt) for one in figures] == ["Available: $1,750.00 USD, On hold: $400.00 USD"]


def test_every_word_is_tagged_and_every_tag_has_its_place(pdf: pikepdf.Pdf) -> None:
    tagged(pdf)


def test_fonts_lie_in_the_file(pdf: pikepdf.Pdf) -> None:
    fonts = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/FontDescriptor"]
    assert fonts
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & one.keys() for one in fonts)


def test_nothing_runs_and_links_lead_here_or_to_our_mail(pdf: pikepdf.Pdf) -> None:
    text = b"".join(one.unparse() for one in pdf.objects if not isinstance(one, pikepdf.Stream))
    assert not any(name in text for name in (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/OpenAction"))
    links = {str(note.A.URI) for page in pdf.pages for note in page.get("/Annots", []) if "/A" in note}
    assert "http://localhost:8000/appeals/new?action=A-7K2QX9VD" in links
    assert all(link.startswith(("http://localhost:8000/", "mailto:portal@localhost")) for link in links)


def test_the_same_record_gives_the_same_bytes(draw_letter: Draw, letter: bytes) -> None:
    again = draw_letter()
    assert again == letter
    with pikepdf.open(BytesIO(again)) as pdf:
        assert sha256(frozen()) in {bytes(part).hex() for part in pdf.trailer.ID} | {str(pdf.trailer.ID[0])}
    assert draw_letter(weighed="That is why it is four weeks.") != letter


def test_it_says_how_to_check_it(letter: bytes) -> None:
    text = " ".join(text_of(letter).split())
    assert sha256(frozen()) in text
    assert "statements/1.json" in text and "sha256sum A-7K2QX9VD-1.json" in text


def test_a_record_of_before_is_drawn_too(draw_letter: Draw) -> None:
    """Without the name of the account, and with exhibits of which only number and description were kept."""
    old = draw_letter(v=1, account_name=None, exhibits=[{"number": 1, "description": "Your message.", "sha256": "e" * 64}])
    text = text_of(old)
    assert "To: P-6RT3MX8K" in text and "Your message." in text


def test_what_people_wrote_is_text_and_never_markup(draw_letter: Draw) -> None:
    hostile = '<img src="file:///etc/hostname"><script>x</script><a href="http://example.org">y</a> &amp; {{ 7*7 }}'
    letter = draw_letter(facts=hostile, would_change=[hostile, "b"], answer_on_file=hostile)
    text = " ".join(text_of(letter).split())
    assert text.count('<img src="file:///etc/hostname">') == 3 and "{{ 7*7 }}" in text and "&amp;" in text
    with pikepdf.open(BytesIO(letter)) as pdf:
        assert not any("example.org" in str(note.A.URI) for page in pdf.pages for note in page.get("/Annots", []))
