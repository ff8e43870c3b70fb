"""The same page without session, rights and CSRF, twice: by the same functions, and as nothing but its SQL and template."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import Flask, before_render_template, g
from flask.wrappers import Response
from werkzeug.test import EnvironBuilder

from portal.web.person import quoting
from portal.web.shell import context
from portal.web.shell.guard import SignedIn
from portal.web.shell.promise_notes import promise_notes
from tests.benchmarks.replaying import Recorder, Step, run
from tests.benchmarks.stage import Stage

ASKS = "promise_notes"
"""The one name by which a template asks the database itself."""


@dataclass
class Page:
    """One address as one signed-in person opens it."""

    path: str
    reader: SignedIn
    cookie: str
    view: Callable[[], Any]
    steps: list[Step] = field(default_factory=list)
    template: str = ""
    context: dict[str, Any] = field(default_factory=dict)
    _environ: dict[str, Any] = field(default_factory=dict)

    def environ(self) -> dict[str, Any]:
        """What a server hands to the application, fresh each time."""
        if not self._environ:
            builder = EnvironBuilder(self.path, base_url="https://localhost", headers=[
                ("Cookie", self.cookie), ("Accept-Language", "en"), ("Sec-Fetch-Site", "same-origin"), ("User-Agent", "none"),
            ])
            self._environ = builder.get_environ()
        return dict(self._environ)


def call(app: Flask, environ: dict[str, Any], status: str = "200") -> bytes:
    """One request, without a server. Errors: RuntimeError when it is not answered with that status."""
    said: list[str] = []

    def start(status: str, _headers: Any, _error: Any = None) -> Callable[[bytes], object]:
        said.append(status)
        return lambda _data: None

    answer: Iterable[bytes] = app(environ, start)
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    if not said[0].startswith(status):
        raise RuntimeError(f"{environ['PATH_INFO']}: {said[0]}")
    return body


class Bare:
    """An application with two routes and nothing before them; it shares templates and filters with the product."""

    def __init__(self, stage: Stage, app: Flask) -> None:
        self._stage, self._office = stage, app.extensions["office"]
        self.app = Flask("bare", static_folder=None)
        self.app.extensions = app.extensions
        self.app.jinja_env = app.jinja_env
        self.app.context_processor(context._shared)
        self.app.context_processor(lambda: {"quoted": quoting.quoted})
        self.app.add_url_rule("/rooms/<int:n>", "rooms", self.rooms)
        self.app.add_url_rule("/bare/<int:n>", "bare", self.bare)
        self.app.add_url_rule("/static/<name>", "static")
        self.pages: list[Page] = []
        self._connections: list[Any] = []

    def rooms(self, n: int) -> Any:
        """The view as it is, for somebody who is simply there."""
        page = self.pages[n]
        with self._office.database.read() as session:
            g.reading, g.db, g.now, g._login_user = None, session, self._office.clock(), page.reader
            return page.view()

    def bare(self, n: int) -> Response:
        """The statements that the view issues, by the plain driver, and its template with the same values."""
        page = self.pages[n]
        g.now, g._login_user, g.db = self._office.clock(), page.reader, None
        connection = self._connections.pop() if self._connections else self._stage.connect(self._stage.url, read_only=True)
        run(connection.cursor(), page.steps)
        self._connections.append(connection)
        return self.app.make_response(self.app.jinja_env.get_template(page.template).render(page.context))

    def learn(self, recorder: Recorder, pages: list[Page]) -> None:
        """Notes what each page asks of the database and what its template is given."""
        self.pages = pages

        def note(_app: Flask, template: Any, context: dict[str, Any], **_more: Any) -> None:
            seen.append((template.name, dict(context)))

        for n, page in enumerate(pages):
            seen: list[tuple[str, dict[str, Any]]] = []
            with self._asked() as answers, before_render_template.connected_to(note, self.app), recorder.steps() as steps:
                whole = call(self.app, request_for(f"/rooms/{n}"))
            page.steps, (page.template, page.context) = steps, seen[0]
            page.context[ASKS] = partial(_again, answers)
            assert len(call(self.app, request_for(f"/bare/{n}"))) == len(whole), page.path

    @contextmanager
    def _asked(self) -> Iterator[dict[str, list[str]]]:
        """What the template itself asks for meanwhile, by the reference that it is about."""
        answers, known = dict[str, list[str]](), self.app.jinja_env.globals

        def ask(ref: str, *, mine: bool = True) -> list[str]:
            answers[ref] = promise_notes(ref, mine=mine)
            return answers[ref]

        known[ASKS] = ask
        yield answers
        known[ASKS] = promise_notes

    def close(self) -> None:
        while self._connections:
            self._connections.pop().close()


def _again(answers: dict[str, list[str]], ref: str, *, mine: bool = True) -> list[str]:
    """What was answered when the page was learnt."""
    return answers[ref]


def request_for(path: str) -> dict[str, Any]:
    return EnvironBuilder(path, base_url="https://localhost", headers=[("Accept-Language", "en")]).get_environ()
