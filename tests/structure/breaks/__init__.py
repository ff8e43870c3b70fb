"""For every sentence of `flask verify`: how somebody who owns the database breaks what it says, and in which row."""

from tests.structure.breaks import (
    appeals,
    cases,
    changing,
    closing,
    disputes,
    enforcement,
    found_anew,
    ledger,
    log,
    notices,
    origin,
    parts,
    reinstatements,
    verification,
)
from tests.structure.breaks.making import Break

ROOMS = (
    appeals, cases, changing, closing, disputes, enforcement, found_anew, ledger, log, notices, origin, parts, reinstatements,
    verification,
)
BREAKS: tuple[Break, ...] = tuple(one for room in ROOMS for one in room.BREAKS)
