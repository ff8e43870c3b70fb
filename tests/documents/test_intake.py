"""What is taken and what is refused, with the real examiner in its own process where it matters."""

import io
import time
from pathlib import Path

import pytest

from portal.core.errors import RuleBroken
from portal.documents.intake import Intake
from portal.documents.rules import SUFFIXES
from tests.documents.making import SAMPLES, archive, examine_here, intake_in, jpeg, mutants, pdf, png_bomb, take
from tests.factories.drawn import many

CODES = {"empty_file", "too_large_file", "refused_type", "broken_file", "locked_pdf"}
JPEG, PNG, PDF = SAMPLES["image/jpeg"], SAMPLES["image/png"], SAMPLES["application/pdf"]
COMMENT = b"\xff\xd8\xff\xfe\x00\x0b%PDF-1.4\n" + JPEG[2:]
OTHERS = {
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><html><script>alert(1)</script></html>",
    "gif": b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x00\x00\x00\x00\x00,",
    "text": b"just words",
    "zip": archive(),
    "program": b"\x7fELF\x02\x01\x01" + bytes(200),
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(200),
    "png and zip": PNG + archive(),
    "jpeg and zip": JPEG + archive(),
    "pdf and zip": PDF + archive(),
    "jpeg and pdf": COMMENT,
    "words before a pdf": b"<script>alert(1)</script>\n" + PDF,
    "something behind a png": PNG + b"<script>alert(1)</script>",
}
BROKEN = {"half a png": PNG[:-60], "half a jpeg": JPEG[:-400], "no pdf at all": b"%PDF-1.7\nhello", "a start": PNG[:20]}


def refused(intake: Intake, content: bytes) -> str:
    with pytest.raises(RuleBroken) as caught:
        take(intake, content)
    assert caught.value.field == "file"
    assert caught.value.message % caught.value.params
    return caught.value.code


@pytest.mark.parametrize("kind", SAMPLES)
def test_what_we_take_is_known_by_its_content(folder: Path, kind: str) -> None:
    taken = take(intake_in(folder, apart=True), SAMPLES[kind], "anything.exe")
    assert (taken.media_type, taken.size) == (kind, len(SAMPLES[kind]))
    assert taken.name == "anything.exe" + SUFFIXES[kind][0]


@pytest.mark.parametrize("name", OTHERS)
def test_other_types_and_two_at_once_are_refused(intake: Intake, folder: Path, name: str) -> None:
    assert refused(intake, OTHERS[name]) == "refused_type"
    assert not folder.exists()


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused(intake: Intake, name: str) -> None:
    assert refused(intake, BROKEN[name]) in {"broken_file", "refused_type"}


def test_empty_and_large_files_are_refused(intake: Intake) -> None:
    assert refused(intake, b"") == "empty_file"
    with pytest.raises(RuleBroken, match="too_large_file"):
        intake.take(io.BytesIO(PNG), "a.png", limit=len(PNG) - 1)
    assert intake.take(io.BytesIO(PNG), "a.png", limit=len(PNG)).size == len(PNG)


def test_no_more_is_read_than_the_limit(intake: Intake) -> None:
    stream = io.BytesIO(PNG * 50)
    with pytest.raises(RuleBroken, match="too_large_file"):
        intake.take(stream, "a.png", limit=1000)
    assert stream.tell() == 1001


@pytest.mark.parametrize("locks", [{"user": "secret"}, {"owner": "secret"}])
def test_locked_pdfs_are_refused(intake: Intake, locks: dict[str, str]) -> None:
    assert refused(intake, pdf(**locks)) == "locked_pdf"


def test_long_pdfs_are_refused(intake: Intake) -> None:
    assert take(intake, pdf(500)).media_type == "application/pdf"
    assert refused(intake, pdf(501)) == "too_large_file"


def test_a_bomb_is_refused_before_it_is_decoded(folder: Path) -> None:
    bomb = png_bomb()
    assert len(bomb) < 25_000
    assert refused(intake_in(folder, apart=True), bomb) == "too_large_file"


def test_a_jpeg_that_claims_to_be_huge_is_refused(intake: Intake) -> None:
    content = bytearray(jpeg())
    place = content.index(b"\xff\xc0") + 5
    content[place:place + 4] = b"\xff\xff\xff\xff"
    assert refused(intake, bytes(content)) == "too_large_file"


def test_mutated_files_are_taken_whole_or_refused_with_a_sentence(intake: Intake) -> None:
    outcomes = set()
    for content in mutants(many(300, 10_000)):
        try:
            outcomes.add(take(intake, content).media_type)
        except RuleBroken as refusal:
            outcomes.add(refusal.code)
    assert outcomes <= CODES | set(SUFFIXES)
    assert "broken_file" in outcomes and outcomes & set(SUFFIXES)


@pytest.mark.parametrize("content", [
    b"\xff\xd8" + b"\xff" * 30_000, JPEG[:-2] + b"\xff" * 30_000, b"%PDF-1.4\n" + b"%%EOF\n" * 30_000,
    b"%PDF-1.4\n%%EOF" + b" " * 30_000 + b"x", PNG[:8] + bytes(30_000), b"%PDF-1.4\n" + b"PK\x05\x06" * 10_000,
])
def test_a_small_file_takes_little_work_however_it_is_made(content: bytes) -> None:
    """Half a megabyte of \\xff kept the examiner busy for as long as it may work."""
    begun = time.process_time()
    assert examine_here(content) in ("broken", "mixed", "tail", "behind", "type")
    assert time.process_time() - begun < 1
