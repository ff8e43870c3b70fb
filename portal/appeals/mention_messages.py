"""What the other side reads of an appeal, once its person wants it said: that one is pending, and that it is no longer."""

from __future__ import annotations

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.enforcement.messages import Outside
from portal.notices.operations import Compose, Text

PENDING = N_("An appeal is pending.")
"""The fixed words, in the notice and where the decision is looked up."""
ABOUT = N_(
    "It is against the decision about %(name)s that we told you of, and %(name)s wants you to know. If the decision changes, "
    "you hear it from us."
)
ABOUT_WHAT = N_(
    "It is about what we told you of %(name)s, and %(name)s wants you to know. If that changes, you hear it from us."
)
"""Where they were told that nothing has been decided yet, or of no decision about conduct."""
OVER = N_(
    "The appeal against the decision about %(name)s is no longer pending. What you last heard from us about the decision stays "
    "true."
)
OVER_WHAT = N_(
    "The appeal about what we told you of %(name)s is no longer pending. What you last heard from us about it stays true."
)


def pending_text(outside: Outside) -> Compose:
    """An appeal is pending: nothing of what is in it."""

    def compose(lang: Language, _person: Person) -> Text:
        name = outside.account_name
        body = f"{lang.gettext(PENDING)} {lang.gettext(ABOUT if outside.decided else ABOUT_WHAT, name=name)}"
        return Text(lang.gettext(N_("About your work with %(name)s: an appeal is pending"), name=name), body, body)

    return compose


def over_text(outside: Outside) -> Compose:
    """It is pending no longer, and nothing changed with that; whoever hears of a change hears that alone."""

    def compose(lang: Language, _person: Person) -> Text:
        name = outside.account_name
        body = lang.gettext(OVER if outside.decided else OVER_WHAT, name=name)
        return Text(lang.gettext(N_("About your work with %(name)s: the appeal is no longer pending"), name=name), body, body)

    return compose
