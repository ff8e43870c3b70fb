"""Names are labels: whatever somebody calls a file, the label is short, plain, and fits one header."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from portal.documents.rules import LONGEST_NAME, SUFFIXES, clean_name
from portal.web.shell.files import disposition
from tests.factories.drawn import many

NAMES = st.text(max_size=400) | st.lists(
    st.sampled_from(["..", "/", "\\", "\x00", "\r\n", "\u202e", "gpj.exe", '"', ";", "%0a", "é", "照", ".", " ", "=?"])
).map("".join)
HOSTILE = '../../etc/\u202egpj.exe\r\nSet-Cookie: a="b"\x00'


@settings(max_examples=many(300, 10_000))
@given(name=NAMES, kind=st.sampled_from(sorted(SUFFIXES)))
@example(name=HOSTILE, kind="image/png")
def test_any_name_becomes_a_plain_label(name: str, kind: str) -> None:
    label = clean_name(name, kind)
    assert 4 < len(label) <= LONGEST_NAME
    assert label.lower().endswith(SUFFIXES[kind])
    assert not set(label) & set("/\\") and not label.startswith(".")
    seen = label.replace("\u200c", "").replace("\u200d", "")
    assert not {unicodedata.category(c) for c in seen} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert clean_name(label, kind) == label
    label.encode()


@settings(max_examples=many(300, 10_000))
@given(name=NAMES)
@example(name=HOSTILE)
def test_any_name_makes_one_well_formed_header(name: str) -> None:
    header = disposition(name)
    assert header.isascii() and header.isprintable()
    value, options = parse_options_header(header)
    assert value == "attachment"
    assert options.keys() == {"filename"}
    wanted = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp"})
    assert options["filename"] == (wanted or "document")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("receipt.PNG", "receipt.PNG"),
        ("C:\\Users\\tim\\receipt.png", "receipt.png"),
        ("../../etc/passwd", "passwd.png"),
        ("harmless\u202egnp.exe", "harmlessgnp.exe.png"),
        ("évidence  du\n12.png", "évidence du 12.png"),
        ("", "document.png"),
        (".png", "png.png"),
        ("...", "document.png"),
        ("a" * 300 + ".png", "a" * 116 + ".png"),
    ],
)
def test_some_names(name: str, label: str) -> None:
    assert clean_name(name, "image/png") == label
