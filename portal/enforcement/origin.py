"""How a case came to us. What was reported says so; a form can add a machine to it, and never take one away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from portal.cases.models import Report, ReportSource
from portal.enforcement.fields import Fields


def with_origin(fields: Fields, reports: Sequence[Report]) -> Fields:
    """The form with the source that goes on record: detection where nothing else reported it, whatever the form says.

    Elsewhere it is what the reviewer says, else the first report's, else our own look.
    """
    if all(report.source == ReportSource.DETECTION for report in reports) and reports:
        return replace(fields, source=ReportSource.DETECTION, automated_detection=True)
    return replace(fields, source=fields.source or (reports[0].source if reports else ReportSource.REVIEWER))


def detected_alone(sources: Collection[str], source: str | None, *, automated_detection: bool) -> bool:
    """Whether a machine noticed it and nobody reported it: a second person signs then. Source: DESIGN 2.3.

    `sources` of the reports of the case decide; only where there is none do the source and the tick on record.
    """
    if sources:
        return set(sources) == {ReportSource.DETECTION}
    return automated_detection or source == ReportSource.DETECTION
