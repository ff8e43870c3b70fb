"""One place that turns refusals into pages: what happened, what to do next, and that nothing typed is lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from flask import Flask, Response, current_app, g, redirect, render_template, request
from flask_login import AnonymousUserMixin
from werkzeug.datastructures import LanguageAccept
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_accept_header

from portal.core.database import DatabaseFailed, passes
from portal.core.errors import Busy, NotFound, Refusal, StepUpNeeded, TooMany
from portal.core.i18n import LANGUAGES, N_, language
from portal.surviving import log_line, places
from portal.web.shell import guard
from portal.web.shell.context import lang
from portal.web.shell.replay import keep, send_again
from portal.web.shell.stepping import step_up_page

TITLES = {
    400: N_("We could not read this request"),
    403: N_("This is not possible with your account"),
    404: N_("We found nothing here"),
    405: N_("This address does not take that"),
    408: N_("This took too long to arrive"),
    409: N_("Somebody else was faster"),
    413: N_("This is too large to send"),
    422: N_("This is not possible"),
    429: N_("Please wait a little"),
    500: N_("Something went wrong on our side"),
    503: N_("We are busy at this moment"),
}
HAPPENED = {
    400: N_("Please go back and try again."),
    404: N_("The address may be wrong, or the page is not for you to see. We say the same in both cases."),
    408: N_("Your browser sent it so slowly that we stopped waiting. Nothing was stored. Please go back and send it again."),
    413: N_("The form is larger than we can take. Nothing was stored."),
    500: N_("It is our mistake, not yours. Nothing was changed. Please try again in a moment."),
}


PLACES = 12
"""How many places of a mistake its line in the log names: from where it happened to what of ours led there."""


def prepare(app: Flask) -> None:
    app.log_exception = lambda exc_info: None  # type: ignore[method-assign]  # `_broken` says it, once
    app.register_error_handler(Refusal, _said_anyway(_refused))
    app.register_error_handler(HTTPException, _said_anyway(_http))
    app.register_error_handler(DatabaseFailed, _out_of_reach)
    app.register_error_handler(500, _broken)
    app.after_request(_say_when)


def page_of(app: Flask) -> Callable[[int, dict[str, Any]], tuple[int, list[tuple[str, str]], bytes]]:
    """What is said to whom nobody has begun to answer: a page in the browser's language, the same for everybody, drawn once."""

    @cache
    def drawn(status: int, code: str, method: str) -> bytes:
        with app.test_request_context("/", method=method, headers={"Accept-Language": code}):
            _as_a_stranger()
            happened = lang().refusal(Busy()) if status == Busy.status else lang().gettext(HAPPENED[status])
            text, _ = _page(status, happened, bare=True)
        return text.encode()

    @lru_cache(maxsize=100)
    def code_of(accepted: str) -> str:
        best = parse_accept_header(accepted, LanguageAccept).best_match([one.code for one in LANGUAGES])
        return language(best).code

    def page(status: int, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
        headers = [*guard.HEADERS.items(), ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"),
                   ("Connection", "close"), ("Retry-After", guard.TRY_AGAIN)]
        method = "POST" if environ["REQUEST_METHOD"] == "POST" else "GET"
        return status, headers, drawn(status, code_of(environ.get("HTTP_ACCEPT_LANGUAGE", "")[:200]), method)

    return page


def _said_anyway(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A refusal is a page, which says who is reading: where the database does not tell that, this is said in its place."""

    def handle(error: Any) -> Any:
        try:
            return handler(error)
        except DatabaseFailed as failed:
            return _out_of_reach(failed, refused=True)

    return handle


def _say_when(response: Response) -> Response:
    """Programs read how long to wait, as people do."""
    seconds = g.get("retry_after")
    if response.status_code == TooMany.status and seconds:
        response.headers["Retry-After"] = str(seconds)
    return response


def _page(status: int, happened: str, reference: str = "", *, bare: bool = False) -> tuple[str, int]:
    title = lang().gettext(TITLES.get(status, TITLES[400]))
    steps: list[Any] = [(lang().gettext("Go to the start page"), "/")]
    kept = ""
    if request.method == "POST" and (request.form or bare or status == 413) and status != 404:
        kept = lang().gettext("Go back in your browser: what you typed is still in the form.")
    return render_template(
        "shell/error.html", code=status, title=title, happened=happened, next_steps=steps, kept=kept, reference=reference,
        errors=[], bare=bare or status >= 500,
    ), status


def message_of(error: Refusal) -> str:
    """The refusal in the reader's language; how long to wait goes with the answer as well."""
    if isinstance(error, TooMany):
        g.retry_after = error.seconds
    return lang().refusal(error)


def _refused(error: Refusal) -> Any:
    if isinstance(error, StepUpNeeded):
        if request.method == "GET":
            return redirect(f"/step-up?next={quote(request.full_path.rstrip('?'), safe='')}")
        return step_up_page([], "", keep()), 403
    if isinstance(error, NotFound):
        return _page(404, lang().gettext(HAPPENED[404]))
    return _busy() if isinstance(error, Busy) else _page(error.status, message_of(error))


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    happened = HAPPENED.get(status) or HAPPENED[400]
    return _page(status if status in TITLES else 400, lang().gettext(happened))


def _out_of_reach(error: DatabaseFailed, *, refused: bool = False) -> Any:
    """The database does not answer, also not to somebody who only reads; what is no such thing is a mistake of ours.

    `refused`: what was sent is not taken, whenever it comes, so nobody is offered to send it again.
    """
    if not passes(error):
        return _broken(error)
    current_app.logger.warning("the database does not answer at %s: %s", request.endpoint, type(error.orig).__name__)
    _as_a_stranger()
    return _busy(refused=refused)


def _busy(*, refused: bool = False) -> Any:
    """What was typed goes on with one button; who only reads comes again."""
    again = None if refused else send_again()
    return (again, Busy.status) if again else _page(Busy.status, lang().refusal(Busy()))


def _as_a_stranger() -> None:
    """The page about what went wrong asks the database nothing, not even who is reading: it is in the browser's language."""
    g.pop("lang", None)
    g._login_user = AnonymousUserMixin()


def _broken(error: Exception) -> Any:
    """A mistake of ours. The log says in one line where, never what people wrote; the page has its number."""
    reference, cause = uuid4().hex[:12], getattr(error, "original_exception", None) or error
    log_line("error", level=logging.ERROR, log=current_app.logger, reference=reference, endpoint=request.endpoint,
             error=type(cause).__name__, at=places(cause.__traceback__, PLACES))
    _as_a_stranger()
    return _page(500, lang().gettext(HAPPENED[500]), reference)
