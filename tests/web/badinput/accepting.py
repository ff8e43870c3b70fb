"""Long texts in two directions: each field that can hold them takes them, and everybody who reads them reads them whole."""

from __future__ import annotations

from typing import Any

from tests.web.badinput.reading import Page, seen
from tests.web.badinput.scenes import Scene
from tests.web.badinput.values import RTL, WORD, long_text, marker


def typed(scene: Scene) -> dict[str, Any]:
    """Everything right, with a long text in each long field and a short one in the other direction in each line."""
    filled: dict[str, Any] = {}
    for name, (kind, limit) in scene.fields.items():
        if kind == "text" and name in scene.good:
            filled[name] = scene.around(name, long_text(name))
        elif kind == "line" and name in scene.good:
            filled[name] = f"{name} {RTL}"[:limit or None]
    return filled


def _dropped(scene: Scene, text: str, wanted: dict[str, Any]) -> list[str]:
    """What the page on which everything is checked once more does not send on as it was typed."""
    standing = Page.of(text).standing()
    return [
        name for name, value in wanted.items() for one in (value if isinstance(value, list) else [value])
        if seen(str(one)) not in standing.get(scene.prefix + name, [""])
    ]


def unread(scene: Scene) -> list[str]:
    """What somebody who should read it cannot read whole, after the form was sent."""
    assert scene.world is not None
    wanted, found = scene.good | typed(scene), []
    for way in scene.ways[-1:] if scene.either else scene.ways:
        answer = scene.post(way, **wanted)
        assert answer.status_code in (200, 303), Page.of(answer.text).words[:600]
        if answer.status_code == 200:
            found += [f"{way[0]} does not carry {name} on" for name in _dropped(scene, answer.text, wanted)]
    assert answer.status_code == 303, Page.of(answer.text).words[:600]
    for place in scene.places:
        path = place.path if isinstance(place.path, str) else place.path()
        path = path.replace("<answer>", answer.location)
        shown = place.browser.get(path)
        assert shown.status_code == 200, (path, shown.status_code)
        page = Page.of(shown.text)
        words = page.words
        for name in place.names:
            if seen(str(wanted[name])) not in words:
                found.append(f"{path} does not show {name} whole")
            if name in typed(scene) and not page.turns(WORD if scene.fields[name][0] == "line" else marker(name)):
                found.append(f"{path}: {name} does not find its own direction")
    return found
