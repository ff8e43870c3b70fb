"""`flask load` of accounts and members: checked whole with line numbers, put on record once, nothing of a bad file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from portal.accounts.loading import report_accounts
from portal.accounts.models import Account, Member, Person
from portal.act import Office
from portal.verify import REGISTRY
from tests.factories.loading import command_line, load
from tests.factories.market import Market, refused

STUDIO = {"type": "account", "account": "m-100", "kind": "organisation", "name": "Studio Nord", "joined_on": "2026-03-02",
          "email": "ada@example.org", "owner": "Ada Nord", "zone": "Europe/Madrid", "language": "es"}
MIA = {"type": "member", "account": "m-100", "email": "mia@example.org", "name": "Mia Lund", "role": "worker"}
BO = {"type": "account", "account": "m-101", "kind": "individual", "name": "Bo Lind", "joined_on": "2026-05-01",
      "email": "bo@example.org"}


@pytest.fixture
def flask(office: Office, tmp_path: Path) -> Iterator[FlaskCliRunner]:
    Market(office).publish()
    with command_line(office, tmp_path) as made:
        yield made


def counts(office: Office) -> tuple[int, ...]:
    with office.database.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(model)) or 0 for model in (Account, Member, Person))


def test_accounts_and_members_are_on_record_once(office: Office, flask: FlaskCliRunner, tmp_path: Path) -> None:
    assert load(flask, tmp_path, STUDIO, MIA, BO) == (0, "3 accounts and members recorded, 0 were on record.\n")
    assert load(flask, tmp_path, BO, STUDIO, MIA, MIA) == (0, "0 accounts and members recorded, 4 were on record.\n")
    assert counts(office) == (2, 3, 3)
    with office.database.read() as session:
        account = session.scalars(select(Account).where(Account.external_id == "m-100")).one()
        rows = session.execute(
            select(Person.name, Person.language, Person.zone, Member.role).join(Member, Member.person_id == Person.id)
            .where(Member.account_id == account.id).order_by(Member.id)
        ).all()
        found = [line for promise in REGISTRY for query in promise.queries for line in query(session)]
    assert (account.kind, account.name, account.joined_on) == ("organisation", "Studio Nord", date(2026, 3, 2))
    assert [tuple(row) for row in rows] == [
        ("Ada Nord", "es", "Europe/Madrid", "owner"), ("Mia Lund", "en", "UTC", "worker")
    ]
    assert found == []


def test_whoever_has_the_address_is_the_same_person(office: Office, flask: FlaskCliRunner, tmp_path: Path) -> None:
    load(flask, tmp_path, STUDIO, MIA)
    code, said = load(flask, tmp_path, BO | {"email": "MIA@example.org ", "name": "Mia Lund"})
    assert (code, said) == (0, "1 accounts and members recorded, 0 were on record.\n") and counts(office) == (2, 3, 2)


@pytest.mark.parametrize(("line", "why"), [
    ({**STUDIO, "kind": "company"}, '"kind" is none of individual, organisation.'),
    ({**STUDIO, "joined_on": "2 March"}, '"joined_on" is not a day, like 2026-03-02.'),
    ({**STUDIO, "joined_on": "2126-03-02"}, '"joined_on" lies in the future.'),
    ({**STUDIO, "email": "ada at example"}, '"email" is not an address.'),
    ({**STUDIO, "email": "ada,mia@example.org"}, '"email" is not an address.'),
    ({**STUDIO, "zone": "Madrid"}, '"zone" is no time zone, like Europe/Madrid.'),
    ({**STUDIO, "language": "xx"}, '"language" is none of en, es.'),
    ({**STUDIO, "name": "x" * 201}, '"name" is not a text of one line with at most 200 characters.'),
    ({**STUDIO, "nmae": "Studio"}, "It has fields that nobody reads: nmae."),
    ({name: value for name, value in STUDIO.items() if name != "owner"}, 'It lacks "owner"'),
    ({"type": "account", "account": "m-9"}, "It lacks: email, joined_on, kind, name."),
    ({**MIA, "role": "boss"}, '"role" is none of owner, finance, worker.'),
    ({**MIA, "account": "m-999"}, "There is no account m-999. It has to stand before its members."),
    ({**MIA, "account": "m-101"}, "An individual's account has its owner and no members."),
])
def test_a_bad_line_is_named_and_nothing_is_loaded(
    office: Office, flask: FlaskCliRunner, tmp_path: Path, line: dict[str, Any], why: str
) -> None:
    before = counts(office)
    code, said = load(flask, tmp_path, BO, line, MIA | {"account": "m-998"})
    assert code == 1 and f"facts.ndjson:2: {why}" in said and "facts.ndjson:3: There is no account m-998." in said
    assert "2 lines are refused. Nothing was loaded." in said and counts(office) == before


def test_what_is_on_record_stays_as_it_is(office: Office, flask: FlaskCliRunner, tmp_path: Path) -> None:
    load(flask, tmp_path, STUDIO, MIA)
    code, said = load(flask, tmp_path, STUDIO | {"name": "Studio Sud", "joined_on": "2026-03-03", "email": "mia@example.org"})
    assert code == 1
    assert "facts.ndjson:1: This account is on record with something else, which stays as it is: name, joined_on, email." in said
    code, said = load(flask, tmp_path, MIA | {"role": "finance"})
    assert code == 1 and "This person is on record there as worker, which stays as it is." in said and counts(office) == (1, 2, 2)


def test_the_operation_checks_again(office: Office) -> None:
    assert refused(lambda: Market(office).do(report_accounts, facts=[MIA | {"line": 7}])) == "line_refused"
    assert counts(office) == (0, 0, 0)


def test_a_line_that_no_database_can_keep_is_named_first(office: Office, flask: FlaskCliRunner, tmp_path: Path) -> None:
    before = counts(office)
    code, said = load(flask, tmp_path, BO, {**STUDIO, "name": "Studio\x00Nord"})
    assert code == 1 and "facts.ndjson:2: It has a character that cannot be stored" in said and counts(office) == before
