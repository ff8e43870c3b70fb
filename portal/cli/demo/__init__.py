"""A believable marketplace for a first look, made by the real operations on a clock that passes in order."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from portal.accounts.models import Account
from portal.act import Office
from portal.cli.demo import story
from portal.cli.demo.crowd import fill
from portal.cli.demo.stage import STAFF, Stage
from portal.core.i18n import language
from portal.settings import Settings


def make_demo(office: Office, settings: Settings, *, people: int = 200) -> Iterator[str]:
    """Fills an empty database, which has its schema, with the demo and says how to sign in; a second run says of which day
    its data are and how to sign in, and changes nothing.

    `people`: how many accounts stand around the story; 0 leaves the story alone on the stage.
    """
    notes = settings.instance / "demo.txt"
    with office.database.read() as session:
        filled = session.scalar(select(Account.id).limit(1)) is not None
    if not filled:
        password = secrets.token_hex(4)
        stage = Stage(office, settings, password)
        stage.open()
        story.prepare(stage)
        if people:
            fill(stage, people)
        stage.run()
        _keep(notes, "\n".join(_how_to_sign_in(stage, password, settings)))
    elif notes.exists():
        day = language("en").day(datetime.fromtimestamp(notes.stat().st_mtime, UTC), "UTC")
        yield f"Continuing with the data of {day}. What was due since then happens now; `make clean` begins anew."
    yield from (notes.read_text(encoding="utf-8").splitlines() if notes.exists() else ["The database is not empty."])


def _keep(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def _how_to_sign_in(stage: Stage, password: str, settings: Settings) -> Iterator[str]:
    yield f"Sign in at {settings.base_url}/sign-in with the password {password}"
    yield "  stacy@example.com   a client; the story starts when she disputes the first milestone of “Photo app”"
    yield "  tim@example.com     a freelancer with $2,150 and nothing wrong yet"
    yield "  bea@example.com, carl@example.com   clients who worked with Tim"
    for address, words in stage.sights:
        yield f"  {address:<34}  {words}"
    yield "Staff also need six digits. `.venv/bin/flask staff code rae@desk.example` prints them, or use the secret:"
    for name, role in STAFF:
        shown = "" if role == "admin" else f", shown as Reviewer {stage.staff[name][1]}"
        yield f"  {name.lower()}@desk.example, {role}{shown}: {stage.secrets[name]}"
    yield f"Mail is written to {settings.instance / 'mail'}; `.venv/bin/flask mail` shows the newest."
