"""`flask verify` proves every promise; after one byte is changed by hand it fails and names the row."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask.testing import FlaskCliRunner

from portal import verify, worker
from portal.app import create_app
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.notices.mailer import FileMailer
from portal.settings import Settings, load_settings
from tests.appeals.conftest import Bench
from tests.factories.compiled import with_shared_templates
from tests.log.making import unguarded

CHANGES = {
    "event": "UPDATE event SET subject_ref = subject_ref || 'x' WHERE id = :id",
    "statement": "UPDATE statement SET record = replace(record, 'a', 'e') WHERE id = :id",
    "decision": "UPDATE decision SET record = replace(record, 'a', 'e') WHERE id = :id",
    "clause_version": "UPDATE clause_version SET text = replace(text, 'e', 'a') WHERE id = :id",
    "transfer": "UPDATE transfer SET amount_minor = amount_minor + 1 WHERE id = :id",
    "hold": "UPDATE hold SET amount_minor = amount_minor - 1 WHERE id = :id",
    "notice": "UPDATE notice SET body = replace(body, 'e', 'a') WHERE id = :id",
}


@pytest.fixture
def settings(tmp_path: Path, database: Database, bench: Bench) -> Settings:
    """The story until the appeal is decided, delivered and signed."""
    ref = bench.file()
    bench.begin(ref)
    bench.decide(ref, "reversed")
    url = database.url.render_as_string(hide_password=False)
    made = load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_DATABASE_URL": url,
                          "PORTAL_SECRET_KEY": "a secret for tests " * 3})
    worker.run_once(bench.office, FileMailer(tmp_path / "mail"), made)
    return made


@pytest.fixture
def flask(settings: Settings, clock: MovedClock, database: Database) -> Iterator[FlaskCliRunner]:
    app = with_shared_templates(create_app(settings, clock=clock, database=database))
    with app.app_context():
        yield app.test_cli_runner()


def test_an_untouched_database_holds_what_is_promised(flask: FlaskCliRunner) -> None:
    result = flask.invoke(args=["verify"])
    assert (result.exit_code, result.output.strip()) == (0, "Everything that is promised holds.")


@pytest.mark.parametrize("table", CHANGES)
def test_one_changed_byte_is_found_and_named(bench: Bench, flask: FlaskCliRunner, table: str) -> None:
    with unguarded(bench.office) as connection:
        column = "length(body) > 10" if table == "notice" else "1 = 1"
        row = connection.execute(sa.text(f"SELECT id FROM {table} WHERE {column} ORDER BY id LIMIT 1")).scalar_one()
        assert connection.execute(sa.text(CHANGES[table]), {"id": row}).rowcount == 1
    result = flask.invoke(args=["verify"])
    named = str(row).replace("-", "")
    assert result.exit_code == 1
    assert any(table in line and named in line.replace("-", "") for line in result.output.splitlines()), result.output


def test_every_registered_promise_is_asked(settings: Settings, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def spying(number: int) -> Callable[..., list[str]]:
        return lambda _session: asked.append(number) or ["broken"]

    numbers = [promise.number for promise in verify.REGISTRY if promise.queries]
    room = SimpleNamespace(PROVES={number: (spying(number),) for number in numbers})
    monkeypatch.setattr(verify, "ROOMS", (room,))
    found = list(verify.violations(bench.office, settings))
    assert asked == numbers
    assert len([line for line in found if "broken" in line]) == len(numbers)


def test_what_is_proven_can_be_read(flask: FlaskCliRunner) -> None:
    result = flask.invoke(args=["verify", "--what"])
    assert (result.exit_code, result.output.splitlines()) == (0, list(verify.what()))
