"""Every kind of event that the rooms record has words on the desk's timelines."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

from portal.appeals.closing import HINDERED_BY, HINDERS, LASTING, LATER
from portal.ledger.adjustment_models import AdjustmentOutcome
from portal.ledger.models import PayoutState
from portal.ledger.refund_models import RefundState
from portal.settings import ROOT
from portal.verification.models import ReviewOutcome
from portal.web.desk.event_words import EARLIER, EVENTS
from portal.web.desk.words import KINDS

ENDINGS = {
    "adjustment.": list(AdjustmentOutcome), "identity.": list(ReviewOutcome), "payout.": list(PayoutState),
    "refund.": list(RefundState)[1:],
}


def recorded() -> Iterator[str]:
    """The second argument of each call of `record`: a text, a name that stands for one, or a text with an ending."""
    for path in sorted((ROOT / "portal").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "record" and node.args[1:]:
                yield from kinds_of(node.args[1], path)


def kinds_of(kind: ast.expr, path: Path) -> list[str]:
    if isinstance(kind, ast.Constant):
        return [str(kind.value)]
    if isinstance(kind, ast.Name):
        module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        return [str(getattr(importlib.import_module(module), kind.id))]
    assert isinstance(kind, ast.JoinedStr), f"{path}: a kind of event that no test can read"
    start = kind.values[0]
    assert isinstance(start, ast.Constant)
    return [f"{start.value}{ending}" for ending in ENDINGS[str(start.value)]]


def test_every_kind_of_event_has_words() -> None:
    found = set(recorded())
    assert len(found) > 50
    assert sorted(found - EVENTS.keys()) == []


def test_no_words_for_what_never_happens() -> None:
    assert sorted(EVENTS.keys() - set(recorded()) - EARLIER) == []


def opened() -> Iterator[str]:
    """The third argument of each call of `open_item`, where it is a text or a name that stands for one."""
    for path in sorted((ROOT / "portal").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if named and node.func.id == "open_item" and isinstance(node.args[2], ast.Constant | ast.Name):
                yield from kinds_of(node.args[2], path)


def test_every_kind_of_work_has_words() -> None:
    found = set(opened())
    assert {"identity", "identity_talk", "restriction_review"} <= found
    assert sorted(found - KINDS.keys()) == []


def test_every_kind_of_work_is_known_where_a_case_is_closed() -> None:
    known = {*HINDERED_BY, *LATER, *LASTING}
    assert sorted(set(opened()) - known) == [] and sorted(KINDS.keys() ^ known) == []
    assert set(HINDERED_BY.values()) <= HINDERS.keys()
