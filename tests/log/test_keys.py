"""The key that seals the log: another one is named once, and writes nothing; a newer one goes on, and the older is over then."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.act import Office, act
from portal.core.access import OPERATOR
from portal.core.errors import WrongKey
from portal.core.keys import Keyring
from portal.core.work import Work
from portal.log.models import Event, Leaf
from portal.log.operations import record
from portal.log.seals import FOREIGN
from tests.factories.told import SECRET
from tests.log.making import Kept, fill, unguarded

OTHER, THIRD = "another key of more than 32 letters", "and a third key of more than 32 letters"


@pytest.fixture
def kept(office: Office, tmp_path: Path) -> Kept:
    return fill(office, tmp_path / "kept")


def with_keys(kept: Kept, key: str, *former: str) -> Kept:
    return replace(kept, office=replace(kept.office, keyring=Keyring(key, former)))


def write(work: Work) -> dict[str, str]:
    """An act in no case, and one in the case that there is."""
    record(work, "test.written", "T-2")
    case_ref = work.db.scalars(select(Event.case_ref).where(Event.case_ref.is_not(None)).limit(1)).one()
    return {"event": str(record(work, "test.written", "T-3", case_ref=case_ref, words="Words.").id)}


def written(kept: Kept) -> int:
    with kept.office.database.read() as session:
        return session.scalar(select(func.count(Event.id))) or 0


def test_another_key_is_named_once_and_whatever_does_not_rest_on_it_is_compared(kept: Kept) -> None:
    assert with_keys(kept, OTHER).found() == [FOREIGN % written(kept)]
    with unguarded(kept.office) as connection:
        connection.exec_driver_sql("UPDATE notice SET target = '/me/funds'")
    assert with_keys(kept, OTHER).found() == [FOREIGN % written(kept), *kept.found()] and len(kept.found()) == 1


def test_nothing_is_written_with_another_key(kept: Kept) -> None:
    before = written(kept)
    with pytest.raises(WrongKey, match="PORTAL_FORMER_SECRET_KEYS"):
        act(with_keys(kept, OTHER).office, write, OPERATOR, "k")
    assert written(kept) == before
    act(kept.office, write, OPERATOR, "k")


def test_a_new_key_goes_on_where_the_former_one_ends(kept: Kept) -> None:
    newer = with_keys(kept, OTHER, SECRET)
    act(newer.office, write, OPERATOR, "k")
    newest = with_keys(kept, THIRD, OTHER, SECRET)
    act(newest.office, write, OPERATOR, "k2")
    newest.sign()
    assert newest.found() == []
    assert [line for line in with_keys(kept, OTHER).found() if "seal" in line], "the one before alone is not enough"


def test_whoever_has_the_former_key_writes_nothing_any_more(kept: Kept) -> None:
    newer = with_keys(kept, OTHER, SECRET)
    act(newer.office, write, OPERATOR, "k")
    newer.sign()
    forged = act(replace(kept.office, keyring=Keyring(SECRET, [OTHER])), write, OPERATOR, "k2")["event"]
    newer.sign()
    assert any(line.startswith(f"event {forged} ") and "had replaced" in line for line in newer.found())


@pytest.mark.parametrize("jump", [{"hours": -3}, {"days": 9000}], ids=["back", "beyond 2038"])
def test_the_log_keeps_its_order_whatever_the_clock_does(kept: Kept, jump: dict[str, int]) -> None:
    now = kept.office.clock()
    jumped = replace(kept, office=replace(kept.office, clock=lambda: now + timedelta(**jump)))
    act(jumped.office, write, OPERATOR, "k")
    act(kept.office, write, OPERATOR, "k2")
    kept.sign()
    with kept.office.database.read() as session:
        order = list(session.execute(select(Event.at, Event.case_ref).join(Leaf, Leaf.event_id == Event.id).order_by(Leaf.seq)))
    ats = [at for at, case_ref in order if case_ref]
    assert (ats == sorted(ats), kept.found()) == (True, [])
