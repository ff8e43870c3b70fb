"""Says what a file really is. It runs apart, each file in a child that can do nothing else: a hostile file hurts nobody.

Gate one is libmagic on the content, gate two is opening the whole of it. The word is a media type, or why the file is refused.
Whatever goes wrong in here is a broken file to whoever asked.
"""

from __future__ import annotations

import io
import re

import magic
import pikepdf
from PIL import Image, ImagePalette, MpoImagePlugin, TiffImagePlugin

PICTURES = {"image/jpeg": ("JPEG", b"\xff\xd8\xff"), "image/png": ("PNG", b"\x89PNG\r\n\x1a\n")}
PDF = "application/pdf"
PDF_START = b"%PDF-"
PDF_END = re.compile(rb"(?:\A|[\r\n])%%EOF[ \t]*(?=[\r\n\x00\x1a]|\Z)")
PDF_GOES_ON = re.compile(rb"[\s\x00\x1a]*(?:\Z|\d+\s+\d+\s+obj\b|xref\b|trailer\b|startxref\b|%)")
"""What may stand behind an end: nothing, or a later version of the same file."""
PNG_LAST, PNG_PART = b"IEND", 12
JPEG_START, JPEG_END, MOST_PICTURES = b"\xff\xd8", 0xD9, 8
JPEG_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd8\x01])")
"""A marker with a length behind it, or the end: what stands between the two bytes of others is part of the picture. Of several
\\xff before it the last one is enough: a pattern that takes them all is quadratic where nothing follows."""
ZIP_END, ZIP_END_LENGTH, LONGEST_ZIP_COMMENT = b"PK\x05\x06", 22, 65_535
ZIP_CONTENTS, ZIP64_LOCATOR, ZIP64_LOCATOR_LENGTH = b"PK\x01\x02", b"PK\x06\x07", 20
ACTIVE = {
    "/JavaScript", "/JS", "/Launch", "/EmbeddedFiles", "/EF", "/RichMedia", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE",
    "/XFA",
}
BY_ITSELF, MOST_ACTIONS = ("/OpenAction", "/AA"), 1_000
ACTIVE_NAME = re.compile(b"|".join(re.escape(name.encode()) for name in sorted({*ACTIVE, *BY_ITSELF})))
"""What runs a program, sends something, or reaches for another file, and what happens without a click; a quick look that the
exact one follows."""


def verdict(content: bytes, most_pixels: int, most_pages: int) -> str:
    """A media type, or: type, mixed, tail, behind, pixels, pages, locked, active, broken. May raise what the libraries raise."""
    kind = magic.from_buffer(content, mime=True)
    if kind != PDF and kind not in PICTURES:
        return "type"
    if is_mixed(content, kind):
        return "mixed"
    if kind == "image/png" and _behind_png(content):
        return "tail"
    if kind == "image/jpeg" and _jpeg_end(content) < 0:
        return "broken"  # what the decoder would fill up with grey, now and then without a word
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


def _behind_png(content: bytes) -> bool:
    """Whether something follows the last part of the picture; its parts are skipped by their lengths."""
    place = len(PICTURES["image/png"][1])
    while place + PNG_PART <= len(content):
        length, kind = int.from_bytes(content[place:place + 4], "big"), content[place + 4:place + 8]
        place += length + PNG_PART
        if kind == PNG_LAST:
            return place < len(content)
    return False


def _behind_pdf(content: bytes) -> str:
    """Whether something else stands behind an end of it: a file that has none at all is damaged."""
    ends = [found.end() for found in PDF_END.finditer(content)]
    if not ends:
        return "broken"
    return "" if all(PDF_GOES_ON.match(content, end) for end in ends) else "behind"


def _behind_jpeg(content: bytes) -> bool:
    """Whether something follows the picture: more whole pictures (phones add a smaller one) and zeros are nothing."""
    rest, pictures = content, 0
    while rest.startswith(JPEG_START) and pictures < MOST_PICTURES:
        end, pictures = _jpeg_end(rest), pictures + 1
        if end < 0 or (pictures > 1 and not _has_size(rest[:end])):
            return pictures > 1
        rest = rest[end:].lstrip(b"\x00")
    return bool(rest)


def _has_size(content: bytes) -> bool:
    """Whether this is a picture that can be opened, and not only the frame of one."""
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as picture:
            return min(picture.size) > 0
    except (OSError, SyntaxError, ValueError):
        return False


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
            return "active" if _is_active(pdf) else _behind_pdf(content)
    except pikepdf.PasswordError:
        return "locked"


def _is_active(pdf: pikepdf.Pdf) -> bool:
    """Whether opening it could run a program or call somewhere, or another file belongs to it. Looks into every object, also
    unused ones. A link that waits for a click is none of this."""
    for found in pdf.objects:
        values = found.stream_dict if isinstance(found, pikepdf.Stream) else found
        if isinstance(found, pikepdf.Stream) and "/F" in values:
            return True
        kept = isinstance(values, (pikepdf.Dictionary, pikepdf.Array))
        if kept and ACTIVE_NAME.search(values.unparse(resolved=True)) and (_names(values) & ACTIVE or _calls(values)):
            return True
    return False


def _calls(values: pikepdf.Object) -> bool:
    """Whether an address is called without a click: when the file, a page or a field is opened, seen, or left."""
    left: list[pikepdf.Object] = []
    for one in _parts(values):
        if isinstance(one, pikepdf.Dictionary):
            left += [one[name] for name in BY_ITSELF if name in one]
            left += list(one["/AA"].as_dict().values()) if isinstance(one.get("/AA"), pikepdf.Dictionary) else []
    seen = 0
    while left and seen < MOST_ACTIONS:
        action, seen = left.pop(), seen + 1
        if isinstance(action, pikepdf.Array):
            left += [one for one in action.as_list() if isinstance(one, pikepdf.Dictionary) and "/S" in one]
        elif isinstance(action, pikepdf.Dictionary):
            if action.get("/S") == pikepdf.Name("/URI"):
                return True
            left += [action["/Next"]] if "/Next" in action else []
    return seen >= MOST_ACTIONS


def _parts(values: pikepdf.Object) -> list[pikepdf.Object]:
    """An object and everything that stands in it; objects of their own are not followed."""
    found, left = list[pikepdf.Object](), [values]
    while left:
        one = left.pop()
        found.append(one)
        if isinstance(one, pikepdf.Dictionary):
            left += [inner for inner in one.as_dict().values() if _is_part(inner)]
        elif isinstance(one, pikepdf.Array):
            left += [inner for inner in one.as_list() if _is_part(inner)]
    return found


def _names(values: pikepdf.Object) -> set[str]:
    """Every name in one object; objects of their own are not followed."""
    names = set[str]()
    for one in _parts(values):
        if isinstance(one, pikepdf.Name):
            names.add(str(one))
        elif isinstance(one, pikepdf.Dictionary):
            names.update(one.keys())
    return names


def _is_part(value: object) -> bool:
    return isinstance(value, pikepdf.Object) and not value.is_indirect


def load() -> None:
    """Loads what the libraries would load with their first file: whoever examines can open nothing any more.

    For a locked PDF that is the source of chance (/dev/urandom), which making one opens.
    """
    assert ImagePalette and MpoImagePlugin and TiffImagePlugin
    Image.preinit()
    magic.from_buffer(PDF_START, mime=True)
    pikepdf.new().save(io.BytesIO(), encryption=pikepdf.Encryption(user="locked", owner="locked"))
