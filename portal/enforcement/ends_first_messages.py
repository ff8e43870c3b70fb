"""What the person reads where what was decided ends before our answer to an appeal is due: the end first."""

from __future__ import annotations

from datetime import datetime

from portal.core.i18n import N_, Language

ENDS_FIRST = N_(
    "This measure ends by itself, by %(until)s at the latest: sooner than our answer to an appeal is due. An appeal is "
    "answered all the same, and the answer stays on record."
)


def ends_first_lines(ends_at: datetime | None, zone: str, lang: Language) -> list[str]:
    """That it ends before our answer to an appeal is due, where it does."""
    return [lang.gettext(ENDS_FIRST, until=lang.until(ends_at, zone))] if ends_at is not None else []
