"""No page elsewhere makes a browser of ours do anything."""

from __future__ import annotations

import pytest

from portal.web.shell import guard
from tests.attacks.forged import forged, unsafe_routes
from tests.attacks.ground import Ground
from tests.attacks.references import Walk
from tests.attacks.scripts import framable


def test_nothing_unsafe_is_done_without_our_token_and_our_origin(ground: Ground, shown: Walk) -> None:
    assert len(unsafe_routes(ground)) > 100
    wrong = forged(shown)
    assert not wrong, "\n".join(wrong)


def test_a_route_that_takes_forged_requests_is_found(ground: Ground, shown: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [step for step in ground.app.before_request_funcs[None] if step is not guard._refuse_forged]
    monkeypatch.setitem(ground.app.before_request_funcs, None, before)
    wrong = forged(shown, "person.say_need")
    assert any("changed need" in line for line in wrong), wrong


def test_no_page_is_shown_in_a_frame_of_another(ground: Ground, shown: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown.tried["opened"] > 200 and not shown.framed, "\n".join(shown.framed)
    for header in ("Content-Security-Policy", "X-Frame-Options"):
        with monkeypatch.context() as fault:
            fault.delitem(guard.HEADERS, header)
            assert framable(ground.viewer("owner").browser.get("/me")), header
