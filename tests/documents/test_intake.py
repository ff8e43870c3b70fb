"""What is taken and what is refused, with the real examiner in its own process where it matters."""

import io
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.core.errors import Busy, RuleBroken
from portal.documents import examiner as room
from portal.documents.examiner import Examiner, examine_apart
from portal.documents.intake import Intake
from portal.documents.rules import SUFFIXES
from tests.documents.making import SAMPLES, archive, examine_here, intake_in, jpeg, pdf, png_bomb, take
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


def mutants(count: int) -> list[bytes]:
    """Real files with bytes changed, cut out, doubled or swapped with another file's; the same ones each time."""
    dice, made = random.Random(20261122), []
    for number in range(count):
        content = bytearray(list(SAMPLES.values())[number % 3])
        for _ in range(dice.randint(1, 12)):
            place = dice.randrange(len(content))
            match dice.randrange(4):
                case 0:
                    content[place] = dice.randrange(256)
                case 1:
                    del content[place:place + dice.randint(1, 40)]
                case 2:
                    content[place:place] = content[place:place + dice.randint(1, 40)]
                case 3:
                    content[place:] = dice.choice(list(SAMPLES.values()))[place:]
        made.append(bytes(content))
    return made


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


def test_the_process_apart_says_the_same() -> None:
    for content in mutants(6):
        assert examine_apart(content) == examine_here(content)


@pytest.fixture
def examiner(tmp_path: Path) -> Iterator[Callable[..., Examiner]]:
    """Makes one whose children do something else with their file."""
    made: list[Examiner] = []

    def make(body: str, before: str = "") -> Examiner:
        script = tmp_path / "other.py"
        script.write_text(
            f"import os, sys, time\nsys.path.insert(0, {str(room.SCRIPT.parent)!r})\nimport examine\n{before}\n"
            f"def verdict(content, *_):\n    {body}\nexamine.verdict = verdict\nexamine.main()\n"
        )
        made.append(Examiner(script))
        return made[-1]

    yield make
    for one in made:
        one.end()


def test_the_examiner_sees_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch, examiner: Callable[..., Examiner]) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", "canary")
    assert examiner("return str('canary' in str(os.environ))")(b"x") == "False"


SOCKETS = "sum('socket' in os.readlink(one.path) for one in os.scandir('/proc/self/fd') if os.path.exists(one.path))"


def test_each_file_has_a_child_of_its_own_that_cannot_receive_another(examiner: Callable[..., Examiner]) -> None:
    asked = examiner(f"return ' '.join(map(str, (os.getpid(), os.getppid(), {SOCKETS})))")
    (first, parent, none), (second, same, _) = asked(b"x").split(), asked(b"y").split()
    assert (first != second, parent == same, none) == (True, True, "0")


@pytest.mark.parametrize("dies", ["os.abort()", "raise SystemExit(3)", "os.kill(os.getpid(), 9)", "return ''", "raise KeyError"])
def test_a_child_that_dies_has_met_a_broken_file(examiner: Callable[..., Examiner], dies: str) -> None:
    asked = examiner(f"if content == b'x': {dies}\n    return 'fine'")
    assert [asked(b"x"), asked(b"y")] == ["broken", "fine"]


def test_an_examiner_that_was_killed_is_begun_anew(examiner: Callable[..., Examiner]) -> None:
    asked = examiner("return str(os.getppid())")
    first = asked(b"x")
    os.kill(int(first), signal.SIGKILL)
    assert asked(b"y") not in {first, "broken"}


@pytest.mark.parametrize("cannot", ["os._exit(1)", "def none():\n    raise BlockingIOError\nos.fork = none"])
def test_where_no_child_is_begun_nobody_has_looked_at_the_file(examiner: Callable[..., Examiner], cannot: str) -> None:
    with pytest.raises(Busy):
        examiner("return 'fine'", cannot)(PNG)


def test_one_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, examiner: Callable[..., Examiner]) -> None:
    monkeypatch.setattr(room, "SECONDS_TO_EXAMINE", 0.3)
    with pytest.raises(Busy):
        examiner("time.sleep(5)")(PNG)


@pytest.mark.parametrize("hunger", ["str(len(bytearray(600 * 2**20)))", "str(sum(iter(int, 1)))"])
def test_a_child_has_little_memory_and_time(examiner: Callable[..., Examiner], hunger: str) -> None:
    assert examiner(f"return {hunger}", "examine.SECONDS = 1")(b"x") == "broken"
