"""The real browser of the tests."""

from __future__ import annotations

import os

from playwright.sync_api import Browser, Playwright

PLACES = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
"""The first is the same browser without a window and menus of its own, and each page costs it half: used where it is there."""
WITH = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]


def launched(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=next(filter(os.path.exists, PLACES), PLACES[-1]), args=WITH)
