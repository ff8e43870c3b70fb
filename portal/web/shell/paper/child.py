"""Draws one letter as PDF/UA: run as a script of its own with little memory and time, so that a long text hurts nobody.

Reads JSON from standard input and writes the file to standard output. It fetches nothing, from nowhere. Called with
"glyphs" it says instead which characters the fonts of this machine can draw.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import resource
import signal
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import weasyprint
from weasyprint.urls import URLFetcher

MEMORY = 1536 * 1024 * 1024
SECONDS = 60
OUT_OF_MEMORY = 3
TABLES = {"dl": "table", "dt": "th", "dd": "td"}
PLAIN = {"figure": "div", "figcaption": "p", "details": "div", "summary": "p"}
"""How the letter's HTML is told to a screen reader of PDF, which knows neither lists of facts nor things that unfold."""
OUTLINES = (b"TrueType", b"CFF")
PAGE_BITS = 256
DONE = 0xFFFFFFFF
ISOLATES = ("FSI", "LRI", "RLI")


class Nowhere(URLFetcher):
    """A letter is made of its own text only."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        """Errors: ValueError for every address."""
        raise ValueError(f"nothing is fetched for a letter: {url[:80]}")


def direction(text: str) -> str | None:
    """The direction of the first letter that has one and is not isolated, as browsers decide it for dir=auto."""
    within = 0
    for char in text:
        kind = unicodedata.bidirectional(char)
        within = max(0, within + (kind in ISOLATES) - (kind == "PDI"))
        if not within and kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return None


def prepare(tree: Element) -> None:
    """Gives each text its direction, and facts the structure that a PDF has for them: rows of name and value."""
    for element in list(tree.iter()):
        if element.get("dir") == "auto":
            found = direction("".join(element.itertext()))
            element.attrib.pop("dir")
            if found is not None:
                element.set("dir", found)
        if element.tag == "dl":
            _as_table(element)
        elif isinstance(element.tag, str):
            element.tag = PLAIN.get(element.tag, element.tag)


def _as_table(facts: Element) -> None:
    rows = Element("tbody")
    rows.extend(list(facts))
    for row in list(facts):
        facts.remove(row)
    facts.append(rows)
    facts.tag = TABLES["dl"]
    for row in rows:
        row.tag = "tr"
        for cell in row:
            if cell.tag == "dt":
                cell.set("scope", "row")
            cell.tag = TABLES.get(str(cell.tag), cell.tag)


def draw(asked: dict[str, Any]) -> bytes:
    """The letter as PDF/UA-1. The same HTML, style and identifier give the same bytes."""
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    page = weasyprint.HTML(string=asked["html"], base_url=asked["base_url"], url_fetcher=Nowhere())
    prepare(page.etree_element)
    style = weasyprint.CSS(string=asked["css"], url_fetcher=Nowhere())
    made: bytes = page.write_pdf(
        stylesheets=[style], pdf_variant="pdf/ua-1", pdf_identifier=bytes.fromhex(asked["identifier"]),
    )
    return made


class FontSet(ctypes.Structure):
    """What fontconfig answers with: so many fonts."""

    _fields_ = [("nfont", ctypes.c_int), ("sfont", ctypes.c_int), ("fonts", ctypes.POINTER(ctypes.c_void_p))]


def _fontconfig() -> Any:
    library = ctypes.CDLL("libfontconfig.so.1")
    pointer = ctypes.c_void_p
    for name, result, arguments in (
        ("FcPatternCreate", pointer, []), ("FcObjectSetCreate", pointer, []),
        ("FcObjectSetAdd", ctypes.c_int, [pointer, ctypes.c_char_p]),
        ("FcFontList", ctypes.POINTER(FontSet), [pointer, pointer, pointer]),
        ("FcPatternGetCharSet", ctypes.c_int, [pointer, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(pointer)]),
        ("FcPatternGetString", ctypes.c_int, [pointer, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(ctypes.c_char_p)]),
        ("FcCharSetCreate", pointer, []), ("FcCharSetMerge", ctypes.c_int, [pointer, pointer, pointer]),
        ("FcCharSetFirstPage", ctypes.c_uint32, [pointer, pointer, pointer]),
        ("FcCharSetNextPage", ctypes.c_uint32, [pointer, pointer, pointer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def _all_characters(library: Any) -> Any:
    """The characters of every font with outlines together, as fontconfig's own set."""
    wanted = library.FcObjectSetCreate()
    for name in (b"charset", b"fontformat"):
        library.FcObjectSetAdd(wanted, name)
    fonts = library.FcFontList(None, library.FcPatternCreate(), wanted)
    together, one, kind = library.FcCharSetCreate(), ctypes.c_void_p(), ctypes.c_char_p()
    for place in range(fonts.contents.nfont):
        font = fonts.contents.fonts[place]
        known = library.FcPatternGetString(font, b"fontformat", 0, ctypes.byref(kind)) == 0
        if known and kind.value in OUTLINES and library.FcPatternGetCharSet(font, b"charset", 0, ctypes.byref(one)) == 0:
            library.FcCharSetMerge(together, one, None)
    return together


def glyphs() -> Iterator[int]:
    """Every code point that some font of this machine has a glyph for, in order."""
    library = _fontconfig()
    characters = _all_characters(library)
    bits, following = (ctypes.c_uint32 * (PAGE_BITS // 32))(), ctypes.c_uint32()
    start = library.FcCharSetFirstPage(characters, bits, ctypes.byref(following))
    while start != DONE:
        yield from (start + n for n in range(PAGE_BITS) if bits[n // 32] >> (n % 32) & 1)
        start = library.FcCharSetNextPage(characters, bits, ctypes.byref(following))


def main() -> int:
    """Limits first. Exit code 3: the memory was not enough."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for kind, limit in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(kind, (limit, limit))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        if sys.argv[1:] == ["glyphs"]:
            known = "".join(map(chr, (n for n in glyphs() if not 0xD800 <= n <= 0xDFFF)))
            sys.stdout.buffer.write(known.encode())
        else:
            sys.stdout.buffer.write(draw(json.load(sys.stdin.buffer)))
        sys.stdout.buffer.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    os._exit(main())  # Pango's own threads may still run: a usual end unloads its library under them, and they crash
