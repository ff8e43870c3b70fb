"""What happens in the demo: how many stories of each kind, from which day on, and what their people's sign-ins show."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from portal.cli.demo import cases
from portal.cli.demo.agreeing import go_on_later, offer_later
from portal.cli.demo.cases import Plot
from portal.cli.demo.changing import correct_later, extend_later, replace_later
from portal.cli.demo.complaining import complained
from portal.cli.demo.needing import in_need_later
from portal.cli.demo.obliged import ordered, ordered_in_part, ordered_silently, protected, protected_in_part
from portal.cli.demo.reported import acted_first, noticed_alone, told_by_many
from portal.cli.demo.stage import Stage

RECENT, STANDING = 5.5, 12.5
"""Days before now on which a case begins whose offer still waits, and one whose suspension still stands."""


def play(stage: Stage, freelancers: list[str]) -> None:
    """Lets some of the freelancers run into something, spread over the last eighteen days."""
    keys = iter(freelancers)
    for number, (count, begin, words) in enumerate(PLOTS):
        for step in range(count):
            key = next(keys)
            if step == min(1, count - 1) and words:
                stage.sights.append((f"{key}@example.com", words))
            plot = Plot(stage, key, 3.5 + (number * 5 + step * 3) % 13, step)
            begin(plot)
            stage.at(plot.begins + cases.SILENT, partial(cases.release_third, plot))


def offered(plot: Plot) -> None:
    """One side offers the other how to settle; the offer waits."""
    plot.begins = RECENT
    cases.answered_dispute(plot)
    offer_later(plot)


def suspended(plot: Plot) -> None:
    cases.suspended(plot)
    in_need_later(plot)


def corrected(plot: Plot) -> None:
    plot.begins = STANDING
    cases.suspended(plot)
    correct_later(plot, cases.reviewer_of(plot))


def replaced(plot: Plot) -> None:
    plot.begins = STANDING
    cases.suspended(plot)
    replace_later(plot, cases.reviewer_of(plot), cases.DECIDED)


def held_longer(plot: Plot) -> None:
    plot.begins = STANDING
    cases.holding(plot)
    extend_later(plot, cases.reviewer_of(plot))


def waited_for(plot: Plot) -> None:
    plot.begins = STANDING
    cases.suspended(plot)
    go_on_later(plot)


# How many of each, how it begins, and what its second person's sign-in shows.
PLOTS: tuple[tuple[int, Callable[[Plot], None], str], ...] = (
    (6, cases.contested, "a client contests a milestone: it can be answered"),
    (5, cases.answered_dispute, "answered a client's dispute, waits for our decision"),
    (5, cases.asked, "we asked before a decision: it can be answered"),
    (5, cases.answered, "answered our question"),
    (6, cases.warned, "got a warning: it can be appealed"),
    (6, suspended, "suspended, with money to withdraw: it can be appealed"),
    (4, cases.proposed, "the end of the account waits for a second signature; the person knows nothing yet"),
    (12, cases.appealed, "appealed, and the decision was overturned"),
    (8, cases.checked, "sent a document for an identity check"),
    (6, complained, ""),
    (2, cases.withheld, "got a warning that withholds what shows it: that can be contested alone"),
    (2, cases.called_back, "a bank called back a payment: nobody owes anything, and what the bank should know can be written"),
    (2, offered, "a client offers how to settle a dispute: it can be accepted, declined, or answered by another offer"),
    (2, corrected, "suspended; the letter was corrected, and both can be read"),
    (1, replaced, "suspended by a decision that took the place of a longer one"),
    (1, waited_for, "suspended, and a client chose to wait for the work: that can be agreed to"),
    (1, held_longer, "suspended, and money is on hold for us: that it stays so for longer waits for a second signature"),
    (1, protected, ""),
    (1, ordered, ""),
    (1, protected_in_part, ""),
    (1, ordered_in_part, ""),
    (1, ordered_silently, ""),
    (1, told_by_many, "was reported by a client, others, a machine and us, and had reported first: knows nothing yet"),
    (1, acted_first, ""),
    (1, noticed_alone, "only a machine pointed to it: a warning waits for a second signature; the person knows nothing yet"),
)
