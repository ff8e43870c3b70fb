"""What drawing a letter may cost: long ones are drawn, hostile ones end, and the server goes on with others."""

from __future__ import annotations

import os
import threading
import time
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from portal.core.errors import Busy, RuleBroken
from portal.web.shell.paper import child, drawing
from portal.web.shell.paper.glyphs import Pen, breakable
from tests.web.paper.conftest import Draw, text_of

WORDS = "He sent the second half of the money to another account. "
KNOWN = frozenset(map(chr, range(0x20, 0x400)))


def test_twenty_thousand_words_are_drawn_whole(draw_letter: Draw) -> None:
    text = text_of(draw_letter(facts="\n\n".join([WORDS * 9] * 200) + "\n\nThe end of it."))
    assert " ".join(text.split()).count("He sent the second half") == 1800
    assert "The end of it." in text


def test_a_word_without_an_end_is_drawn(draw_letter: Draw) -> None:
    text = text_of(draw_letter(facts="a" * 30_000))
    assert sum(line.count("a") for line in text.split("\n") if set(line) <= set("a\u200b\r")) == 30_000


@pytest.mark.parametrize(
    "facts", ["a\n\n" * 100_000, "a" + "\u0301" * 299_999, "a" + "\u200d" * 299_999, "\U000f1234" * 300_000],
    ids=["paragraphs", "marks", "invisible", "unknown"],
)
def test_what_would_be_hundreds_of_pages_is_refused_at_once(draw_letter: Draw, facts: str) -> None:
    drawing.drawable_here()
    before = worked()
    with pytest.raises(RuleBroken) as refused:
        draw_letter(facts=facts)
    assert refused.value.code == "too_long_to_draw"
    assert worked() - before < 10


def worked() -> float:
    """The seconds that a processor has spent on this process and on what it began: others on this machine do not count."""
    return sum(os.times()[:4])


def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    file = tmp_path / "child.py"
    file.write_text(body, encoding="utf-8")
    monkeypatch.setattr(drawing, "CHILD", file)


def asked() -> bytes:
    return drawing.draw("<p>x</p>", "", base_url="http://localhost", identifier="00", epoch=0)


@pytest.mark.parametrize(
    ("body", "seconds", "error"),
    [
        ("import sys; sys.exit(3)", 120, "too_long_to_draw"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 120, "too_long_to_draw"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", 120, "too_long_to_draw"),
        ("import time; time.sleep(300)", 1, "busy"),
    ],
    ids=["memory", "killed", "time", "hangs"],
)
def test_a_drawing_that_does_not_end_well_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, seconds: int, error: str
) -> None:
    script(tmp_path, monkeypatch, body)
    monkeypatch.setattr(drawing, "SECONDS_TO_DRAW", seconds)
    with pytest.raises((RuleBroken, Busy)) as refused:
        asked()
    assert refused.value.code == error


def test_a_machine_without_its_libraries_is_our_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, monkeypatch, "import nothing_of_that_name")
    with pytest.raises(drawing.Undrawn, match="nothing_of_that_name"):
        asked()


def test_the_process_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real script, in which drawing asks for more memory than there is, and for a file, and for our environment."""
    source = drawing.CHILD.read_text(encoding="utf-8")
    eater = "def draw(asked):\n    assert resource.getrlimit(resource.RLIMIT_FSIZE) == (0, 0)\n    return bytes(2 * MEMORY)\n"
    script(tmp_path, monkeypatch, source.replace('if __name__ == "__main__":', f'{eater}\nif __name__ == "__main__":'))
    with pytest.raises(RuleBroken) as refused:
        asked()
    assert refused.value.code == "too_long_to_draw"


def test_it_ends_at_once_when_all_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries are not unloaded while their own threads run: what Python does at its end is never begun."""
    source = drawing.CHILD.read_text(encoding="utf-8")
    ends = "import atexit\ndef draw(asked):\n    atexit.register(os.abort)\n    return b'%PDF' + bytes(100_000)\n"
    script(tmp_path, monkeypatch, source.replace('if __name__ == "__main__":', f'{ends}\nif __name__ == "__main__":'))
    assert asked() == b"%PDF" + bytes(100_000)


def test_nothing_of_our_environment_reaches_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", "s" * 40)
    script(tmp_path, monkeypatch, "import os, sys; sys.stdout.write(','.join(sorted(os.environ)))")
    names = set(asked().decode().split(","))
    assert "SOURCE_DATE_EPOCH" in names and not any(name.startswith("PORTAL") for name in names)


def test_a_fourth_is_asked_to_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = tmp_path / "go-on"
    script(tmp_path, monkeypatch, f"import os, time\nwhile not os.path.exists({str(go_on)!r}):\n    time.sleep(0.01)")
    ended: list[bytes] = []
    threads = [threading.Thread(target=lambda: ended.append(asked())) for _ in range(3)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 60
    while drawing.IN_LINE._value and time.monotonic() < until:
        time.sleep(0.01)
    with pytest.raises(Busy):
        asked()
    go_on.touch()
    for thread in threads:
        thread.join()
    assert ended == [b"", b"", b""]
    assert asked() == b"", "the line is empty again"


@pytest.mark.parametrize("url", ["http://localhost/x", "file:///etc/hostname", "data:text/css,p{}", "https://example.org/"])
def test_nothing_is_fetched_from_anywhere(url: str) -> None:
    with pytest.raises(ValueError, match="nothing is fetched"):
        child.Nowhere().fetch(url)


def test_a_picture_in_the_html_would_not_be_drawn() -> None:
    html = '<!doctype html><html lang="en"><title>x</title><p>x</p><img alt="x" src="file:///usr/share/pixmaps/debian-logo.png">'
    with pikepdf.open(BytesIO(drawing.draw(html, "", base_url="http://x", identifier="00", epoch=0))) as pdf:
        assert not [one for one in pdf.objects if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image"]


def test_words_are_never_broken_inside_of_a_letter() -> None:
    text = breakable("e\u0301" * 60)
    assert text.replace("\u200b", "") == "e\u0301" * 60
    assert "\u200b" in text and "\u200b\u0301" not in text
    assert breakable("word " * 50) == "word " * 50
    assert breakable("這是" * 200) == "這是" * 200


def test_a_few_marks_are_drawn_and_a_heap_is_named() -> None:
    pen = Pen(KNOWN)
    assert pen.text("o\u0302\u0301 \u200eok") == "o\u0302\u0301 \u200eok"
    assert pen.undrawn == 0
    assert pen.text("o" + "\u0301" * 22) == "o" + "\u0301" * 20 + "[U+0301][U+0301]"
    assert pen.undrawn == 2


def test_addresses_and_digests_stay_as_they_are() -> None:
    path = "/rules/" + "a" * 120
    assert Pen(KNOWN).write({"path": path, "sha256": "f" * 64}) == {"path": path, "sha256": "f" * 64}


def test_what_is_isolated_gives_a_text_no_direction() -> None:
    told = {
        "יעל contests": "rtl", "Tim עבד": "ltr", "\u2068יעל\u2069 contests": "ltr", "\u2069יעל": "rtl", "12": None,
        "\u2068a \u2067b\u2069 c\u2069 יעל": "rtl", "\u2068יעל\u2069": None,
    }
    assert {text: child.direction(text) for text in told} == told
