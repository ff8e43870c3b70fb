"""What a decision counts and what its rule permits for that time (DESIGN 2.3), from the letters alone.

Beside `oracle.py`, and like it without a rule of the product.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.enforcement.models import Action
from portal.rulebook.models import Clause, ClauseVersion, Policy, PolicyVersion

if TYPE_CHECKING:
    from tests.enforcement.oracle import Books

YEAR, SLACK = timedelta(days=366), timedelta(days=2)
Part = dict[str, Any]


def counted(b: Books, session: Session) -> Iterator[str]:
    """Every sentence about the ladder that does not hold, with the row."""
    permits = permits_of(session)
    for action in (one for one in b.said if one.nature == "conduct"):
        yield from (f"counted: {line}" for line in counts_what_counts(b, action))
        yield from (f"counted: {line}" for line in counts_all(b, action))
        yield from (f"counted: {line}" for line in permitted(b, action, permits))


def permits_of(session: Session) -> dict[tuple[str, str, str], list[list[str]]]:
    """What each rule permits the first, second and third time: by policy, version and clause. A rule without data: a warning."""
    rows = session.execute(
        sa.select(Policy.slug, PolicyVersion.effective_on, Clause.key, ClauseVersion.data)
        .join(PolicyVersion, PolicyVersion.policy_id == Policy.id)
        .join(ClauseVersion, ClauseVersion.version_id == PolicyVersion.id).join(Clause, ClauseVersion.clause_id == Clause.id)
        .where(PolicyVersion.binding)
    )
    return {(slug, day.isoformat(), key): json.loads(data).get("permits", [["warning"]]) for slug, day, key, data in rows}


def letter_at(b: Books, action: Action, at: datetime | None = None) -> Part:
    """What its letter said at that moment; its first one when none is given."""
    letters = b.letters(action)
    said = [one for one in letters if at is not None and one.created_at <= at] or letters[:1]
    return dict(json.loads(said[-1].record or "{}"))


def parts(letter: Part) -> list[Part]:
    """The rules that a letter applies, each with its days and what it is about."""
    return [letter, *letter.get("more", [])]


def key_of(part: Part) -> tuple[str, str]:
    """Which rule it is, in whatever version."""
    return part["rule"]["policy"], part["rule"]["path"].partition("#")[2]


def alike(one: Part, other: Part) -> bool:
    """Whether two parts are about the same conduct."""
    days = one["conduct_from"] <= other["conduct_to"] and other["conduct_from"] <= one["conduct_to"]
    things = [{(each["kind"], each["ref"]) for each in part["objects"]} for part in (one, other)]
    return days and bool(things[0] & things[1])


def countable(b: Books, action: Action, part: Part, slack: timedelta) -> set[str]:
    """What is an earlier time under this rule: said before, standing then, full, other conduct, and not a year old.

    `slack`: how much longer than a year ago something may lie, because a day begins elsewhere at another hour.
    """
    at, found = action.issued_at, set()
    assert at is not None
    for one in b.said:
        gone = [moment for moment in (one.reversed_at, one.withdrawn_at) if moment is not None and moment < at]
        replaced = one.id in b.next and b.next[one.id].issued_at <= at  # type: ignore[operator]
        theirs = (one.account_id, one.member_id) == (action.account_id, action.member_id) and one.id != action.id
        if not theirs or one.nature != "conduct" or one.interim or gone or replaced or (one.issued_at, one.id) > (at, action.id):
            continue
        same = [each for each in parts(letter_at(b, one, at)) if key_of(each) == key_of(part)]
        recent = [each for each in same if date.fromisoformat(each["conduct_to"]) + YEAR + slack >= at.date()]
        if recent and not any(alike(each, part) for each in same):
            found.add(one.ref)
    return found


def counts_all(b: Books, action: Action) -> Iterator[str]:
    """Whatever counts under one of its rules is in its letter, and the time on the ladder is one more than that."""
    letter = letter_at(b, action)
    least, most = ([countable(b, action, part, slack) for part in parts(letter)] for slack in (-SLACK, SLACK))
    earlier = set(letter["earlier"])
    if not set().union(*least) <= earlier <= set().union(*most):
        yield f"{action.ref} counted {sorted(earlier)}, and what counts is {sorted(set().union(*least))}"
    if action.occurrence not in {n + 1 for low, high in zip(least, most, strict=True) for n in range(len(low), len(high) + 1)}:
        yield f"{action.ref} is time number {action.occurrence} under none of its rules"
    if len(least) == 1 and action.occurrence != len(earlier) + 1:
        yield f"{action.ref} is time number {action.occurrence} and counted {len(earlier)}"


def permitted(b: Books, action: Action, permits: dict[tuple[str, str, str], list[list[str]]]) -> Iterator[str]:
    """What one of its rules permits for its own time, or what a second person signed."""
    if action.interim or b.signed(action, "cosigner"):
        return
    letter = letter_at(b, action)
    for part in parts(letter):
        steps = permits[part["rule"]["policy"], part["rule"]["version"], key_of(part)[1]]
        low, high = (len(countable(b, action, part, slack)) for slack in (-SLACK, SLACK))
        if any(letter["measure"] in steps[min(time, len(steps) - 1)] for time in range(low, high + 1)):
            return
    yield f"{action.ref} is more than its rules permit for time number {action.occurrence}, and one person signed it"


def counts_what_counts(b: Books, action: Action) -> Iterator[str]:
    """What a decision counted had been said, under the same rule, and stood; a conduct is counted once."""
    refs, earlier = {one.ref: one for one in b.said}, letter_at(b, action).get("earlier", [])
    for one in (refs[ref] for ref in earlier):
        gone = one.reversed_at is not None and one.reversed_at < action.issued_at
        replaced = one.id in b.next and b.next[one.id].issued_at < action.issued_at
        if one.issued_at > action.issued_at or gone or replaced or one.interim or one.id == action.supersedes_id:
            yield f"{action.ref} counted {one.ref}, which does not count"
        at = action.issued_at
        if one.reversed_at is None and not b.rules_at(action, at) & b.rules_at(one, at):
            yield f"{action.ref} counted {one.ref} of another rule"
    if len(earlier) != len(set(earlier)):
        yield f"{action.ref} counted a decision twice"
