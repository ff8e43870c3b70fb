"""Windows of the journeys' browser: one that somebody has left is emptied and lent to the next, for opening one costs Chromium
more than five pages do."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, WebError, expect

EMPTY = "about:blank"
PATIENCE = 60_000
"""Milliseconds for what has to come: how soon it does says how busy the machine is."""
expect.set_options(timeout=PATIENCE)


class Windows:
    """Each is a context of its own, with cookies of its own; who gets one cannot tell that somebody had it before.

    What pages keep beside cookies lies under the address of their portal, and each test's portal has its own port.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[Page]] = {}
        self._lent: dict[Page, tuple[str, Any]] = {}

    def lend(self, **options: Any) -> Page:
        """A window that shows nothing and in which nobody is signed in."""
        kind = repr(sorted(options.items()))
        free = self._free.setdefault(kind, [])
        page = free.pop() if free else _heard(self._browser.new_context(locale="en-GB", **options)).new_page()
        self._lent[page] = kind, page.viewport_size
        return page

    def take_back(self, *pages: Page) -> None:
        """Empties these, or all that are lent; what is shut, or cannot be emptied, is not lent again."""
        for page in pages or tuple(self._lent):
            kind, size = self._lent.pop(page)
            try:
                _empty(page, size)
                self._free[kind].append(page)
            except Error:
                page.context.close()


def _heard(context: BrowserContext) -> BrowserContext:
    """A context in which no page may break the security policy, or have a script that fails."""
    context.set_default_timeout(PATIENCE)
    context.on("console", _said)
    context.on("weberror", _failed)
    return context


def _said(message: ConsoleMessage) -> None:
    if "Content Security Policy" in message.text:
        pytest.fail(message.text)


def _failed(error: WebError) -> None:
    pytest.fail(f"script error: {error.error}")


def _empty(page: Page, size: Any) -> None:
    for other in page.context.pages:
        if other is not page:
            other.close()
    page.goto(EMPTY)
    page.set_viewport_size(size)
    page.context.clear_cookies()
