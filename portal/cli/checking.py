"""`flask policies check`: what an author runs before publishing. File, line, what is wrong and how to mend it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from portal.cli.differences import readability_table, visible
from portal.cli.support import office, settings
from portal.rulebook.advising import advise_folder, parts_not_played
from portal.rulebook.checking import PolicyFile, Problem, Published, check_folder, digest, read_folder
from portal.rulebook.models import Policy, PolicyVersion

COMPARED = "Compared with the %(count)s texts that are published in the database, and with each other."
ALONE = "Compared with each other alone, not with what is published: %(why)s."
NO_DATABASE, UNREACHABLE, ASKED = "there is no database yet", "the database cannot be read", "--without-database was given"


def published_here() -> tuple[Published | None, str]:
    """What is frozen in the database, or None and why that cannot be known. Makes no database."""
    url = office().database.url
    if office().database.is_sqlite and not (url.database and Path(url.database).is_file()):
        return None, NO_DATABASE
    query = select(Policy.slug, PolicyVersion.effective_on, PolicyVersion.language, PolicyVersion.sha256)
    try:
        with office().database.read() as session:
            rows = session.execute(query.join(PolicyVersion, PolicyVersion.policy_id == Policy.id)).all()
    except SQLAlchemyError:
        return None, UNREACHABLE
    return {(row.slug, row.effective_on.isoformat(), row.language): row.sha256 for row in rows}, ""


@click.command("check")
@click.argument("folder", required=False)
@click.option("--against-database/--without-database", "compare", default=None,
              help="Fail where no database can be read; or do not look for one. Without either: compare where there is one.")
@click.option("--readability/--no-readability", "figured", default=None,
              help="A figure for each clause of every text; or none. Without either: of texts that are not published yet.")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
def check(folder: str | None, compare: bool | None, figured: bool | None, strict: bool) -> None:
    """Says file, line, what is wrong and how to mend it; exits with 1 when something is.

    Compares with what is published where a database can be read, and says whether it did. A warning names what an author may
    want to mend: a clause that forbids without saying what is permitted, one that nothing but a warning can follow, one that is
    hard to read. Warnings stop nothing. Each clause of what is not published yet has its figure, the hardest first.
    """
    known, why = (None, ASKED) if compare is False else published_here()
    if known is None and compare:
        raise click.ClickException(f"Not compared: {why}.")
    place = Path(folder) if folder else settings().policies_dir
    problems, warnings = check_folder(place, known), advise_folder(place)
    files = read_folder(place)[0]
    _say(problems)
    _say(warnings, "warning: ")
    for line in (*parts_not_played(files), *readability_table(_figured(files, known, figured))):
        click.echo(visible(line))
    click.echo(ALONE % {"why": why} if known is None else COMPARED % {"count": len(known)})
    also = f" {len(warnings)} warnings." if warnings else ""
    click.echo((f"{len(problems)} problems." if problems else "The policies are in order.") + also)
    sys.exit(1 if problems or (strict and warnings) else 0)


def _say(found: Iterable[Problem], kind: str = "") -> None:
    for one in found:
        click.echo(visible(f"{one.file}:{one.line}: {kind}{one.what} {one.how}"))


def _figured(files: Sequence[PolicyFile], known: Published | None, wanted: bool | None) -> list[PolicyFile]:
    """The texts whose clauses get a figure: those that are not published as they stand; where that is unknown, the newest."""
    if wanted is not None:
        return list(files) if wanted else []
    if known is not None:
        frozen = set(known.values())
        return [file for file in files if digest(file.source, file.data_text) not in frozen]
    newest = {file.slug: file.version for file in sorted(files, key=lambda one: one.version)}
    return [file for file in files if file.version == newest[file.slug]]
