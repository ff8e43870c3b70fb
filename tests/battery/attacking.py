"""The attacks of CI in full: every thing of the filled world in every address, and every page in Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from portal.core.database import Database
from tests.attacks.forged import forged, unsafe_routes
from tests.attacks.ground import Ground, stand
from tests.attacks.leaks import in_mail, leaked
from tests.attacks.references import Walk, forms_shown, walk
from tests.attacks.scripts import opened
from tests.web.badinput.offering import changed_by_more
from tests.web.badinput.test_walk import SCENES
from tests.web.badinput.world import opened as opened_world

EVERYTHING = 10**6
Told = tuple[str, list[str]]


def on_ground(url: str, folder: Path, attack: Callable[[Ground], Told]) -> Told:
    """One attack on a world of its own."""
    database = Database(url)
    try:
        return attack(stand(database, folder))
    finally:
        database.dispose()


def references(ground: Ground) -> Told:
    """Another person's reference: everything, from every point of view."""
    made = walk(forms_shown(ground, EVERYTHING), EVERYTHING)
    return f"{made.tried['opened']} pages opened, {len(made.forms)} forms; {made.tried['refused']} requests to refuse", made.wrong


def cross_site(ground: Ground) -> Told:
    """Cross-site requests: every unsafe route."""
    return f"{len(unsafe_routes(ground))} unsafe routes", forged(forms_shown(ground, EVERYTHING))


def leaks(ground: Ground) -> Told:
    """Canaries: mail, logs, every page of everybody for whom they are not."""
    mails, words = in_mail(ground)
    found = leaked(ground, EVERYTHING) + [f"in mail: {one}" for one in words | ground.words.of("\n".join(ground.lines))]
    return f"{len(ground.words.written)} sentences, {mails} mails, {len(ground.lines)} lines of log", found


def scripts(ground: Ground) -> Told:
    """Stored scripts: every page of everybody who may open it, read; those of each kind and with other words, in Chromium."""
    made: Walk = forms_shown(ground, EVERYTHING)
    count, wrong = opened(ground, made.pages)
    return f"{made.tried['opened']} pages read, {count} opened in Chromium", made.markup + made.wrong + wrong


def fields(url: str, folder: Path) -> Told:
    """Fields nobody offered: the columns of all tables, to every form. On SQLite, where rows are put back as a file."""
    if not url.startswith("sqlite"):
        return "on SQLite only", []
    template, wrong = Path(Database(url).url.database or ""), list[str]()
    for name, (_form, make) in sorted(SCENES.items()):
        (folder / name).mkdir()
        with opened_world(folder / name, template) as world:
            scene = make(world)
            scene.world = world
            wrong += [f"{name}: {line}" for line in changed_by_more(scene, every=True)]
        shutil.rmtree(folder / name)
    return f"{len(SCENES)} forms", wrong


ATTACKS = {"REFERENCES": references, "FORGED": cross_site, "LEAKS": leaks, "SCRIPTS": scripts}
