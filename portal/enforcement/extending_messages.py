"""What both sides read when money that we hold stays on hold for longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import Language
from portal.core.money import Money
from portal.notices.operations import Compose, Text


@dataclass(frozen=True, slots=True)
class Longer:
    """A hold that was made longer: how much of which milestone, until when it was to run, and until when it does.

    Without a milestone it is money of the whole contract.
    """

    action_ref: str
    amount: Money
    contract_title: str
    milestone: int | None
    before: datetime
    until: datetime
    reason: str
    zone: str


def _where(lang: Language, facts: Longer) -> str:
    said = {
        "amount": lang.money(facts.amount), "title": facts.contract_title, "day": lang.last_day(facts.until, facts.zone),
        "before": lang.last_day(facts.before, facts.zone),
    }
    if facts.milestone is None:
        return lang.gettext(
            "%(amount)s of the contract “%(title)s” stays on hold until %(day)s. It was to end on %(before)s.", **said
        )
    return lang.gettext(
        "%(amount)s of milestone %(number)s of “%(title)s” stays on hold until %(day)s. It was to end on %(before)s.",
        number=facts.milestone, **said,
    )


def held_longer(facts: Longer) -> Compose:
    """To the person: until when, why in the words of who proposed it, that it happens once, and how to appeal."""

    def compose(lang: Language, _person: Person) -> Text:
        ours = lang.gettext("Why, as one of us wrote it:") + "\n" + facts.reason
        once = lang.gettext(
            "Somebody else of us has signed it. This happens once for a hold; then it ends by itself. "
            "Nothing else of our decision %(ref)s changes.", ref=facts.action_ref,
        )
        wrong = lang.gettext("Is it wrong? You can appeal against the decision %(ref)s, and write to us.", ref=facts.action_ref)
        mail = lang.gettext("Money that our decision %(ref)s holds stays on hold for longer.", ref=facts.action_ref)
        return Text(
            lang.gettext("Money stays on hold for longer"), "\n\n".join((_where(lang, facts), ours, once, wrong)),
            "\n\n".join((mail, wrong)),
        )

    return compose


def held_longer_outside(facts: Longer) -> Compose:
    """To the client of that contract, who had heard of the hold and its last day: the new day, and nothing else."""

    def compose(lang: Language, _person: Person) -> Text:
        once = lang.gettext("This happens once for a hold. Then it ends by itself. Nothing is needed from you.")
        mail = lang.gettext("Money of one of your contracts stays on hold for longer.")
        return Text(lang.gettext("Money stays on hold for longer"), "\n\n".join((_where(lang, facts), once)), mail)

    return compose
