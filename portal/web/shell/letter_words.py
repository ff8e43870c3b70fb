"""The fixed words of a letter: from when each thing is there again that is taken away, exceptions, what is left out and why."""

from __future__ import annotations

from portal.core.i18n import N_
from portal.enforcement.nature_messages import WOULD_CHANGE
from portal.enforcement.statement import APPEAL_HOW, OTHER_BODIES

BACK = {
    "search": N_("Hidden, and shown again on %(day)s. Your page, your reviews and your record are kept."),
    "profile": N_("Nobody else sees it before %(day)s. Your page, your reviews and your record are kept."),
    "new_contracts": N_("You can take new contracts again from %(day)s; you need not ask. Running contracts go on."),
    "new_offers": N_("You can send offers again from %(day)s; you need not ask."),
    "new_messages": N_("You can write to them again from %(day)s; you need not ask."),
    "new_places": N_(
        "Money goes only to places that could be used when this began. Others can be used from %(day)s; you need not ask."
    ),
    "account": N_("You can work here again from %(day)s; you need not ask."),
}
"""From when each thing that is taken away is there again."""
BACK_OF_A_MEMBER = {
    "search": N_("Hidden, and shown again on %(day)s. The page, the reviews and the record are kept."),
    "profile": N_("Nobody else sees it before %(day)s. The page, the reviews and the record are kept."),
    "new_contracts": N_("%(name)s can take new contracts again from %(day)s; nobody needs to ask. Running contracts go on."),
    "new_offers": N_("%(name)s can send offers again from %(day)s; nobody needs to ask."),
    "new_messages": N_("%(name)s can write to them again from %(day)s; nobody needs to ask."),
    "account": N_("%(name)s can work in the account again from %(day)s; nobody needs to ask."),
}
"""The same of a decision about one member of an account, which its owners read too."""
EXCEPTIONS = {
    "legal_obligation": N_("A law or an authority obliges us to end it sooner."),
    "imperative_reason": N_("An imperative reason under the law asks us to end it sooner."),
    "repeated_infringement": N_("Rules were not kept repeatedly, and earlier decisions did not change that."),
}
NO_EXHIBIT = {
    "protects_reporter": N_("What shows this is withheld: it would say who told us. You can contest that too."),
    "protects_other_person": N_("What shows this is withheld: it is about somebody else. You can contest that too."),
    "shows_detection": N_("What shows this is withheld: it would say how we notice such things. You can contest that too."),
    "no_longer_exists": N_("What showed this no longer exists."),
}
QUOTED = {"contract": N_("The contract says"), "message": N_("The message says"), "document": N_("The document says")}
"""What stands before words that an exhibit quotes, by its kind; older letters do not name one."""
SAYS = N_("It says")

LEFT_OUT = {
    "protects_reporter": N_("Who told us: nobody should have to fear for having told us."),
    "shows_detection": N_("How exactly we notice such things: whoever knew it could get around it."),
}
FIXED = (APPEAL_HOW, OTHER_BODIES, *(line for lines in WOULD_CHANGE.values() for line in lines))
COMPARED = {
    "identity_number": N_(
        "The number of an identity document that was shown to us for your account is the same as one that was shown for an "
        "account that we closed. The numbers are not kept: we compared fingerprints made of them with a secret key. A number "
        "can be mistyped, or given to somebody else later. If that is so, tell us in your appeal."
    ),
    "payout_instrument": N_(
        "A place that your money is paid to is the same as one of an account that we closed. Several people can share one, "
        "for example a family or an agency. If that is so, tell us in your appeal."
    ),
}
"""What a decision says that relies on a match with a closed account: what was compared, never a value, never whose it was."""
CLOSED = N_("Not from %(day)s on. You can ask to come back; we hear you at the latest on %(review)s.")
CLOSED_UNTIL_ASKED = N_("Not from %(day)s on. From %(review)s on you can ask to come back.")
"""How a letter speaks of the date of a termination: before we promised that one can ask from then on, and since."""
