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
OVER = N_(
    "The appeal against the decision about %(name)s is no longer pending. What you last heard from us about the decision stays "
    "true."
)


def pending_text(outside: Outside) -> Compose:
    """An appeal is pending: nothing of what is in it."""

    def compose(lang: Language, _person: Person) -> Text:
        body = f"{lang.gettext(PENDING)} {lang.gettext(ABOUT, name=outside.account_name)}"
        return Text(lang.gettext(N_("About your work with %(name)s"), name=outside.account_name), body, body)

    return compose


def over_text(outside: Outside) -> Compose:
    """It is pending no longer, and nothing changed with that; whoever hears of a change hears that alone."""

    def compose(lang: Language, _person: Person) -> Text:
        body = lang.gettext(OVER, name=outside.account_name)
        return Text(lang.gettext(N_("About your work with %(name)s"), name=outside.account_name), body, body)

    return compose
