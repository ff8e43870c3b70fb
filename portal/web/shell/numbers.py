"""Numbers of people in words: how the page says one that is too small to be told."""

from __future__ import annotations

from portal.core.counts import FEWEST
from portal.web.shell.context import lang


def counted(number: int | None) -> str:
    """A number as others read it; None: it is too small to be told."""
    return lang().gettext("fewer than %(n)s", n=FEWEST) if number is None else lang().number(number)
