"""What is taken, how much of it, how it is called, and the sentence for everything that is not taken."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath
from typing import Any

from portal.core.errors import RuleBroken
from portal.core.i18n import N_

MEGABYTE = 1024 * 1024
LARGEST_FILE = 20 * MEGABYTE
MOST_PIXELS = 40_000_000
MOST_PAGES = 500
MOST_FOR_ONE_THING = 10
MOST_IN_A_DAY = 100
LONGEST_NAME = 120
LONGEST_DESCRIPTION = 300

SUFFIXES = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
}
ACCEPT = ",".join([*SUFFIXES, *(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)])
"""For the `accept` attribute of a file field."""

REFUSED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "empty": ("empty_file", N_("This file is empty. Choose the file again, or make a new copy of it."), {}),
    "large": (
        "too_large_file",
        N_("This file is larger than %(limit)s MB. Send a smaller copy, or split it into parts."),
        {},
    ),
    "pixels": (
        "too_large_file",
        N_("This picture has more than %(limit)s million dots. Save it smaller and send it again."),
        {"limit": MOST_PIXELS // 1_000_000},
    ),
    "pages": (
        "too_large_file",
        N_("This PDF has more than %(limit)s pages. Send only the pages that matter."),
        {"limit": MOST_PAGES},
    ),
    "type": (
        "refused_type",
        N_("We take PDF, JPEG and PNG files. Save yours as one of these, or send a photo or a screenshot of it."),
        {},
    ),
    "mixed": (
        "refused_type",
        N_("This file is two kinds of file at once. Save it again as a plain PDF, JPEG or PNG and send that."),
        {},
    ),
    "tail": (
        "refused_type",
        N_("This picture has something hidden behind its end. Open it, save it again and send the new copy."),
        {},
    ),
    "behind": (
        "refused_type",
        N_("This PDF has something behind its end that is not part of it. Print it as a new PDF and send that."),
        {},
    ),
    "active": (
        "refused_type",
        N_("This PDF carries a program or another file inside it, or calls somewhere. Print it as a new PDF and send that."),
        {},
    ),
    "broken": (
        "broken_file",
        N_("We could not open this file: it seems to be damaged. Open it yourself, save it again and send the new copy."),
        {},
    ),
    "locked": (
        "locked_pdf",
        N_("This PDF is locked, so we could not read it. Save or print it as a new PDF without a password and send that."),
        {},
    ),
}


def refusal(why: str, *, field: str | None = None, **params: Any) -> RuleBroken:
    """The refusal of a file, in a sentence that says what to do."""
    code, message, known = REFUSED[why]
    return RuleBroken(code, message, field=field, **(known | params))


_JOINERS = {"\u200c", "\u200d"}
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean_name(filename: str, media_type: str) -> str:
    """The label under which a file is shown: never a path, no control characters, nothing that turns the text around.

    It always ends as files of that type end, whatever it was called, and has at most 120 characters.
    """
    last = filename.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(_shown(c) for c in unicodedata.normalize("NFC", last))
    name = " ".join(shown.split()).strip(". ")
    suffix = PurePosixPath(name).suffix
    right = suffix.lower() in SUFFIXES[media_type] and len(name) > len(suffix)
    stem, end = (name[: -len(suffix)], suffix) if right else (name, SUFFIXES[media_type][0])
    stem = stem[: LONGEST_NAME - len(end)].strip(". ")
    return (stem or "document") + end


def _shown(character: str) -> str:
    """The character itself, a space in place of what only controls, nothing in place of what cannot be seen."""
    if character in _JOINERS or unicodedata.category(character) not in _DROPPED:
        return character
    return " " if unicodedata.category(character) in {"Cc", "Zl", "Zp"} else ""
