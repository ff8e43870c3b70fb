"""One bad value in one field: the answer says so at the field, keeps everything else, and stores nothing."""

from __future__ import annotations

from typing import Any

from tests.web.badinput.reading import Page, seen
from tests.web.badinput.scenes import Scene
from tests.web.badinput.values import FILES, TYPED, bad_values

REFUSED = (200, 400, 409, 413, 422)


def complaints(scene: Scene) -> list[str]:
    """Everything that is wrong with how the form refuses, over all its fields, values and addresses."""
    found = []
    for name, (kind, limit) in scene.fields.items():
        for way in scene.ways:
            values = list(FILES.values()) if kind == "file" else bad_values(kind, limit)
            for value in values:
                found += [f"{way[0]} {name}={_short(value)}: {line}" for line in _refusal(scene, way, name, kind, value)]
    return found


def _short(value: Any) -> str:
    return repr(value)[:40]


def _refusal(scene: Scene, way: tuple[str, dict[str, Any]], name: str, kind: str, value: Any) -> list[str]:
    assert scene.world is not None
    before = scene.world.rows()
    answer = scene.post(way, **{name: value})
    after = scene.world.rows()
    if answer.status_code not in REFUSED:
        return [f"status {answer.status_code}"]
    found = [f"{table} grew" for table, count in after.items() if count != before[table]]
    page, field_id = Page.of(answer.text), scene.prefix + name
    if not page.messages(field_id):
        found.append(f"no message at the field; the page says {_said(page)}")
    if not page.linked(field_id):
        found.append("the summary does not lead to the field")
    if not page.title.startswith("Error:"):
        found.append(f"the title is {page.title!r}")
    return found if name in scene.elsewhere else found + _lost(scene, page, name, kind, value)


def _said(page: Page) -> str:
    return page.words[:300] if "errors" not in page.root.xpath("string(//*[@role='alert']/@class)") else seen(
        page.root.xpath("string(//*[@role='alert'])"))


def _lost(scene: Scene, page: Page, name: str, kind: str, value: Any) -> list[str]:
    """What was typed and does not stand in the page any more. A file cannot be put back into its field."""
    standing, wanted = page.standing(), dict(scene.good)
    if kind in TYPED:
        wanted[name] = value
    else:
        wanted.pop(name, None)
    kept = {scene.prefix + field: typed for field, typed in wanted.items() if scene.fields.get(field, ("", 0))[0] != "file"}
    return [
        f"lost {field}={_short(one)}" for field, typed in (scene.rest | kept).items()
        for one in (typed if isinstance(typed, list) else [typed]) if one and seen(str(one)) not in standing.get(field, [])
    ]
