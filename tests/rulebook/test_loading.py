"""`flask load`: acceptances that the marketplace reports; each refused line with its reason, all of the file or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskCliRunner

from portal.accounts.models import Account
from portal.act import Office
from portal.app import create_app
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.rulebook import facts
from portal.rulebook.binding import Binds, Ground
from portal.rulebook.models import Binding
from portal.settings import load_settings
from tests.factories.rules import FIRST, Rulebook
from tests.factories.told import SECRET
from tests.notices.making import all_of


@pytest.fixture
def flask(database: Database, clock: MovedClock, tmp_path: Path) -> Iterator[FlaskCliRunner]:
    settings = load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_SECRET_KEY": SECRET})
    app = create_app(settings, clock=clock, database=database)
    with app.app_context():
        yield app.test_cli_runner()


@pytest.fixture
def rules(office: Office, tmp_path: Path) -> Rulebook:
    return Rulebook(office, tmp_path / "policies").begin()


def fact(account: Account, /, **other: Any) -> dict[str, Any]:
    told = {
        "type": "acceptance", "account": account.external_id, "policy": "terms-of-service", "version": str(FIRST),
        "accepted_at": "2025-06-01T10:00:00+02:00",
    }
    return {name: value for name, value in (told | other).items() if value is not None}


def load(flask: FlaskCliRunner, folder: Path, lines: list[Any], *options: str) -> tuple[int, str]:
    file = folder / "facts.ndjson"
    written = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    file.write_bytes(b"\n".join(written) + b"\n")
    result = flask.invoke(args=["load", str(file), *options])
    return result.exit_code, result.output


def test_acceptances_are_loaded_once_and_bind(rules: Rulebook, flask: FlaskCliRunner, tmp_path: Path) -> None:
    old = rules.join(date(2023, 1, 1))
    code, said = load(flask, tmp_path, [fact(old), b"", fact(rules.join(date(2024, 1, 1)))])
    assert (code, said) == (0, "2 acceptances recorded, 0 were on record.\n")
    version = rules.version(FIRST)
    assert rules.binds(old, date(2025, 6, 1)) == Binds(version.id, date(2025, 6, 1), Ground.ACCEPTED)
    assert not isinstance(rules.binds(old, date(2025, 5, 31)), Binds)
    again = load(flask, tmp_path, [fact(old), fact(old, accepted_at="2025-07-01T10:00:00Z")])
    assert again == (0, "0 acceptances recorded, 2 were on record.\n")
    assert len(all_of(rules.office, Binding)) == 2


@pytest.mark.parametrize(("other", "why"), [
    ({"type": "ban"}, "not known"), ({"account": "nobody"}, "no account nobody"), ({"account": None}, "lacks, as text: account"),
    ({"account": 7}, "lacks, as text: account"), ({"version": "2024-03-02"}, "no version 2024-03-02"),
    ({"policy": "our-promises"}, "no version"), ({"policy": "x\x00"}, "cannot be stored"), ({"more": "x"}, "nobody reads: more"),
    ({"accepted_at": "yesterday"}, "not an instant"), ({"accepted_at": "2025-06-01T10:00:00"}, "not an instant"),
    ({"accepted_at": "0001-01-01T00:00:00+14:00"}, "not an instant"),
    ({"accepted_at": "2027-01-01T00:00:00Z"}, "future"), ({"accepted_at": "2024-01-20T00:00:00Z"}, "not published before"),
    ({"accepted_at": "2024-02-20T00:00:00Z"}, "not opened before"),
])
def test_a_refused_line_is_named_with_its_reason_and_nothing_is_loaded(
    rules: Rulebook, flask: FlaskCliRunner, tmp_path: Path, other: dict[str, Any], why: str
) -> None:
    account = rules.join(date(2025, 1, 1))
    code, said = load(flask, tmp_path, [fact(account), fact(account, **other)])
    assert code == 1
    assert "facts.ndjson:2: " in said and why in said and "1 lines are refused. Nothing was loaded." in said
    assert all_of(rules.office, Binding) == []


@pytest.mark.parametrize("line", [b"{", b"[]", b"null", b"\xff\xfe", b"[" * 5000, b'"' + b"x" * 20_000 + b'"'])
def test_nonsense_is_refused_calmly(rules: Rulebook, flask: FlaskCliRunner, tmp_path: Path, line: bytes) -> None:
    code, said = load(flask, tmp_path, [line])
    assert (code, said.count("facts.ndjson:1: It is")) == (1, 1)


def test_long_files_go_in_portions(
    rules: Rulebook, flask: FlaskCliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "PORTION", 2)
    accounts = [rules.join(date(2023, 1, 1)) for _ in range(5)]
    assert load(flask, tmp_path, [fact(one) for one in accounts])[1].startswith("5 acceptances recorded")
    assert load(flask, tmp_path, [fact(one) for one in accounts])[1].startswith("0 acceptances recorded, 5")


def test_afterwards_everything_can_be_proven(rules: Rulebook, flask: FlaskCliRunner, tmp_path: Path) -> None:
    account = rules.join(date(2023, 1, 1))
    code, said = load(flask, tmp_path, [fact(account)], "--verify")
    assert (code, said.splitlines()[-1]) == (0, "Everything that is promised holds.")


def test_what_was_accepted_here_first_stays(rules: Rulebook, flask: FlaskCliRunner, tmp_path: Path) -> None:
    account = rules.join(date(2023, 1, 1))
    load(flask, tmp_path, [fact(account)])
    first = all_of(rules.office, Binding)[0].accepted_at
    load(flask, tmp_path, [fact(account, accepted_at=(first - timedelta(days=30)).isoformat())])
    assert all_of(rules.office, Binding)[0].accepted_at == first


def test_a_portion_asks_for_its_accounts_and_rows_once(rules: Rulebook, flask: FlaskCliRunner, tmp_path: Path) -> None:
    accounts, asked = [rules.join(date(2024, 1, 1)) for _ in range(6)], list[str]()
    lines = [fact(one) for one in accounts] + [fact(accounts[0])]
    sa.event.listen(rules.office.database.writer, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert load(flask, tmp_path, lines)[1] == "6 acceptances recorded, 1 were on record.\n"
    read = [one for one in asked if one.startswith("SELECT")]
    assert sum("FROM binding " in one for one in read) == 1
    assert sum("FROM account " in one for one in read) <= 3, "once in the act, once for each reading of the file"
