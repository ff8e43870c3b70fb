"""Whatever somebody changes behind the program's back in a record, in the log or in its order, verify finds it.

A deleted checkpoint changes no history: the copy outside the database is what counts, and it is compared.
"""

from random import Random

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.core.database import Base
from portal.log.checkpoints import public_key_of
from portal.log.checks import check
from tests.factories.drawn import many
from tests.structure.owner import Filled, take_checks_away

VOUCHED = {m.class_.__tablename__: m.class_ for m in Base.registry.mappers if "row" in m.class_.__facets__}
LOG = ("event", "leaf")
TEXT = sa.String
ERASABLE = {m.class_.__tablename__: m.class_ for m in Base.registry.mappers if m.class_.__erasable__}
HANDS = ("change", "change", "change", "delete", "erase", "insert", "reorder", "truncate", "rehash")


def found(filled: Filled, session: Session) -> list[str]:
    return list(check(session, filled.office.keyring, filled.folder, public_key=public_key_of(filled.settings.signing_key)))


def one_row(session: Session, table: str, draw: Random) -> str:
    """The key of any row, as SQL compares it."""
    keys = session.scalars(sa.text(f'SELECT id FROM "{table}" ORDER BY id')).all()
    return str(draw.choice(keys))


def filled_tables(session: Session) -> list[str]:
    return [t for t in sorted(VOUCHED) if session.scalar(sa.text(f'SELECT 1 FROM "{t}" LIMIT 1'))]


def tamper(session: Session, draw: Random) -> str:
    """One change by somebody who owns the database; says which."""
    hand, table = draw.choice(HANDS), draw.choice(filled_tables(session))
    key = one_row(session, table, draw)
    take_checks_away(session, table)
    if hand == "change":
        model = VOUCHED[table]
        texts = [c for c in model.__facets__["row"] if isinstance(model.__table__.c[c].type, TEXT)]
        column = draw.choice(texts or ["id"])
        other = f"(CASE WHEN substr({column}, 1, 1) = 'x' THEN 'y' ELSE 'x' END) || substr(coalesce({column}, ''), 2)"
        new = other if texts else f"'{'0' * 31}1'"
        session.execute(sa.text(f'UPDATE "{table}" SET {column} = {new} WHERE id = :key'), {"key": key})
    elif hand == "erase":
        table = draw.choice([t for t in sorted(ERASABLE) if t == "event" or t in filled_tables(session)])
        erase(session, table, one_row(session, table, draw))
    elif hand == "delete":
        table = draw.choice([table, *LOG])
        session.execute(sa.text(f'DELETE FROM "{table}" WHERE id = :key'), {"key": one_row(session, table, draw)})
    elif hand == "insert":
        copy_event(session, one_row(session, "event", draw))
    else:
        session.execute(sa.text(IN_THE_LOG[hand]), {"n": draw.randint(0, last(session) - 1)})
    return f"{hand} {table}"


def erase(session: Session, table: str, key: str) -> None:
    """An erasure as the triggers allow it, by nobody's act."""
    take_checks_away(session, table)
    texts = "".join(f"{column} = NULL, " for column in ERASABLE[table].__erasable__)
    marked = "erased_at = created_at" if "erased_at" in ERASABLE[table].__table__.c else "created_at = created_at"
    session.execute(sa.text(f'UPDATE "{table}" SET {texts}{marked} WHERE id = :key'), {"key": key})


IN_THE_LOG = {
    "reorder": "UPDATE leaf SET seq = 1000000 + seq WHERE seq = :n",
    "truncate": "DELETE FROM leaf WHERE seq > :n",
    "rehash": "UPDATE leaf SET leaf_hash = (SELECT leaf_hash FROM leaf WHERE seq = :n + 1) WHERE seq = :n",
}


def last(session: Session) -> int:
    return session.scalar(sa.text("SELECT max(seq) FROM leaf")) or 0


def copy_event(session: Session, key: str) -> None:
    """An event that nobody wrote, with a place at the end of the log."""
    event = Base.metadata.tables["event"]
    names = ", ".join(c.name for c in event.columns if c.name not in ("id", "actor"))
    fresh = "'" + "ab" * 16 + "'"
    copied = f"SELECT {fresh}, 'nobody', {names} FROM event WHERE id = :key"
    session.execute(sa.text(f"INSERT INTO event (id, actor, {names}) {copied}"), {"key": key})


@pytest.mark.parametrize("seed", range(many(30, 500)))
def test_any_tampering_is_found(filled: Filled, seed: int) -> None:
    with filled.unguarded() as session:
        what = tamper(session, Random(seed))
        session.flush()
        assert found(filled, session), what


@pytest.mark.parametrize("table", sorted(set(ERASABLE) - {"proposal"}))
def test_whatever_can_be_erased_is_missed_when_nobody_erased_it(filled: Filled, table: str) -> None:
    with filled.unguarded() as session:
        erase(session, table, one_row(session, table, Random(1)))
        session.flush()
        assert any(line.startswith(f"{table} ") for line in found(filled, session))


KEPT_ELSEWHERE = {
    "document.sha256": "of the bytes in the store: compared whenever they are opened",
    "signature.reason_sha256": "of a reason in the payload of its event, which has a commitment of its own",
    "verification_signature.reason_sha256": "of a reason in the payload of its event",
    "policy_version.sha256": "of the published file",
    "batch.file_sha256": "of a file whose bytes are not kept: each of its lines became a draft",
    "event.record_sha256": "of its manifest, in the one pass over events",
    "request_key.body_sha256": "of a request that is not kept",
}


def test_every_digest_names_its_text_and_is_recomputed() -> None:
    models = [mapper.class_ for mapper in Base.registry.mappers]
    digests = {f"{m.__tablename__}.{c.name}": m for m in models for c in m.__table__.c if c.name.endswith("sha256")}
    recomputed = {name for name, m in digests.items() if name.split(".")[1] in m.__digests__}
    recomputed |= {name for name, m in digests.items() if name.endswith(".sha256") and m.__erasable__}
    assert set(digests) - recomputed == set(KEPT_ELSEWHERE)
    assert not recomputed & set(KEPT_ELSEWHERE)


def test_whatever_can_be_erased_says_when(filled: Filled) -> None:
    named = {t for t, m in ERASABLE.items() if "erased_at" in m.__table__.c}
    assert {t for t in named if ERASABLE[t].__facets__["erased"] == ("erased_at",)} == named


def test_the_answer_to_a_dispute_is_what_was_written(filled: Filled) -> None:
    for changed in ("answer = 'X' || substr(answer, 2)", "answer_language = 'xx'", "answer = NULL"):
        with filled.unguarded() as session:
            session.execute(sa.text(f"UPDATE dispute SET {changed} WHERE answered_at IS NOT NULL"))
            assert any(line.startswith("dispute ") for line in found(filled, session)), changed


def test_an_untouched_log_is_clean(filled: Filled) -> None:
    with filled.unguarded() as session:
        assert found(filled, session) == []
