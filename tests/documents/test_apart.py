"""The process apart says what the examiner says here, and whoever takes over a child of it can do nothing there."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from portal.core.errors import Busy
from portal.documents import examiner as room
from portal.documents.examiner import Examiner, examine_apart
from portal.settings import ROOT
from tests.documents.making import SAMPLES, examine_here, mutants, pdf, picture, said

KINDS = {
    **SAMPLES, "grey jpeg": picture("L", "JPEG", quality=30), "progressive jpeg": picture("RGB", "JPEG", progressive=True),
    "jpeg for print": picture("CMYK", "JPEG"), "jpeg with much said": picture("RGB", "JPEG", exif=said(), icc_profile=b"x" * 300),
    "several jpegs": picture("RGB", "MPO", save_all=True, append_images=[Image.new("RGB", (40, 30))]),
    "png with a palette": picture("P", "PNG", transparency=0, icc_profile=b"x" * 300), "deep png": picture("I;16", "PNG"),
    "png with much said": picture("RGBA", "PNG", exif=said(), dpi=(72, 72)), "moving png": picture(
        "RGB", "PNG", save_all=True, append_images=[Image.new("RGB", (60, 40))]),
    "locked pdf": pdf(user="x"), "pdf that cannot be changed": pdf(owner="x"), "tight pdf": pdf(tight=True),
    "active pdf": pdf(script="app.alert(1)"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_process_apart_says_the_same(kind: str) -> None:
    """Whatever a library loads with its first file of a kind it has to have loaded before: a child opens nothing."""
    for content in [KINDS[kind], *mutants(3)]:
        assert examine_apart(content) == examine_here(content)


@pytest.fixture
def examiner() -> Iterator[Callable[..., Examiner]]:
    """Makes one whose children do something else with their file."""
    made: list[Examiner] = []

    def make(body: str, before: str = "") -> Examiner:
        lines = (
            "import ctypes, errno, os, socket, stat, threading",
            "from portal.core import confining", "from portal.documents import apart, examine", "PARENT = os.getpid()", before,
            f"def verdict(content, *_):\n    {body}", "examine.verdict = verdict", "apart.main()",
        )
        made.append(Examiner("\n".join(lines)))
        return made[-1]

    yield make
    for one in made:
        one.end()


def test_the_examiner_sees_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch, examiner: Callable[..., Examiner]) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", "canary")
    assert examiner("return str('canary' in str(os.environ))")(b"x") == "False"


LOOK = """
TYPES = {stat.S_IFIFO: "word", stat.S_IFREG: "file", stat.S_IFSOCK: "socket"}
DEVICES = {os.makedev(1, 3): "null", os.makedev(1, 9): "chance"}
def opened():
    for handle in range(256):
        try:
            one = os.fstat(handle)
        except OSError:
            continue
        yield DEVICES[one.st_rdev] if stat.S_ISCHR(one.st_mode) else TYPES[stat.S_IFMT(one.st_mode)]
put_on = confining.Filter.put_on
def looked(self):
    global seen
    system = ctypes.CDLL(None)
    seen = " ".join([*opened(), str(system.prctl(3, 0, 0, 0, 0)), str(system.prctl(39, 0, 0, 0, 0))])
    put_on(self)
confining.Filter.put_on = looked
"""
"""What is open in a child, whether others may look into it, and whether a program that it begins has more rights than it."""


def test_a_child_has_its_word_to_say_and_nothing_else(examiner: Callable[..., Examiner]) -> None:
    assert examiner("return seen", LOOK)(b"x") == "null null null chance word 0 1"


OPENS = {
    "reads a file": "open('PATH')", "looks into a folder": "os.listdir('/')", "keeps memory for others": "os.memfd_create('x')",
    "reaches a network": "socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "reaches this machine": "socket.socket(1)",
}
HOSTILE = OPENS | {
    "removes a file": "os.remove('PATH')", "empties a file": "os.truncate('PATH', 0)", "makes a folder": "os.mkdir('PATH2')",
    "moves a file": "os.rename('PATH', 'PATH2')", "begins a process": "os.fork()", "signals its parent": "os.kill(PARENT, 0)",
    "begins a program": "os.execv('/bin/true', ['true'])", "stops its parent": "asked('ptrace', 16, PARENT, 0, 0)",
    "reads its parent": "asked('process_vm_readv', PARENT, 0, 0, 0, 0, 0)",
    "asks for another filter": "asked('prctl', 22, 1, 0, 0, 0)",
}
SYSTEM = """
system = ctypes.CDLL(None, use_errno=True)
def asked(name, *values):
    if getattr(system, name)(*values) < 0:
        raise OSError(ctypes.get_errno(), name)
def obeyed(content):
    try:
        exec(content.decode())
        return 'done'
    except OSError as error:
        return errno.errorcode[error.errno]
