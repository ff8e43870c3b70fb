"""CHECK and QUEUE: the page through the application, beside the same page without session, rights and CSRF."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any
from uuid import UUID

from flask import Flask

from portal.accounts.models import UserSession
from portal.app import create_app
from portal.cases.queue import FILTERS
from portal.core.ids import new_token, token_hash
from portal.core.work import Work
from portal.log.operations import add
from portal.settings import load_settings
from portal.web.desk import queue as desk_queue
from portal.web.person import collaborators
from portal.web.shell import guard
from tests.benchmarks.bare import Bare, Page, call, request_for
from tests.benchmarks.filling import Town, key, ref
from tests.benchmarks.measuring import ROUNDS, Line, Rounds, for_seconds, together
from tests.benchmarks.preparing import People
from tests.benchmarks.replaying import Recorder
from tests.benchmarks.stage import SECRET, Stage

THREADS = (1, 4)
READERS = 40
UNAVAILABLE = b"This is our decision and can be contested"


@dataclass
class Pages:
    """The application on this stage, and people who are signed in to it."""

    stage: Stage
    people: People
    town: Town
    recorder: Recorder
    app: Flask

    @classmethod
    def open(cls, stage: Stage, people: People, town: Town, recorder: Recorder) -> Pages:
        settings = load_settings({"PORTAL_INSTANCE": str(stage.folder / "instance"), "PORTAL_SECRET_KEY": SECRET})
        return cls(stage, people, town, recorder, create_app(settings, clock=stage.clock, database=stage.database))

    def page(self, path: str, person_id: UUID, view: Callable[[], Any]) -> Page:
        """An address as this person opens it, in a session of their own."""
        token = new_token()
        self.people.market.make(lambda work: _session(work, person_id, token))
        serializer: Any = self.app.session_interface
        signed = serializer.get_signing_serializer(self.app).dumps({"_user_id": token, "_fresh": True})
        with self.app.test_request_context("/"):
            guard._begin()
            reader = guard._load(token)
        assert reader is not None
        return Page(path, reader, f"{self.app.config['SESSION_COOKIE_NAME']}={signed}", view)


def _session(work: Work, person_id: UUID, token: str) -> UserSession:
    return add(work, UserSession(
        token_hash=token_hash(token), person_id=person_id, case_ref=None, csrf="c" * 48, stepped_up_at=work.now,
        expires_at=work.now + timedelta(hours=12),
    ))


def check(pages: Pages, seconds: float) -> Iterator[Line]:
    """CHECK: why is my collaborator unavailable."""
    return beside_bare(pages, "CHECK", check_pages(pages), seconds)


def check_pages(pages: Pages) -> list[Page]:
    """Clients all over the data look at freelancers who are unavailable; each has opened it once."""
    town, made = pages.town, []
    unavailable = [case for case in town.acted if case % 2 == 0]
    for case in unavailable[:: max(len(unavailable) // READERS, 1)][:READERS]:
        wanted, client = ref("P", town.about(case)), town.client_of(town.contract_of(case))
        made.append(pages.page(f"/collaborators/{wanted}", UUID(key("person", client)), partial(collaborators.show, wanted)))
    for page in made:
        assert UNAVAILABLE in call(pages.app, page.environ()), page.path
    return made


def queue(pages: Pages, seconds: float) -> Iterator[Line]:
    """QUEUE: the fifty most urgent of all that waits; then each filter, the slowest named."""
    return beside_bare(pages, "QUEUE", queue_pages(pages), seconds, note=_filters(pages))


def queue_pages(pages: Pages) -> list[Page]:
    """Each member of staff opens the desk."""
    made = [pages.page("/desk", staff.person.id, desk_queue.show) for staff in pages.people.staff]
    for page in made:
        assert b"More, less urgent" in call(pages.app, page.environ())
    return made


def _filters(pages: Pages) -> str:
    """How long the slowest filter takes, alone."""
    spent = {}
    reader = pages.people.staff[0].person.id
    for name in FILTERS:
        task = product(pages, pages.page(f"/desk?filter={name}", reader, desk_queue.show))
        task()
        spent[name] = median(1000 / together([task], 1) for _ in range(9))
    slowest = max(spent, key=lambda name: spent[name])
    return f"slowest filter {slowest} {spent[slowest]:.1f} ms, all {spent['all']:.1f} ms"


def product(pages: Pages, page: Page) -> Callable[[], bytes]:
    return lambda: call(pages.app, page.environ())


def beside_bare(pages: Pages, name: str, made: list[Page], seconds: float, note: str = "") -> Iterator[Line]:
    bare = Bare(pages.stage, pages.app)
    bare.learn(pages.recorder, made)
    tasks = {
        "product": [product(pages, page) for page in made],
        "bare": [_bare(bare, f"/rooms/{n}") for n in range(len(made))],
        "driver": [_bare(bare, f"/bare/{n}") for n in range(len(made))],
    }
    stage = pages.stage
    size = len(call(pages.app, made[0].environ()))
    note = "; ".join(part for part in (f"{len(made[0].steps)} statements, {size / 1000:.0f} kB", note) if part)
    for threads in THREADS:
        rounds = Rounds()
        for _ in range(ROUNDS):
            rates = {kind: for_seconds(todo, threads, seconds) for kind, todo in tasks.items()}
            rounds.add(rates.pop("product"), **rates)
        targets: dict[str, float | None] = {"bare": 0.6, "driver": None}
        yield from rounds.lines(name, stage.engine, stage.cases, threads, targets, stage.bytes() / 1e6, note)
    bare.close()


def _bare(bare: Bare, path: str) -> Callable[[], bytes]:
    environ = request_for(path)
    return lambda: call(bare.app, dict(environ))
