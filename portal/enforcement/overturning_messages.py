"""What people read when some of the rules that a decision applied no longer stand, and the decision goes on under the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.enforcement.messages import Outside, called, decided_sentence
from portal.notices.operations import Compose, Text
from portal.rulebook.queries import CitedClause

Lines = Callable[[Language], list[str]]


def rules_fell(fallen: Sequence[tuple[CitedClause, str]], left: Sequence[CitedClause]) -> Lines:
    """To the person: which rules no longer stand and why, that we are sorry, and on which rules the decision still rests."""

    def lines(lang: Language) -> list[str]:
        fell = N_("Rule %(number)s, %(heading)s, no longer stands in this decision. We were wrong to apply it, and are sorry.")
        said = []
        for clause, why in fallen:
            said.append(f"{lang.gettext(fell, number=clause.number, heading=clause.heading_in(lang.code))}\n{why}")
        rules = lang.listed([lang.gettext(N_("rule %(number)s"), number=clause.number) for clause in left])
        rests = N_("That counts no more, and what only that permitted is given back. The decision now rests on %(rules)s.")
        return [*said, lang.gettext(rests, rules=rules)]

    return lines


def rule_corrected_text(outside: Outside, fallen: Sequence[CitedClause], left: Sequence[CitedClause]) -> Compose | None:
    """To those who were told that these rules apply: they do not; which still do. None where that was not said of any rule,
    or reads as before, because outside a rule is called by its category."""
    if not outside.decided or not _unsaid(fallen, left):
        return None
    now = replace(outside, clause=left[0], more=tuple(left[1:]))

    def compose(lang: Language, person: Person) -> Text:
        name = outside.account_name
        subject = lang.gettext(N_("A correction: about your work with %(name)s"), name=name)
        wrong = N_("We told you that %(rule)s applies to %(name)s. That was our mistake: it does not.")
        said = [lang.gettext(wrong, rule=called(clause, lang), name=name) for clause in _unsaid(fallen, left)]
        body = " ".join([*said, decided_sentence(now, lang)])
        return Text(subject, body, body)

    return compose


def rule_report_corrected_text(fallen: Sequence[CitedClause], left: Sequence[CitedClause]) -> Compose | None:
    """To somebody who reported and was told that these rules applied: we looked again, and these did not."""
    unsaid = _unsaid(fallen, left)
    if not unsaid:
        return None

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("A correction: what became of your report"))
        wrong = N_("We told you that %(rule)s applied. We looked at it again: it did not. That was our mistake.")
        rest = N_("What we told you of %(rule)s stands.")
        said = [lang.gettext(wrong, rule=called(clause, lang)) for clause in unsaid]
        still = lang.gettext(rest, rule=lang.listed([called(clause, lang) for clause in left]))
        body = " ".join([*said, still])
        return Text(subject, body, body)

    return compose


def _unsaid(fallen: Sequence[CitedClause], left: Sequence[CitedClause]) -> list[CitedClause]:
    """Those of the rules that fall which are not called the same outside as one that is left."""
    still = {_name(clause) for clause in left}
    return [clause for clause in fallen if _name(clause) not in still]


def _name(clause: CitedClause) -> str:
    return str(clause.data.category) if clause.data.counterparts == "category" else clause.number
