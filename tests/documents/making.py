"""Files of every kind for tests, and an intake that examines them in this process."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image

from portal.core.sealing import new_secret, public_of
from portal.core.store import FolderStore
from portal.documents.examine import verdict
from portal.documents.examiner import examine_apart
from portal.documents.intake import Examine, Intake, Taken
from portal.documents.rules import MOST_PAGES, MOST_PIXELS

SECRET = new_secret()


def png(width: int = 60, height: int = 40) -> bytes:
    return picture("RGB", "PNG", width, height)


def jpeg(width: int = 60, height: int = 40) -> bytes:
    return picture("RGB", "JPEG", width, height)


def picture(mode: str, kind: str, width: int = 60, height: int = 40, **how: Any) -> bytes:
    """A picture of noise, as Pillow saves it."""
    made = io.BytesIO()
    Image.effect_noise((width, height), 60).convert(mode).save(made, kind, **how)
    return made.getvalue()


def said() -> Image.Exif:
    """What a phone says in a picture: words, numbers, and where it was taken."""
    made = Image.Exif()
    made[0x010F], made[0x0112], made[0x9286] = "Phone", 6, "Words"
    made.get_ifd(0x8825)[1] = "N"
    return made


def pdf(pages: int = 1, *, owner: str = "", user: str = "", tight: bool = False, script: str = "") -> bytes:
    made, document = io.BytesIO(), pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=(200, 200))
    if script:
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=script)
    locked = pikepdf.Encryption(owner=owner, user=user) if owner or user else None
    streams = pikepdf.ObjectStreamMode.generate if tight else pikepdf.ObjectStreamMode.preserve
    document.save(made, encryption=locked or False, object_stream_mode=streams)
    return made.getvalue()


def archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("a.txt", "hello")
    return made.getvalue()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(side: int = 12_000) -> bytes:
    """144 megapixels in a few kilobytes."""
    rows = zlib.compress(bytes((side // 8 + 1) * side), 9)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


SAMPLES = {"image/png": png(), "image/jpeg": jpeg(), "application/pdf": pdf()}


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


def examine_here(content: bytes) -> str:
    """The same examination without a process of its own: what is raised is a broken file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return verdict(content, MOST_PIXELS, MOST_PAGES)
        except Exception:
            return "broken"


def intake_in(folder: Path, *, apart: bool = False) -> Intake:
    examine: Examine = examine_apart if apart else examine_here
    return Intake(FolderStore(folder), public_of(SECRET), examine=examine)


def take(intake: Intake, content: bytes, name: str = "photo.png") -> Taken:
    return intake.take(io.BytesIO(content), name)
