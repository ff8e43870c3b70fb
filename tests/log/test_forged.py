"""Whoever owns the database, but not our keys, writes no act: not one that fits what it changed, and not one that erases."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account
from portal.act import Office
from portal.core.access import OPERATOR
from portal.core.database import Base
from portal.core.ids import new_id
from portal.core.text import canonical, plain, sha256
from portal.log.models import Event
from portal.log.operations import record
from portal.log.rules import Entry, event_entry, leaf_bytes, leaf_hash, manifest_entry
from portal.notices.models import Notice
from portal.rulebook.models import PolicyVersion
from tests.log.making import Kept, fill, unguarded

SEALS = "it carries no seal of ours, and events before it do"


@pytest.fixture
def kept(office: Office, tmp_path: Path) -> Kept:
    return fill(office, tmp_path / "kept")


def forged(like: Event, *lines: Entry, **other: Any) -> dict[str, Any]:
    """Another event of the same people, with a payload and a commitment that fit each other, which vouches for these lines."""
    values = {column.name: getattr(like, column.name) for column in Event.__table__.columns} | {"id": new_id()} | other
    manifest = canonical([event_entry(like.actor, like.actor_role, like.case_ref), *lines])
    values |= {"manifest": manifest, "record_sha256": sha256(manifest)}
    leaf = leaf_bytes(values["kind"], values["at"], values["subject_ref"], values["record_sha256"], values["payload_hmac"])
    return values | {"leaf_hash": leaf_hash(leaf)}


def read(kept: Kept, model: type[Base]) -> Any:
    with kept.office.database.read() as session:
        return session.scalars(sa.select(model).order_by(model.id)).first()


def put(kept: Kept, *statements: sa.Executable) -> None:
    with unguarded(kept.office) as connection:
        for statement in statements:
            connection.execute(statement)
    kept.sign()


@pytest.mark.parametrize(("model", "change"), [(Notice, {"target": "/elsewhere"}), (Account, {"external_id": "x-2"})])
def test_a_changed_record_with_an_act_that_fits_it_is_found(kept: Kept, model: type[Base], change: dict[str, str]) -> None:
    row, like = read(kept, model), read(kept, Event)
    for name, value in change.items():
        setattr(row, name, value)
    event = forged(like, manifest_entry(row, "row"))
    put(kept, sa.update(model).where(model.id == row.id).values(change), sa.insert(Event).values(event))
    assert f"event {event['id']} ({event['subject_ref']}): {SEALS}" in kept.found()


@pytest.mark.parametrize(("model", "change"), [(Notice, {"target": "/elsewhere"}), (PolicyVersion, {"title": "Other terms"})])
def test_not_even_our_own_act_gives_another_content_to_what_never_changes(
    kept: Kept, model: type[Base], change: dict[str, str],
) -> None:
    row = read(kept, model)
    put(kept, sa.update(model).where(model.id == row.id).values(change))
    with kept.office.database.write() as session:
        changed = session.get_one(model, row.id)
        event = record(kept.office.work(session, OPERATOR), "test.changed", "T-2", rows=[changed])
    kept.sign()
    assert any(line.startswith(f"event {event.id} ") and "never changes" in line for line in kept.found())


def test_events_that_erase_each_other_are_found(kept: Kept) -> None:
    like, keys = read(kept, Event), (new_id(), new_id())
    erased = sha256(canonical(["event", str(keys[0]), "erased", {"erased_at": plain(like.at)}]))
    other = sha256(canonical(["event", str(keys[1]), "erased", {"erased_at": plain(like.at)}]))
    gone = {"payload": None, "erased_at": like.at}
    put(
        kept, sa.insert(Event).values(forged(like, ("event", str(keys[1]), "erased", other), id=keys[0], **gone)),
        sa.insert(Event).values(forged(like, ("event", str(keys[0]), "erased", erased), id=keys[1], **gone)),
    )
    assert sorted(line.rpartition(": ")[2] for line in kept.found()) == [SEALS, SEALS]


def test_an_event_under_the_key_of_another_one_is_found(kept: Kept) -> None:
    """What names it as its cause would have another cause; no leaf says which key its event has."""
    first, other = read(kept, Event), new_id()
    put(kept, sa.update(Event).where(Event.id == first.id).values(id=other),
        sa.text("UPDATE leaf SET event_id = :other WHERE event_id = :key").bindparams(
            sa.bindparam("other", other, sa.Uuid()), sa.bindparam("key", first.id, sa.Uuid())))
    assert any(line.startswith(f"event {other} ") for line in kept.found())


def test_a_seal_of_ours_under_other_lines_is_found(kept: Kept) -> None:
    like = read(kept, Event)
    *lines, seal = json.loads(like.manifest)
    assert seal[:3] == ["event", str(like.id), "seal"]
    event, key = forged(like), new_id()
    manifest = canonical([*lines[:1], ["notice", str(key), "row", "0" * 64], ["event", str(event["id"]), "seal", seal[3]]])
    event |= {"manifest": manifest, "record_sha256": sha256(manifest)}
    put(kept, sa.insert(Event).values(event))
    assert any(line.endswith("its seal is not ours") for line in kept.found())


def test_what_was_written_before_there_were_seals_still_fits(kept: Kept) -> None:
    """Its last line was not there; whatever comes first may lack it, and nothing after the first that has it."""
    first = read(kept, Event)
    lines = [tuple(line) for line in json.loads(first.manifest)[1:-1]]
    old = forged(first, *lines, id=first.id)
    put(kept, sa.update(Event).where(Event.id == first.id).values(old))
    assert not [line for line in kept.found() if "seal" in line]
