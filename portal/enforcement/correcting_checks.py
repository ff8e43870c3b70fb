"""What `flask verify` proves of letters that replace one another: what they say, who stands for it, and that it was told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from portal.enforcement.corrected import CORRECTED, RESTS_ON
from portal.enforcement.models import Action, Measure, Nature, Statement
from portal.enforcement.overturning_checks import only_rules_fell
from portal.log.models import Event
from portal.notices.models import Notice

Before = aliased(Statement)
_LETTERS = (
    select(Action, Statement, Before).join(Statement, Statement.action_id == Action.id)
    .outerjoin(Before, and_(Before.action_id == Action.id, Before.n == Statement.n - 1, Before.id == Statement.supersedes_id))
    .where(Statement.n > 1).order_by(Statement.id)
)


def letters_supersede(session: Session) -> Iterator[str]:
    """Every letter but the first supersedes the one before it by name; one about conduct says what changed, and takes no more.

    What a law or an order asks for goes on as long as that does; its letters are proven where orders are.
    """
    for action, letter, before in session.execute(_LETTERS):
        if before is None:
            yield f"letter {letter.n} of action {action.ref} does not supersede the one before it"
        elif letter.record is not None:
            record = json.loads(letter.record)
            about_conduct = action.nature == Nature.CONDUCT
            if record.get("supersedes") != before.sha256 or (about_conduct and not record.get("changed")):
                yield f"letter {letter.n} of action {action.ref} does not say what it changes"
            if about_conduct and before.record is not None and _takes_more(json.loads(before.record), record):
                yield f"letter {letter.n} of action {action.ref} takes more than the one before it"


def _takes_more(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a letter is about a heavier measure, ends later, or takes away something that the one before it did not.

    A law or an order that still obliges us when we look again lets its decision go on: only its end is later.
    """
    order, taken = [one.value for one in Measure], {one["scope"] for one in old["restrictions"]}
    if order.index(new["measure"]) > order.index(old["measure"]) or new["effective_at"] < old["effective_at"]:
        return True
    goes_on = new["nature"] == Nature.LEGAL and bool(new["changed"].get("order_goes_on"))
    if not goes_on and old["ends_at"] is not None and (new["ends_at"] is None or new["ends_at"] > old["ends_at"]):
        return True
    until = {one["scope"]: one["ends_at"] for one in old["restrictions"]} if not goes_on else {}
    longer = any(one["ends_at"] and one["ends_at"] > (until.get(one["scope"]) or one["ends_at"]) for one in new["restrictions"])
    return longer or any(one["scope"] not in taken for one in new["restrictions"])


def corrected_facts_have_two(session: Session) -> Iterator[str]:
    """A letter that says something else of what the decision rests on than the one before it was signed by two people."""
    for action, letter, before in session.execute(_LETTERS):
        if before is None or letter.record is None or before.record is None:
            continue
        old, new = json.loads(before.record), json.loads(letter.record)
        by, changed = new.get("changed") or {}, [name for name in RESTS_ON if old[name] != new[name]]
        changed += ["more"] if old.get("more", []) != new.get("more", []) else []
        if changed and by.get("overturned") and only_rules_fell(old, new):
            continue
        if changed and {*changed} <= {"exhibits", "more"} and "disclosed" in by and _only_shows(old, new, by["disclosed"]):
            continue
        if changed and by.get("co_signed_by") in (None, by.get("by")):
            yield f"letter {letter.n} of action {action.ref} says other facts, and no second person signed it"


HIDDEN = ("ground", "quoted", "sha256", "file")


def _only_shows(old: Mapping[str, Any], new: Mapping[str, Any], numbers: Sequence[int]) -> bool:
    """Whether both letters are the same but for exhibits of these numbers, which are no longer withheld."""
    parts = [(old, new), *zip(old.get("more", []), new.get("more", []), strict=False)]
    same = len(old.get("more", [])) == len(new.get("more", [])) and all(
        _but_hidden(before, numbers) == _but_hidden(after, numbers) for before, after in parts
    )
    return same and all(one["ground"] is None for _, part in parts for one in part["exhibits"] if one["number"] in numbers)


def _but_hidden(part: Mapping[str, Any], numbers: Sequence[int]) -> list[Any]:
    rests = [part.get(name) for name in RESTS_ON if name != "exhibits"]
    return rests + [
        {key: value for key, value in one.items() if one["number"] not in numbers or key not in HIDDEN}
        for one in part["exhibits"]
    ]


def corrections_are_told(session: Session) -> Iterator[str]:
    """Whoever's letter was corrected got the new one: it lies on record and in the inbox from the same act."""
    told = exists().where(Notice.event_id == Event.id, Notice.kind == "statement", Notice.about_ref == Event.subject_ref)
    made = exists().where(Statement.action_id == Action.id, Statement.created_at == Event.at, Statement.n > 1)
    missing = select(Event.subject_ref).join(Action, Action.ref == Event.subject_ref).where(
        Event.kind == CORRECTED, or_(~told, ~made)
    )
    yield from (f"the letter of action {ref} was corrected, and nobody was told" for ref in session.scalars(missing))
