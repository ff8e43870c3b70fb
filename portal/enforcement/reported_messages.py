"""What whoever reported something reads when a rule was applied to it."""

from __future__ import annotations

from collections.abc import Sequence

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.enforcement.messages import called
from portal.notices.operations import Compose, Text
from portal.rulebook.clause_data import in_language
from portal.rulebook.queries import CitedClause


def report_answered_text(clauses: Sequence[CitedClause]) -> Compose:
    """To somebody who reported and has no contract with the account: the rule, and that it applied; nothing else."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("What became of your report"))
        if len(clauses) > 1:
            rule = lang.listed([called(clause, lang) for clause in clauses])
            body = lang.gettext(N_("We reviewed what you reported under %(rule)s; they applied. Thank you."), rule=rule)
        elif clauses[0].data.counterparts == "category":
            rule = in_language(clauses[0].data.category, lang.code)
            body = lang.gettext(N_("We reviewed what you reported under %(rule)s; it applied. Thank you."), rule=rule)
        else:
            body = lang.gettext(N_("We reviewed what you reported under rule %(number)s; it applied. Thank you."),
                                number=clauses[0].number)
        return Text(subject, body, body)

    return compose
