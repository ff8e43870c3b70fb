"""The application without a database, to draw letters from records alone."""

from __future__ import annotations

from collections.abc import Callable
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
