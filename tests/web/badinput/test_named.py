"""The cases of bad input that have names: each message by its words, at its field, with nothing lost and nothing stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from portal.appeals.operations import draw_again
from portal.core.access import Role
from portal.core.text import TEXT_LIMIT
from portal.enforcement.handing import hand_over
from portal.enforcement.operations import lift_action
from tests.enforcement.conftest import Desk
from tests.web.badinput.desk_scenes import a_second_signature
from tests.web.badinput.letter_scenes import a_decision_in_place_of_another, writing_the_decision
from tests.web.badinput.reading import Page, seen
from tests.web.badinput.redress_scenes import answering_an_appeal
from tests.web.badinput.scenes import Scene
from tests.web.badinput.stages import only_case
from tests.web.badinput.values import NUL
from tests.web.badinput.world import World, opened

Maker = Callable[[World], Scene]
WORDS: list[tuple[str, Any, str]] = [
    ("measure", "exile", "Choose what should follow"),
    ("facts", "Stacy paid and nothing came.", "at least 40 characters, you wrote 28"),
    ("objects", [], "Tick at least one contract, message or document, or name a listing."),
    ("hold_amount", "400.01", "This is more than was agreed for the milestone"),
    ("hold_amount", "€400.00", "This amount is in another currency. Write it in USD."),
    ("facts", NUL, "contains a character that cannot be stored"),
    ("why", "y" * (TEXT_LIMIT + 1), "at most 300000 characters, yours has 300001"),
]


@pytest.fixture(scope="module")
def worlds(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Maker], Scene]]:
    """Opens a world for a scene, once for each scene."""
    with ExitStack() as stack:
        known: dict[str, Scene] = {}

        def opening(make: Maker) -> Scene:
            if make.__name__ not in known:
                world = stack.enter_context(opened(tmp_path_factory.mktemp("named"), sqlite_template))
                known[make.__name__] = make(world)
                known[make.__name__].world = world
            return known[make.__name__]

        yield opening


def refused(scene: Scene, way: int = -1, **other: Any) -> tuple[int, Page]:
    """Posts it; nothing may be stored."""
    assert scene.world is not None
    before = scene.world.rows()
    answer = scene.post(scene.ways[way], **other)
    assert scene.world.rows() == before
    return answer.status_code, Page.of(answer.text)


@pytest.mark.parametrize(("name", "value", "message"), WORDS)
@pytest.mark.parametrize("way", [0, 1], ids=["preview", "issue"])
def test_the_decision_says_what_is_wrong_at_the_field(
    worlds: Callable[[Maker], Scene], name: str, value: Any, message: str, way: int
) -> None:
    scene = worlds(writing_the_decision)
    status, page = refused(scene, way, **{name: value})
    assert status == 422
    assert message in " ".join(page.messages(name))
    assert seen(scene.good["weighed"]) in page.standing()["weighed"]


@pytest.mark.parametrize("way", [0, 1], ids=["preview", "issue"])
def test_a_clause_that_did_not_bind_that_day(worlds: Callable[[Maker], Scene], way: int) -> None:
    scene = worlds(writing_the_decision)
    assert scene.world is not None
    older = str(Desk(scene.world.market, scene.world.story, only_case(scene.world)).clause(year=2024))
    status, page = refused(scene, way, clause_version_id=older)
    assert status == 422
    assert "a later version of rule" in " ".join(page.messages("clause"))
    assert seen(scene.good["facts"]) in page.standing()["facts"]


@pytest.mark.parametrize("value", [NUL, "x" * (TEXT_LIMIT + 1)], ids=["empty character", "too long"])
def test_a_draft_that_cannot_be_kept_says_so_at_the_field(worlds: Callable[[Maker], Scene], value: str) -> None:
    scene = worlds(writing_the_decision)
    assert scene.world is not None
    path = scene.ways[0][0].replace("/preview", "/draft")
    answer = scene.post((path, {"go": "keep"}), facts=value)
    page = Page.of(answer.text)
    assert (answer.status_code, len(page.messages("facts"))) == (422, 1)
    assert page.standing()["facts"] == [seen(value)]
    assert seen(scene.good["weighed"]) in page.standing()["weighed"]
    assert scene.post((path, {}), facts=value).status_code == 422


def test_a_stale_decision_keeps_everything(worlds: Callable[[Maker], Scene]) -> None:
    scene = worlds(writing_the_decision)
    status, page = refused(scene, version="0")
    assert status == 409
    assert "Somebody has changed this meanwhile" in page.words
    for name in ("facts", "why", "spoke_for", "weighed", "would_change", "hold_amount"):
        assert seen(scene.good[name]) in page.standing()[name]


def test_a_decision_given_to_somebody_else_meanwhile_loses_nothing(sqlite_template: Path, tmp_path: Path) -> None:
    with opened(tmp_path, sqlite_template) as world:
        scene = writing_the_decision(world)
        scene.world, ref = world, scene.ways[0][0].split("/")[3]
        lee, ola = world.market.staff("Lee Ahn", Role.LEAD), world.story.ola
        case_ref = only_case(world)
        world.market.do(hand_over, lee.actor, case_ref=case_ref, what=ref, to=ola.handle, reason="Rae is on leave.")
        for way in (0, 1):
            status, page = refused(scene, way)
            assert status == 403
            assert f"Reviewer {ola.handle}" in page.words
            assert all(seen(scene.good[name]) in page.words for name in ("facts", "why", "spoke_for", "weighed"))


def test_a_decision_to_replace_that_is_gone_meanwhile_is_named_and_nothing_is_lost(sqlite_template: Path, tmp_path: Path) -> None:
    with opened(tmp_path, sqlite_template) as world:
        scene = a_decision_in_place_of_another(world)
        scene.world, old = world, scene.hidden["supersedes"]
        assert scene.post(scene.ways[0]).status_code == 200
        cases = [("A-22222222", "A-22222222 cannot be replaced any more"), (NUL, "contains a character that cannot be stored")]
        for value, message in cases:
            for way in (0, 1):
                _refused_whole(scene, way, message, supersedes=value)
        version = Desk(world.market, world.story, only_case(world)).action(old).version
        world.market.do(lift_action, world.story.rae.actor, action_ref=old, version=version, reason="All the drawings came.")
        for way in (0, 1):
            _refused_whole(scene, way, f"{old} cannot be replaced any more", supersedes=old)


def _refused_whole(scene: Scene, way: int, message: str, **other: Any) -> None:
    status, page = refused(scene, way, **other)
    assert status in (409, 422)
    assert message in page.words
    assert all(seen(scene.good[name]) in page.standing()[name] for name in ("facts", "why", "spoke_for", "weighed"))


def test_two_reviewers_sign_and_the_second_loses_nothing(worlds: Callable[[Maker], Scene]) -> None:
    scene = worlds(a_second_signature)
    assert scene.world is not None
    kim = scene.world.browser(scene.world.market.staff("Kim Sato", Role.LEAD))
    (path, button), mine = scene.ways[-1], "I agree: the whole contract shows it, and both were heard."
    assert scene.post(scene.ways[-1]).status_code == 303
    before = scene.world.rows()
    answer = kim.post(path, reason=mine, **button)
    assert (answer.status_code, scene.world.rows() == before) == (409, True)
    assert mine in Page.of(answer.text).words


def test_an_appeal_given_to_somebody_else_meanwhile_loses_nothing(worlds: Callable[[Maker], Scene]) -> None:
    scene = worlds(answering_an_appeal)
    assert scene.world is not None
    ref, lee = scene.ways[0][0].split("/")[3], scene.world.market.staff("Lee Ahn", Role.LEAD)
    scene.world.market.do(draw_again, lee.actor, appeal_ref=ref, version=int(scene.hidden["version"]), reason="On leave.")
    for way in (0, 1):
        status, page = refused(scene, way)
        assert status in (403, 409)
        assert seen(scene.good["reasons"]) in page.words
