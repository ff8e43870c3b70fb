"""A page that takes a field which its form has not is found by the walk with more fields."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import request

from portal.core.work import Operation
from portal.web.person import reports
from portal.web.person.sending import carry_out
from portal.web.shell.forms import PortalForm
from tests.web.badinput import person_scenes
from tests.web.badinput.offering import changed_by_more
from tests.web.badinput.world import opened


def _mistaken(form: PortalForm, operation: Operation, args: Callable[[], dict[str, Any]]) -> Any:
    """What is sent as `body` is stored, though no form has it."""
    return carry_out(form, operation, lambda: args() | {"happened": request.form.get("body", args()["happened"])})


def test_a_field_that_is_taken_from_the_request_is_found(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "carry_out", _mistaken)
    with opened(tmp_path, sqlite_template) as world:
        scene = person_scenes.a_report(world)
        scene.world = world
        assert any(line.startswith("report.body is") for line in changed_by_more(scene, every=False))
