"""From when to when a decision lasts, and that its single things may have days of their own within it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.enforcement.fields import Fields
from portal.enforcement.models import Measure
from portal.enforcement.own_days import Within, own_span


@dataclass(frozen=True, slots=True)
class Times:
    """When an action takes effect, and when it ends or is reviewed; `usual`: when a termination would after its notice."""

    effective_at: datetime
    ends_at: datetime | None
    review_at: datetime | None
    usual: datetime | None = None


def own_times(fields: Fields, whole: Within, *, to_the_end: bool = False) -> Times:
    """From the first start to the last end of what is taken away; `to_the_end`: money is on hold as long as the whole.

    Errors: those of `own_span`.
    """
    if fields.measure is not Measure.RESTRICTION:
        return Times(whole.starts_at, whole.ends_at, None)
    starts_at, ends_at = own_span(fields.scope, fields.own, whole)
    return Times(whole.starts_at if to_the_end else starts_at, whole.ends_at if to_the_end else ends_at, None)
