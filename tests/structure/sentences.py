"""Every sentence that `flask verify` can say, read from the code that proves: with "…" for each value in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from portal.settings import ROOT

VALUE, FEWEST_WORDS = "…", 3
"""What stands for a value, and from how many words on a text is a sentence or the part of one that says what is wrong."""
WORD, SQL = re.compile(r"\b[a-z]+\b"), re.compile(r"\bSELECT\b|::text|typeof|strftime")
ALSO = {"portal/readable.py": (), "portal/verify.py": ("carried_out",), "portal/log/checkpoints.py": ("head_of", "verify_note")}
"""What else `flask verify` says besides the checks of the rooms: of which files, and of which functions there (or all)."""


def proving() -> list[Path]:
    """The files whose sentences are those of `flask verify`."""
    return sorted([*(ROOT / "portal").rglob("*checks.py"), *(ROOT / name for name in ALSO)])


def sentences() -> dict[str, str]:
    """Each sentence, and where it stands."""
    return {text: place for file in proving() for place, text in _in_file(file)}


def _in_file(file: Path) -> Iterator[tuple[str, str]]:
    name = file.relative_to(ROOT).as_posix()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        if ALSO.get(name, ()) and function.name not in ALSO[name]:
            continue
        for text in _texts(function):
            if len(WORD.findall(text)) >= FEWEST_WORDS and not SQL.search(text):
                yield f"{name}, {function.name}", text.strip(f"{VALUE} ")


def _texts(function: ast.FunctionDef) -> Iterator[str]:
    """What a function writes out, with a sign for each value; its own explanation is none of it."""
    nodes = [node for statement in function.body for node in ast.walk(statement)]
    inner = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    explained = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else VALUE for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (inner | explained):
            yield node.value
