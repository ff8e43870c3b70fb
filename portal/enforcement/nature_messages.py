"""What people read of a decision that is not about conduct. Nobody is said to have broken a rule, and the words are fixed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from portal.core.i18n import N_, Language
from portal.enforcement.models import Measure, Nature

NO_RULE = N_("No rule is said to have been broken.")
FIXED = {
    Nature.PROTECTIVE: N_("We protect this account for a short time. No rule is said to have been broken."),
    Nature.LEGAL: N_("A law or an order asks us to do this. No rule is said to have been broken."),
}
NOW_A_MEMBER: Mapping[str, Mapping[str, str]] = {
    Nature.PROTECTIVE: {
        Measure.RESTRICTION: N_(
            "A part of what %(name)s can do in the account %(account)s is locked to protect it until %(until)s."
        ),
        Measure.SUSPENSION: N_(
            "The place of %(name)s in the account %(account)s is locked to protect it until %(until)s. Other members can work."
        ),
    },
    Nature.LEGAL: {
        Measure.RESTRICTION: N_(
            "A law or an order asks us to restrict what %(name)s can do in the account %(account)s until %(until)s."
        ),
        Measure.SUSPENSION: N_(
            "A law or an order asks that %(name)s does not work in the account %(account)s until %(until)s. Other members can."
        ),
    },
}
NOW: Mapping[str, Mapping[str, str]] = {
    Nature.PROTECTIVE: {
        Measure.RESTRICTION: N_("A part of your account is locked to protect you until %(until)s."),
        Measure.SUSPENSION: N_("Your account is locked to protect you until %(until)s."),
    },
    Nature.LEGAL: {
        Measure.RESTRICTION: N_("A law or an order asks us to restrict your account until %(until)s."),
        Measure.SUSPENSION: N_("A law or an order asks us to suspend your account until %(until)s."),
    },
}
LATER = {
    Nature.CONDUCT: N_("A part of your account is restricted from %(start)s until %(until)s."),
    Nature.PROTECTIVE: N_("A part of your account is locked to protect you from %(start)s until %(until)s."),
    Nature.LEGAL: N_("A law or an order asks us to restrict your account from %(start)s until %(until)s."),
}
"""What is said of a restriction of which nothing has begun yet."""
ENDED = {
    Nature.PROTECTIVE: N_("The protection of your account has ended."),
    Nature.LEGAL: N_("What a law or an order asked us to do with your account has ended."),
}
WRONG = {
    Nature.PROTECTIVE: N_("Our decision %(ref)s to protect your account was wrong. It is overturned from this moment on."),
    Nature.LEGAL: N_("Our decision %(ref)s, which named a law or an order, was wrong. It is overturned from this moment on."),
}
WRONG_OF_A_MEMBER = N_("Our decision %(ref)s was wrong. It is overturned from this moment on.")
NAMED = {
    Nature.PROTECTIVE: N_("our decision %(ref)s to protect the account"),
    Nature.LEGAL: N_("our decision %(ref)s, which names a law or an order"),
}
"""What such a decision is called within a sentence: it applies no rule, so none is named."""
SUBJECT = {
    Nature.PROTECTIVE: N_("We are protecting your account (%(ref)s)"),
    Nature.LEGAL: N_("A law or an order about your account (%(ref)s)"),
}
WHY = {
    Nature.PROTECTIVE: N_(
        "It looks as if somebody else uses your account, or takes advantage of you. No rule is said to have been broken, and "
        "this never counts against you."
    ),
    Nature.LEGAL: N_(
        "The letter names the law or the order, who made it, and what it asks. No rule is said to have been broken, and this "
        "never counts against you."
    ),
}
WHY_A_MEMBER = {
    Nature.PROTECTIVE: N_(
        "It looks as if somebody else uses the place of %(name)s in the account, or takes advantage of %(name)s. No rule is said "
        "to have been broken, and this never counts."
    ),
    Nature.LEGAL: N_(
        "The letter names the law or the order, who made it, and what it asks. No rule is said to have been broken, and this "
        "never counts."
    ),
}
RESTS_ON = N_("It rests on our promise %(number)s, %(heading)s.")
GET_BACK = (
    N_("Sign in, look at the signed-in browsers, and sign out every one that you do not know."),
    N_("Look at the places for payouts on the page of your money, and tell us of every one that is not yours."),
    N_("Tell us on the page of this decision that it is you, and what you did not do yourself. A person reads it, and we end the "
       "protection as soon as we know."),
)
GET_A_MEMBER_BACK = (
    N_("%(name)s signs in, looks at the signed-in browsers, and signs out every one that they do not know."),
    N_("Tell us on the page of this decision whether it was %(name)s. A person reads it, and we end the protection as soon as we "
       "know."),
)
WOULD_CHANGE = {
    Nature.PROTECTIVE: (
        N_("You tell us that it was you, and how we can see that."), N_("You sign out the browsers that you do not know."),
    ),
    Nature.LEGAL: (
        N_("The authority ends or changes its order."), N_("You show that it is not about you or this account."),
    ),
}
"""What would change such a decision, as its form begins: who reads the letter reads these in their own language."""
HOW_BACK = N_("How you get your account back:")
HOW_A_MEMBER = N_("How %(name)s gets it back:")
BY_ITSELF = N_("You need not do anything: the protection ends by itself, by %(until)s at the latest.")


def is_other(nature: str) -> bool:
    """Whether a decision of that nature is not about conduct."""
    return nature != Nature.CONDUCT


def fixed_sentence(nature: str, lang: Language) -> str:
    """What people outside read in place of a rule."""
    return lang.gettext(FIXED[Nature(nature)])


def what_now(nature: str, measure: str, until: str, lang: Language, member: str | None, account: str) -> str:
    """The first sentence to the person; of a decision about one member to its owners too."""
    return lang.gettext((NOW_A_MEMBER if member else NOW)[nature][measure], until=until, name=member, account=account)


def why(nature: Nature, lang: Language, member: str | None) -> str:
    """What it is about, and that it is about nobody's conduct."""
    return lang.gettext((WHY_A_MEMBER if member else WHY)[nature], name=member)


def get_back(ends_at: datetime | None, zone: str, lang: Language, member: str | None = None) -> str:
    """How the person gets a protected account back, and that it comes back by itself."""
    steps = "\n".join(f"- {lang.gettext(step, name=member)}" for step in (GET_A_MEMBER_BACK if member else GET_BACK))
    last = lang.gettext(BY_ITSELF, until=lang.until(ends_at, zone)) if ends_at else ""
    how = HOW_A_MEMBER if member else HOW_BACK
    return f"{lang.gettext(how, name=member)}\n{steps}\n\n{last}".strip()
