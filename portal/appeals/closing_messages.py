"""What people read when a case is closed without action: whoever reported, and whoever was asked. The wording is fixed."""

from __future__ import annotations

from collections.abc import Sequence

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.core.text import in_paragraphs
from portal.notices.operations import Compose, Text
from portal.rulebook.clause_data import in_language
from portal.rulebook.queries import CitedClause


def not_applied_text(rules: Sequence[CitedClause], report_ref: str) -> Compose:
    """To whoever reported: the rules, and that none of them applied; nothing of what was said or found."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("What became of your report"))
        first = reviewed_under(rules, lang)
        mail = lang.gettext(N_("We have answered your report %(ref)s."), ref=report_ref)
        about = lang.gettext(N_("A person read your report %(ref)s. What else we looked at stays between us and the other "
                                "side."), ref=report_ref)
        new = lang.gettext(N_("If something new happens, you can report it. We look at it on its own."))
        return Text(subject, "\n\n".join([first, about, new]), mail)

    return compose


def reviewed_under(rules: Sequence[CitedClause], lang: Language) -> str:
    """The one sentence that whoever reported is owed. Where a rule says so, its category stands for its number."""
    named = list(dict.fromkeys(
        in_language(rule.data.category, lang.code) if rule.data.counterparts == "category"
        else lang.gettext(N_("rule %(number)s"), number=rule.number)
        for rule in rules
    ))
    if len(named) == 1:
        return lang.gettext(N_("We reviewed what you reported under %(rule)s; it did not apply. Thank you."), rule=named[0])
    message = N_("We reviewed what you reported under each of these: %(rules)s. None of them applied. Thank you.")
    return lang.gettext(message, rules=", ".join(named))


def nothing_follows_text(case_ref: str, rule: CitedClause | None) -> Compose:
    """To whoever we asked first: that the matter is closed and nothing follows from it."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("The matter that we asked you about is closed (%(ref)s)"), ref=case_ref)
        first = lang.gettext(N_("The matter that we asked you about is closed. Nothing follows from it for your account."))
        about = lang.gettext(
            N_("Our question was about rule %(number)s, %(heading)s."), number=rule.number, heading=rule.heading
        ) if rule is not None else ""
        counts = lang.gettext(N_("No rule was applied, and this does not count as anything later. You need to do nothing."))
        return Text(subject, in_paragraphs(first, about, counts), first)

    return compose
