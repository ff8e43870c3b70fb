"""What the marketplace reports of contracts in a file: a line as `record_contract` takes it, or why it is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from portal.contracts.models import MilestoneState
from portal.contracts.operations import record_contract
from portal.core.facts import Fact, Fields, names_in
from portal.core.money import Money
from portal.core.work import Work

CONTRACT = "contract"
FIELDS: Fields = (
    frozenset({"contract", "title", "client", "freelancer", "started_on", "milestones"}), frozenset({"ended_on", "terms"}),
)
TERM: Fields = (frozenset({"number", "text"}), frozenset({"agreed_on"}))
MILESTONE: Fields = (frozenset({"number", "title", "amount_minor", "currency"}), frozenset({"state", "released_on"}))
NUMBERS = {"number": 10**9, "amount_minor": 10**15}
LONGEST, LONGEST_TERM = 200, 10_000


def contract_fact(fact: Fact) -> dict[str, Any]:
    """A line as `put_contract` takes it. Errors: ValueError saying why it is none."""
    read = {name: _value(name, fact[name]) for name in names_in(fact, FIELDS) if name not in ("terms", "milestones")}
    terms = _each(fact.get("terms", []), "terms", TERM, _term)
    milestones = _each(fact["milestones"], "milestones", MILESTONE, _value)
    milestones = [{"state": MilestoneState.PLANNED.value} | one for one in milestones]
    return {"type": CONTRACT} | read | {"terms": terms, "milestones": milestones}


def put_contract(work: Work, fact: Fact) -> None:
    """Puts such a line on record. Errors: those of `record_contract`."""
    ended = fact.get("ended_on")
    record_contract(
        work, external_id=fact["contract"], title=fact["title"], client_external_id=fact["client"],
        freelancer_external_id=fact["freelancer"], started_on=date.fromisoformat(fact["started_on"]),
        ended_on=date.fromisoformat(ended) if ended else None, terms=fact["terms"], milestones=fact["milestones"],
    )


def _each(told: Any, name: str, fields: Fields, value: Callable[[str, Any], Any]) -> list[dict[str, Any]]:
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise ValueError(f'"{name}" is not a list of objects.')
    found = list[dict[str, Any]]()
    for one in told:
        try:
            found.append({field: value(field, one[field]) for field in names_in(one, fields)})
        except ValueError as wrong:
            raise ValueError(f'In "{name}": {wrong}') from None
    return found


def _term(name: str, value: Any) -> Any:
    return _text(name, value, LONGEST_TERM if name == "text" else LONGEST) if name != "agreed_on" else _value(name, value)


def _value(name: str, value: Any) -> Any:
    if name in NUMBERS:
        if type(value) is not int or not 0 < value < NUMBERS[name]:
            raise ValueError(f'"{name}" is not a whole number above zero.')
        return value
    text = _text(name, value, LONGEST)
    if name == "currency":
        Money(0, text)
    if name == "state" and text not in set(MilestoneState):
        raise ValueError(f'"state" is none of {", ".join(MilestoneState)}.')
    return _day(name, text) if name.endswith("_on") else text


def _text(name: str, value: Any, longest: int) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > longest or "\x00" in value:
        raise ValueError(f'"{name}" is not a text of at most {longest} characters.')
    return value


def _day(name: str, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f'"{name}" is not a day, like 2026-03-02.') from None
