"""Says what a file really is: run as a script of its own with little memory and time, so that a hostile file hurts nobody.

Gate one is libmagic on the content, gate two is opening the whole of it. Reads the file from standard input and writes one
word: a media type, or why the file is refused. Whatever goes wrong in here is a broken file to whoever asked.
"""

from __future__ import annotations

import io
import re
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
JPEG_START, JPEG_END, MOST_PICTURES = b"\xff\xd8", 0xD9, 8
JPEG_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd8\x01])")
"""A marker with a length behind it, or the end: what stands between the two bytes of others is part of the picture."""
ZIP_END, ZIP_END_LENGTH, LONGEST_ZIP_COMMENT = b"PK\x05\x06", 22, 65_535
ZIP_CONTENTS, ZIP64_LOCATOR, ZIP64_LOCATOR_LENGTH = b"PK\x01\x02", b"PK\x06\x07", 20
ACTIVE = {"/JavaScript", "/JS", "/Launch", "/EmbeddedFiles", "/EF", "/RichMedia"}
ACTIVE_NAME = re.compile(b"|".join(re.escape(name.encode()) for name in sorted(ACTIVE)))
"""What runs a program or carries another file; a quick look that the exact one follows."""


def verdict(content: bytes, most_pixels: int, most_pages: int) -> str:
    """A media type, or: type, mixed, tail, pixels, pages, locked, active, broken. May also raise what the libraries raise."""
    kind = magic.from_buffer(content, mime=True)
    if kind != PDF and kind not in PICTURES:
        return "type"
    if is_mixed(content, kind):
        return "mixed"
    if kind == "image/png" and PNG_END in content and not content.endswith(PNG_END):
        return "tail"
    if kind == "image/jpeg" and _behind_jpeg(content):
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
    """A ZIP (JAR, DOCX) is read from its end, so anything can stand before it, and with most readers behind it too."""
    place = content.find(ZIP_END, max(len(content) - ZIP_END_LENGTH - LONGEST_ZIP_COMMENT, 0))
    while place >= 0:
        end = content[place:place + ZIP_END_LENGTH]
        behind = len(content) - place - ZIP_END_LENGTH
        if behind >= 0 and (int.from_bytes(end[20:22], "little") == behind or _has_contents(content, place, end)):
            return True
        place = content.find(ZIP_END, place + 1)
    return False


def _has_contents(content: bytes, place: int, end: bytes) -> bool:
    """Whether the end record leads to the archive's list of contents, as readers find it that ignore the comment."""
    size, offset = int.from_bytes(end[12:16], "little"), int.from_bytes(end[16:20], "little")
    larger = content[max(place - ZIP64_LOCATOR_LENGTH, 0):place].startswith(ZIP64_LOCATOR)
    near = size <= place and content[place - size:place - size + 4] == ZIP_CONTENTS
    return larger or near or content[offset:offset + 4] == ZIP_CONTENTS


def _behind_jpeg(content: bytes) -> bool:
    """Whether something follows the picture: more whole pictures (phones add a smaller one) and zeros are nothing."""
    rest, pictures = content, 0
    while rest.startswith(JPEG_START) and pictures < MOST_PICTURES:
        end, pictures = _jpeg_end(rest), pictures + 1
        if end < 0:
            return pictures > 1
        rest = rest[end:].lstrip(b"\x00")
    return bool(rest)


def _jpeg_end(content: bytes) -> int:
    """Where the first picture ends; -1 when it has no end. Its parts are skipped by their lengths."""
    place = len(JPEG_START)
    while (marker := JPEG_MARKER.search(content, place)) is not None:
        if marker[1][0] == JPEG_END:
            return marker.end()
        place = marker.end() + int.from_bytes(content[marker.end():marker.end() + 2], "big")
    return -1


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
            if not pages or not all(isinstance(page.obj, pikepdf.Dictionary) for page in pdf.pages):
                return "broken"
            return "active" if _is_active(pdf) else ""
    except pikepdf.PasswordError:
        return "locked"


def _is_active(pdf: pikepdf.Pdf) -> bool:
    """Whether opening it could run a program, or another file lies in it. Looks into every object, also unused ones."""
    for found in pdf.objects:
        values = found.stream_dict if isinstance(found, pikepdf.Stream) else found
        kept = isinstance(values, (pikepdf.Dictionary, pikepdf.Array))
        if kept and ACTIVE_NAME.search(values.unparse(resolved=True)) and _names(values) & ACTIVE:
            return True
    return False


def _names(values: pikepdf.Object) -> set[str]:
    """Every name in one object; objects of their own are not followed."""
    names, left = set[str](), [values]
    while left:
        one = left.pop()
        if isinstance(one, pikepdf.Name):
            names.add(str(one))
        elif isinstance(one, pikepdf.Dictionary):
            names.update(one.keys())
            left += [inner for inner in one.as_dict().values() if _is_part(inner)]
        elif isinstance(one, pikepdf.Array):
            left += [inner for inner in one.as_list() if _is_part(inner)]
    return names


def _is_part(value: object) -> bool:
    return isinstance(value, pikepdf.Object) and not value.is_indirect


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
