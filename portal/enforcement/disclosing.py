"""Showing what a statement withheld: a new one that supersedes it, with the same decision and everything in sight."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.text import plain
from portal.core.work import Work
from portal.documents.models import Document, Exhibit
from portal.enforcement.anew import supersede
from portal.enforcement.evidence import WITHHELD
from portal.enforcement.models import Action, Nature, Statement
from portal.enforcement.queries import statement_of


def withheld_grounds(record: dict[str, Any]) -> dict[int, str]:
    """The exhibits of a statement whose words its person does not read, by number, and the ground of each."""
    parts = (record, *record.get("more", []))
    return {one["number"]: one["ground"] for part in parts for one in part.get("exhibits", []) if one.get("ground") in WITHHELD}


@dataclass(frozen=True, slots=True)
class Unshown:
    """A rule of a letter for which its person was shown nothing: number, where it can be read, and its withheld exhibits."""

    number: str
    path: str
    exhibits: tuple[int, ...]


def unshown(session: Session, action: Action, until: datetime | None = None) -> list[Unshown]:
    """The rules of an action's newest letter that rest only on what its person cannot see; `until`: of that moment.

    What was once shown in words stays shown. What a law or an order asks for rests on that, and the letter names it.
    """
    letters = select(Statement.record).where(Statement.action_id == action.id).order_by(Statement.n)
    found = session.scalars(letters if until is None else letters.where(Statement.created_at <= until))
    records = [json.loads(text) for text in found if text is not None]
    if not records or action.nature == Nature.LEGAL:
        return []
    words = any((one.get("changed") or {}).get("disclosed_words") for one in records)
    parts = [part for part in (records[-1], *records[-1].get("more", [])) if part.get("rule")]
    return [
        Unshown(part["rule"]["number"], part["rule"]["path"], tuple(one["number"] for one in part.get("exhibits", [])))
        for part in parts if _shows_nothing(part, in_words=words)
    ]


def _shows_nothing(part: dict[str, Any], *, in_words: bool) -> bool:
    exhibits = part.get("exhibits", [])
    if not exhibits:
        return part.get("no_exhibit") in WITHHELD and not in_words
    return all(one.get("ground") in WITHHELD for one in exhibits)


def disclosed_record(
    session: Session, action: Action, changed: dict[str, Any], words: str, only: Collection[int] | None = None
) -> tuple[dict[str, Any], Statement]:
    """The letter with what it withheld, and the one that it supersedes. Nothing else of it is different. Reads only.

    `words`: what was withheld, where no exhibit was named. `only`: the exhibits to show; None: all that it withholds.
    Errors: `nothing_shown` when there is neither.
    """
    record, old = statement_of(session, action.ref)
    numbers = [number for number in withheld_grounds(record or {}) if only is None or number in only]
    if not numbers and not words:
        raise RuleBroken("nothing_shown", N_("Write what was withheld: the person reads it in the letter."), field="shown")
    rows = session.execute(
        select(Exhibit, Document.name).outerjoin(Document, Exhibit.document_id == Document.id)
        .where(Exhibit.case_id == action.case_id, Exhibit.number.in_(numbers))
    ).all()
    shown = {row[0].number: (row[0], row[1]) for row in rows}
    text: dict[str, Any] = {**(record or {}), "supersedes": old.sha256}
    text["changed"] = plain(changed | {"disclosed": numbers, "disclosed_words": words or None})
    text["exhibits"] = _in_sight(text.get("exhibits", []), shown)
    if text.get("more"):
        text["more"] = [{**part, "exhibits": _in_sight(part.get("exhibits", []), shown)} for part in text["more"]]
    return text, old


def disclose(
    work: Work, action: Action, changed: dict[str, Any], words: str, only: Collection[int] | None = None
) -> Statement:
    """Writes that letter. Errors: those of `disclosed_record`."""
    text, old = disclosed_record(work.db, action, changed, words, only)
    return supersede(work, old, text)


def _in_sight(exhibits: list[dict[str, Any]], shown: dict[int, tuple[Exhibit, str | None]]) -> list[dict[str, Any]]:
    """The exhibits of a rule, those among `shown` with their words or their file."""
    return [
        {**one, "ground": None, "quoted": shown[one["number"]][0].quoted, "sha256": shown[one["number"]][0].sha256,
         "file": shown[one["number"]][1]}
        if one["number"] in shown else one for one in exhibits
    ]
