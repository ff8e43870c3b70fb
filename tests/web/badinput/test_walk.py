"""Every field of every form: bad input is said at the field, nothing typed is lost, no act is stored; more fields than it has
change nothing; long texts are taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.badinput.accepting import unread
from tests.web.badinput.every import LOADED
from tests.web.badinput.offering import changed_by_more
from tests.web.badinput.scenes import SCENES, Scene
from tests.web.badinput.walking import complaints
from tests.web.badinput.world import opened

assert LOADED


@pytest.fixture(scope="module", params=sorted(SCENES))
def moment(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One form at its moment, in a world of its own."""
    with opened(tmp_path_factory.mktemp("world"), sqlite_template) as world:
        made = SCENES[request.param][1](world)
        made.world = world
        yield made


def test_bad_input_is_said_at_the_field_and_nothing_is_lost_or_stored(moment: Scene) -> None:
    found = complaints(moment)
    assert not found, "\n".join(found)


def test_fields_that_nobody_offered_change_nothing(moment: Scene) -> None:
    found = changed_by_more(moment, every=False)
    assert not found, "\n".join(found)


def test_right_to_left_text_and_20_000_words_are_accepted_and_shown_whole(moment: Scene) -> None:
    found = unread(moment)
    assert not found, "\n".join(found)
