"""`flask load` on the database of a test: a command line, and a file of facts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask.testing import FlaskCliRunner

from portal.act import Office
from portal.app import create_app
from portal.settings import load_settings
from tests.factories.told import SECRET


@contextmanager
def command_line(office: Office, folder: Path) -> Iterator[FlaskCliRunner]:
    """The commands of a portal that keeps its instance in this folder."""
    settings = load_settings({"PORTAL_INSTANCE": str(folder / "instance"), "PORTAL_SECRET_KEY": SECRET})
    app = create_app(settings, clock=office.clock, database=office.database)
    with app.app_context():
        yield app.test_cli_runner()


def load(flask: FlaskCliRunner, folder: Path, *lines: dict[str, Any]) -> tuple[int, str]:
    """Loads a file with these facts; the exit code and what was said."""
    file = folder / "facts.ndjson"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    result = flask.invoke(args=["load", str(file)])
    return result.exit_code, result.output
