"""What each thing is called that an action takes away: the same for who reads the letter, who decides, and within a notice."""

from __future__ import annotations

from collections.abc import Iterable

from portal.core.i18n import N_, Language

CALLED = {
    "search": N_("the profile in search"),
    "profile": N_("the whole profile"),
    "new_contracts": N_("new contracts"),
    "new_offers": N_("new offers"),
    "new_messages": N_("messages to people without a contract"),
    "new_places": N_("payouts to new places"),
    "account": N_("work in the account"),
}
"""As it stands within a sentence."""


def named(scopes: Iterable[str], lang: Language) -> str:
    """All of these, within a sentence."""
    return ", ".join(lang.gettext(CALLED[scope]) for scope in scopes)


def heading(scope: str, lang: Language) -> str:
    """One of them, where it stands alone."""
    text = lang.gettext(CALLED[scope])
    return text[:1].upper() + text[1:]
