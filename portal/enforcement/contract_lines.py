"""How a contract goes on while one side of it cannot work, as the other side reads it: only the ways that are possible."""

from __future__ import annotations

from portal.contracts.models import Contract
from portal.core.i18n import N_, Language
from portal.enforcement.models import Measure

PAID_AS_AGREED = N_("You can end it at any time. Work that was delivered is still paid as agreed.")
STOPS_WORK: dict[Measure, tuple[str, tuple[str, str]]] = {
    Measure.SUSPENSION: (N_("Your contract “%(title)s” stays open, but no work is done on it meanwhile."), (
        N_("On its page you can both choose how it goes on: finish or hand over."),
        N_("On its page you can both choose how it goes on: finish, hand over or settle."),
    )),
    Measure.TERMINATION: (N_("Your contract “%(title)s” stays open, but no work is done on it any more."), (
        N_("On its page you can both choose to hand over what exists."),
        N_("On its page you can both choose to hand over what exists, or to settle."),
    )),
}
"""What makes somebody unavailable: what becomes of an open contract, and the ways on without and with money to divide."""


def contract_line(contract: Contract, lang: Language, measure: Measure, *, settles: bool) -> str:
    """How a contract goes on, with the ways that are possible: nobody finishes with a closed account, or settles nothing."""
    if contract.ended_on is not None:
        return lang.gettext(N_("Your contract “%(title)s” has ended. Its work stays as it is."), title=contract.title)
    if measure in STOPS_WORK:
        stays, ways = STOPS_WORK[measure]
        return f"{lang.gettext(stays, title=contract.title)} {lang.gettext(PAID_AS_AGREED)} {lang.gettext(ways[settles])}"
    return lang.gettext(N_("Your contract “%(title)s” goes on as agreed."), title=contract.title)
