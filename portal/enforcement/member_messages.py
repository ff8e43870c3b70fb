"""What the owners of an account, and the one member whom a decision is about, read of it: the same words for all of them."""

from __future__ import annotations

from portal.core.i18n import N_, Language
from portal.enforcement.models import Measure
from portal.enforcement.rules import State

ABOUT = N_("Our decision about %(name)s in the account %(account)s (%(ref)s)")
NOW = {
    Measure.WARNING: N_("We have given %(name)s, a member of the account %(account)s, a warning. Nothing is taken away."),
    Measure.RESTRICTION: N_("A part of what %(name)s can do in the account %(account)s is restricted until %(until)s."),
    Measure.SUSPENSION: N_("%(name)s cannot work in the account %(account)s until %(until)s. Other members can."),
    Measure.TERMINATION: N_("The place of %(name)s in the account %(account)s ends on %(day)s. Other members stay."),
}
LATER = N_("A part of what %(name)s can do in the account %(account)s is restricted from %(start)s until %(until)s.")
ENDED = N_("The decision about %(name)s in the account %(account)s has ended.")
ENDED_SUBJECT = N_("A decision about %(name)s in the account %(account)s has ended (%(ref)s)")
AS_BEFORE = N_("%(name)s can work in the account %(account)s as before.")
STILL_APPLIES = N_(
    "Another decision still applies to %(name)s in the account %(account)s. Your page shows which one, and until when."
)
NOT_ENDED = N_("We take back %(decision)s. The place of %(name)s in the account %(account)s does not end because of it.")
NEVER = N_("It had not taken effect and does not count, now or later.")


def member_standing(remains: State, name: str, account: str, lang: Language) -> str | None:
    """What a member can do in the account now; None where only a warning remains, of which the same is said to everybody."""
    if remains is State.WARNED:
        return None
    return lang.gettext(AS_BEFORE if remains is State.GOOD else STILL_APPLIES, name=name, account=account)


def member_now(measure: Measure, name: str, account: str, lang: Language, *, until: str, day: str) -> str:
    """The first sentence of everything that we write about it."""
    return lang.gettext(NOW[measure], name=name, account=account, until=until, day=day)
