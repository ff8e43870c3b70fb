"""`flask policies`: check, import, publish, list."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from portal.cli.support import carry_out, office, settings
from portal.rulebook.checking import Published, check_folder
from portal.rulebook.importing import adopt
from portal.rulebook.models import Policy, PolicyVersion
from portal.rulebook.operations import publish
from portal.rulebook.reading import PolicyError, PolicyText, read_policy

policies = AppGroup("policies", help="The published rules: check, import, publish, list.")
DAY = click.DateTime(["%Y-%m-%d"])


def _published() -> Published:
    """What is frozen in the database, for the checker to compare with; nothing when there is no database yet."""
    with office().database.read() as session:
        query = select(Policy.slug, PolicyVersion.effective_on, PolicyVersion.language, PolicyVersion.sha256)
        rows = session.execute(query.join(PolicyVersion, PolicyVersion.policy_id == Policy.id)).all()
    return {(row.slug, row.effective_on.isoformat(), row.language): row.sha256 for row in rows}


@policies.command("check")
@click.argument("folder", required=False)
@click.option("--against-database", is_flag=True, help="Also compare with what is published here.")
def check(folder: str | None, against_database: bool) -> None:
    """Says file, line, what is wrong and how to mend it; exits with 1 when something is."""
    known = _published() if against_database else {}
    problems = check_folder(Path(folder) if folder else settings().policies_dir, known)
    for problem in problems:
        click.echo(f"{problem.file}:{problem.line}: {problem.what} {problem.how}")
    click.echo(f"{len(problems)} problems." if problems else "The policies are in order.")
    sys.exit(1 if problems else 0)


@policies.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--policy", required=True, help="The name of the policy's folder, for example terms-of-service.")
@click.option("--published", required=True, type=DAY)
@click.option("--effective", required=True, type=DAY)
@click.option("--language", required=True)
@click.option("--title", default=None)
def import_text(
    file: Path, policy: str, published: datetime, effective: datetime, language: str, title: str | None
) -> None:
    """Adopts a text that others wrote: writes it as a version of a policy, and lists its clauses. Publishes nothing."""
    folder, day = settings().policies_dir / policy, effective.date()
    target = folder / f"{day.isoformat()}.md"
    if target.exists():
        raise click.ClickException(f"{target} exists already. A version is never written over.")
    try:
        text, notes = adopt(
            file.read_text(encoding="utf-8"), title=title, published_on=published.date(),
            effective_on=day, language=language, earlier=_before(folder, day),
        )
    except PolicyError as error:
        raise click.ClickException(f"{file}:{error.line}: {error.what} {error.how}") from error
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    for clause in read_policy(text).clauses:
        click.echo(f"{clause.number or '-':>12}  {clause.key}  {clause.heading[:60]}")
    for note in notes:
        click.echo(f"{target.name}:{note.line}: {note.what}")
    beside = target.with_suffix(".clauses.toml")
    click.echo(f"Written: {target}. Add what may follow each clause in {beside.name}, then: flask policies publish")


def _before(folder: Path, day: date) -> PolicyText | None:
    """The version of this policy before that day, whose clauses keep their ids."""
    earlier = [path for path in folder.glob("????-??-??.md") if path.stem < day.isoformat()]
    return read_policy(max(earlier).read_text(encoding="utf-8")) if earlier else None


@policies.command("publish")
def publish_all() -> None:
    """Freezes every version that is not yet published."""
    for name in carry_out(publish, folder=str(settings().policies_dir))["published"]:
        click.echo(name)


@policies.command("list")
def show() -> None:
    """Every published version."""
    with office().database.read() as session:
        query = select(Policy.slug, PolicyVersion).join(PolicyVersion, PolicyVersion.policy_id == Policy.id)
        for slug, version in session.execute(query.order_by(Policy.slug, PolicyVersion.effective_on)):
            click.echo(f"{slug} {version.effective_on} {version.language} {version.sha256[:12]} {version.title}")