"""
OFF = "confining.Filter.put_on = lambda self: None"


def answers(asked: Examiner, path: Path, orders: dict[str, str]) -> dict[str, str]:
    return {name: asked(order.replace("PATH", str(path)).encode()) for name, order in orders.items()}


def test_a_child_that_a_file_took_over_can_do_nothing(examiner: Callable[..., Examiner], tmp_path: Path) -> None:
    secret = tmp_path / "secret.key"
    secret.write_text("secret")
    assert answers(examiner("return obeyed(content)", SYSTEM), secret, HOSTILE) == dict.fromkeys(HOSTILE, "EPERM")
    assert ([*tmp_path.iterdir()], secret.read_text()) == ([secret], "secret")


def test_without_the_filter_it_still_opens_nothing(examiner: Callable[..., Examiner], tmp_path: Path) -> None:
    asked = examiner("return obeyed(content)", SYSTEM + OFF)
    assert answers(asked, tmp_path / "secret.key", OPENS) == dict.fromkeys(OPENS, "EMFILE")


def test_each_file_has_a_child_of_its_own(examiner: Callable[..., Examiner]) -> None:
    asked = examiner("return ' '.join(map(str, (os.getpid(), PARENT)))")
    (first, parent), (second, same) = asked(b"x").split(), asked(b"y").split()
    assert (first != second, parent == same) == (True, True)


@pytest.mark.parametrize("dies", ["os.abort()", "raise SystemExit(3)", "os._exit(9)", "return ''", "raise KeyError"])
def test_a_child_that_dies_has_met_a_broken_file(examiner: Callable[..., Examiner], dies: str) -> None:
    asked = examiner(f"if content == b'x': {dies}\n    return 'fine'")
    assert [asked(b"x"), asked(b"y")] == ["broken", "fine"]


def test_an_examiner_that_was_killed_is_begun_anew(examiner: Callable[..., Examiner]) -> None:
    asked = examiner("return str(PARENT)")
    first = asked(b"x")
    os.kill(int(first), signal.SIGKILL)
    assert asked(b"y") not in {first, "broken"}


NO_FORK = "def none():\n    raise BlockingIOError\nos.fork = none"


@pytest.mark.parametrize("cannot", [
    "os._exit(1)", NO_FORK, f"confining.Filter.tried = lambda self: self\n{NO_FORK}", "confining.LIBRARY = 'libnone.so.2'",
    "def none(self):\n    raise OSError\nconfining.Filter.put_on = none",
])
def test_where_no_child_is_begun_nobody_has_looked_at_the_file(examiner: Callable[..., Examiner], cannot: str) -> None:
    with pytest.raises(Busy):
        examiner("return 'fine'", cannot)(SAMPLES["image/png"])


def test_one_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, examiner: Callable[..., Examiner]) -> None:
    monkeypatch.setattr(room, "SECONDS_TO_EXAMINE", 0.3)
    with pytest.raises(Busy):
        examiner("turn.acquire(), turn.acquire()", "turn, apart.SECONDS = threading.Lock(), 1")(SAMPLES["image/png"])


@pytest.mark.parametrize("hunger", ["str(len(bytearray(600 * 2**20)))", "str(sum(iter(int, 1)))"])
def test_a_child_has_little_memory_and_time(examiner: Callable[..., Examiner], hunger: str) -> None:
    assert examiner(f"return {hunger}", "apart.SECONDS = 1")(b"x") == "broken"


def test_whoever_runs_as_the_same_user_reads_nothing_of_the_web_process(tmp_path: Path) -> None:
    asks = "import ctypes, wsgi; system = ctypes.CDLL(None); print(*(system.prctl(n, 0, 0, 0, 0) for n in (3, 39)))"
    done = subprocess.run([sys.executable, "-c", asks], cwd=ROOT, env={"PORTAL_INSTANCE": str(tmp_path)}, stdout=subprocess.PIPE,
                          text=True, check=True)
    assert done.stdout.split() == ["0", "1"]


def children(parent: str) -> list[str]:
    """What a process has begun and was not ended."""
    found = [(one.parent.name, one.read_text().rpartition(")")[2].split()) for one in Path("/proc").glob("[0-9]*/stat")]
    return [name for name, (state, of, *_) in found if of == parent and state != "Z"]


@pytest.mark.parametrize("stays", ["ignores('SIGALRM')", "blocks('SIGALRM')"])
def test_a_child_that_a_file_took_over_does_not_stay(
    monkeypatch: pytest.MonkeyPatch, examiner: Callable[..., Examiner], stays: str
) -> None:
    """It ends with its time, whatever it does to hear nothing of that: else each such file would leave one behind."""
    monkeypatch.setattr(room, "SECONDS_TO_EXAMINE", 0.3)
    before = """
import contextlib, signal
def ignores(name):
    signal.signal(getattr(signal, name), signal.SIG_IGN)
def blocks(name):
    signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, name)])
def stay(how):
    with contextlib.suppress(OSError):
        how()
    turn.acquire(), turn.acquire()
turn, apart.SECONDS = threading.Lock(), 1
"""
    asked = examiner(f"return str(PARENT) if content == b'who' else stay(lambda: {stays})", before)
    with pytest.raises(Busy):
        asked(b"x")
    monkeypatch.undo()
    parent = asked(b"who")
    until = time.monotonic() + 60
    while children(parent) and time.monotonic() < until:
        time.sleep(0.1)
    assert children(parent) == []
