"""Files of many decisions as marketplaces send them, and what tests do with them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from sqlalchemy import func, select

from portal.act import Office, by
from portal.cases.models import Case, Draft, WorkItem
from portal.core.access import Actor
from portal.enforcement.confirming import confirm_interim
from portal.enforcement.many import send_file
from portal.enforcement.many_models import Batch, BatchLine
from portal.enforcement.many_queries import batch_by_ref, batch_rows
from portal.enforcement.models import Action
from tests.enforcement.conftest import FACTS, Desk
from tests.factories.market import Party, Staff

SAFETY = "off-platform-payment"


def row(desk: Desk, party: Party, **other: str) -> dict[str, str]:
    """A line that can be decided: a warning for what was done in the last ten days, with the listing that it is about."""
    day = desk.market.day
    return {
        "account": party.account.external_id, "clause": "payment-for-nothing", "conduct_from": day(10).isoformat(),
        "conduct_to": day(1).isoformat(), "measure": "warning", "facts": FACTS, "why": "The work never came.",
        "objects": "listing:Photo apps for two kinds of phone", "no_exhibit": "no_longer_exists",
        "would_change": "The work is delivered.|Proof of an illness.",
    } | other


def first(desk: Desk, party: Party, **other: str) -> dict[str, str]:
    """A line that acts first."""
    return row(desk, party, clause="threats", measure="suspension", interim="yes") | other


def as_csv(rows: list[dict[str, str]], separator: str = ",", mark: str = "") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, sorted({name for one in rows for name in one}), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return (mark + text.getvalue()).encode()


def as_ndjson(rows: list[dict[str, Any]]) -> bytes:
    """The same lines, with what would change the decision as a list."""
    return "\n".join(json.dumps(one | {"would_change": one["would_change"].split("|")}) for one in rows).encode()


def sent(desk: Desk, content: bytes, name: str = "many.csv", who: Actor | None = None) -> str:
    """The reference of a file that somebody sends: Rae, unless told otherwise."""
    sender = by(desk.office, who or desk.story.rae.actor)
    return str(send_file(*sender, name=name, content=content)["batch"])


def send(desk: Desk, rows: list[dict[str, str]], who: Staff | None = None) -> str:
    return sent(desk, as_csv(rows), who=who.actor if who else None)


def counted(office: Office) -> list[int]:
    with office.database.read() as session:
        tables = (Batch, BatchLine, Case, Action, Draft, WorkItem)
        return [session.scalar(select(func.count()).select_from(one)) or 0 for one in tables]


def refs(desk: Desk, batch: str) -> list[str]:
    rae = desk.story.rae
    with desk.office.database.read() as session:
        found = batch_by_ref(session, rae.actor, batch)
        return [one.action.ref for one in batch_rows(session, found, rae.person.id)]


def confirm(desk: Desk, batch: str, ref: str, who: Staff | None = None, draft: int = 1) -> dict[str, Any]:
    actor = (who or desk.story.rae).actor
    return desk.market.do(confirm_interim, actor, batch_ref=batch, action_ref=ref, version=1, draft=draft)
