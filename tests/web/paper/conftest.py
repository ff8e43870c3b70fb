"""The application without a database, to draw letters from records alone."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from flask import Flask

from portal.app import create_app
from portal.settings import load_settings
from portal.web.shell.paper import pdf_of
from tests.factories.frozen import frozen

Draw = Callable[..., bytes]
SHOWS_TEXT = {"Tj", "TJ", "'", '"'}


@pytest.fixture(scope="session")
def drawing_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("instance")
    return create_app(load_settings({"PORTAL_INSTANCE": str(folder)}))


@pytest.fixture(scope="session")
def draw_letter(drawing_app: Flask) -> Draw:
    """The PDF of a record in which some parts are otherwise."""
    return lambda number=1, **other: pdf_of(drawing_app, frozen(**other), number)


def text_of(content: bytes) -> str:
    """All the text of a PDF, as a program that copies it reads it."""
    pdf = pypdfium2.PdfDocument(content)
    return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


def walk(element: Any) -> Any:
    """Every element of a structure tree, in the order in which it is read."""
    if isinstance(element, pikepdf.Dictionary) and "/S" in element:
        yield element
        kids = element.get("/K", pikepdf.Array())
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            yield from walk(kid)


def sound(content: bytes, folder: Path) -> None:
    """`qpdf --check` finds nothing wrong with a PDF."""
    file = folder / "letter.pdf"
    file.write_bytes(content)
    checked = subprocess.run(["qpdf", "--check", file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "No syntax or stream encoding errors found" in checked.stdout


def tagged(pdf: pikepdf.Pdf) -> None:
    """Text is shown only inside of marked content, and the structure knows each of these marks."""
    places = dict(zip(*[iter(pdf.Root.StructTreeRoot.ParentTree.Nums)] * 2, strict=True))
    for page in pdf.pages:
        open_marks, marked = [], set()
        for operands, operator in pikepdf.parse_content_stream(page):
            if str(operator) in ("BDC", "BMC"):
                open_marks.append(str(operands[0]))
                if len(operands) > 1 and "/MCID" in operands[1]:
                    marked.add(int(operands[1].MCID))
            elif str(operator) == "EMC":
                open_marks.pop()
            elif str(operator) in SHOWS_TEXT:
                assert open_marks, "text without a tag"
        known = places[int(page.StructParents)]
        assert marked and max(marked) < len(known)
