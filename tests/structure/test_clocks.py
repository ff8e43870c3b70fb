"""Each promise of ours with a time in which we have to act has a clock that starts, and a handler for when we are late."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from portal import worker  # noqa: F401 - loading it names every handler
from portal.cases.clocks import HANDLERS
from portal.rulebook.checking import read_folder
from portal.rulebook.clause_data import ClauseData
from portal.settings import ROOT

STARTERS = {"start_clock": 1, "give_to_one_of": 4}
"""What starts a clock, and at which place it is told of which kind."""


def in_force() -> dict[str, ClauseData]:
    """The newest version of our promises, by name."""
    files = [one for one in read_folder(ROOT / "policies")[0] if one.slug == "our-promises" and not one.translation]
    newest = max(files, key=lambda one: one.version)
    return {data.promise: data for data in newest.data.values() if data.promise}


@cache
def started() -> set[str]:
    """The kinds that a call starts, written there or in a constant of that name."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "portal").rglob("*.py"))]
    constants: dict[str, set[str]] = {}
    for name, value in (pair for tree in trees for pair in _constants(tree)):
        constants.setdefault(name, set()).add(value)
    found = set[str]()
    for kind in (kind for tree in trees for kind in _kinds(tree)):
        if isinstance(kind, ast.Constant) and isinstance(kind.value, str):
            found.add(kind.value)
        elif isinstance(kind, ast.Name):
            found |= constants.get(kind.id, set())
    return found


def _kinds(tree: ast.Module) -> list[ast.expr]:
    """What stands for the kind in each call that starts a clock, also in calls of a function of the module that is told which."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    known = dict(STARTERS)
    for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
        names = [arg.arg for arg in function.args.args]
        for call in (node for node in ast.walk(function) if node in calls):
            kind = _kind(call, STARTERS)
            if isinstance(kind, ast.Name) and kind.id in names:
                known[function.name] = names.index(kind.id)
    return [kind for kind in (_kind(call, known) for call in calls) if kind is not None]


def _kind(call: ast.AST, known: Mapping[str, int]) -> ast.expr | None:
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return None
    at = known.get(call.func.id, len(call.args))
    return call.args[at] if at < len(call.args) else None


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in (one for one in tree.body if isinstance(one, ast.Assign)):
        for target in node.targets:
            both = (target, node.value)
            pairs = zip(target.elts, node.value.elts, strict=False) if _tuples(*both) else [both]  # type: ignore[attr-defined]
            for name, value in pairs:
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield name.id, value.value


def _tuples(*both: ast.expr) -> bool:
    return all(isinstance(one, ast.Tuple) for one in both)


ANSWERS = sorted(name for name, data in in_force().items() if data.kind == "answer")


@pytest.mark.parametrize("name", ANSWERS)
def test_what_we_have_to_do_in_time_has_a_clock_and_a_handler(name: str) -> None:
    assert name in HANDLERS
    assert name in started()


DUE = r"(?:(?:answer|decide|accept|review|send)_by|due_at|refund_at|expires_at|ends_at|until)"
A_MOMENT = re.compile(rf"\b{DUE}\|instant\b|\binstant\((?:\w+\.)*{DUE},")


def test_no_deadline_is_written_as_a_moment() -> None:
    """Days end at 24:00: `last_day`, `until`, `by` and `at_end` say so, and name the moment only where no day ends with it."""
    files = [path for kind in ("py", "html") for path in (ROOT / "portal").rglob(f"*.{kind}") if path.name != "i18n.py"]
    assert [f"{path.name}: {said[0]}" for path in files for said in A_MOMENT.finditer(path.read_text(encoding="utf-8"))] == []
