"""Says what a file really is: run as a script of its own with little memory and time, so that a hostile file hurts nobody.

Gate one is libmagic on the content, gate two is opening the whole of it. Reads the file from standard input and writes one
word: a media type, or why the file is refused. Whatever goes wrong in here is a broken file to whoever asked.
"""

from __future__ import annotations

import io
import resource
import sys
import warnings

import magic
import pikepdf
from PIL import Image

MEMORY = 512 * 1024 * 1024
SECONDS = 10
PICTURES = {"image/jpeg": ("JPEG", b"\xff\xd8\xff"), "image/png": ("PNG", b"\x89PNG\r\n\x1a\n")}
PDF = "application/pdf"
PDF_START = b"%PDF-"
PNG_END = b"IEND\xaeB`\x82"
ZIP_END, ZIP_END_LENGTH, LONGEST_ZIP_COMMENT = b"PK\x05\x06", 22, 65_535


def verdict(content: bytes, most_pixels: int, most_pages: int) -> str:
    """A media type, or: type, mixed, tail, pixels, pages, locked, broken. May also raise whatever the libraries raise."""
    kind = magic.from_buffer(content, mime=True)
    if kind != PDF and kind not in PICTURES:
        return "type"
    if is_mixed(content, kind):
        return "mixed"
    if kind == "image/png" and PNG_END in content and not content.endswith(PNG_END):
        return "tail"
    wrong = _pdf(content, most_pages) if kind == PDF else _picture(content, kind, most_pixels)
    return wrong or kind


def is_mixed(content: bytes, kind: str) -> bool:
    """Whether another program could take the same bytes for another kind of file."""
    start = PDF_START if kind == PDF else PICTURES[kind][1]
    if not content.startswith(start) or _ends_as_zip(content):
        return True
    return kind != PDF and PDF_START in content[:1024]


def _ends_as_zip(content: bytes) -> bool:
    """A ZIP (JAR, DOCX) is read from its end, so anything can stand before it."""
    tail = content[-(ZIP_END_LENGTH + LONGEST_ZIP_COMMENT):]
    place = tail.rfind(ZIP_END)
    behind = len(tail) - place - ZIP_END_LENGTH
    return place >= 0 and 0 <= int.from_bytes(tail[place + 20:place + 22], "little") <= behind


def _picture(content: bytes, kind: str, most_pixels: int) -> str:
    """The size comes from the header before anything is decoded; then every dot of it."""
    Image.MAX_IMAGE_PIXELS = None
    name = PICTURES[kind][0]
    with Image.open(io.BytesIO(content), formats=[name]) as picture:
        width, height = picture.size
        if width * height > most_pixels:
            return "pixels"
        picture.verify()
    with Image.open(io.BytesIO(content), formats=[name]) as picture:
        picture.load()
    return ""


def _pdf(content: bytes, most_pages: int) -> str:
    try:
        with pikepdf.open(io.BytesIO(content), suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                return "locked"
            pages = len(pdf.pages)
            if pages > most_pages:
                return "pages"
            return "" if pages and all(isinstance(page.obj, pikepdf.Dictionary) for page in pdf.pages) else "broken"
    except pikepdf.PasswordError:
        return "locked"


def main() -> int:
    """Takes the limits as arguments: dots, pages."""
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
    warnings.simplefilter("ignore")
    sys.stdout.write(verdict(sys.stdin.buffer.read(), int(sys.argv[1]), int(sys.argv[2])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
