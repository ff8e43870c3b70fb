"""`flask policies`: check, import, diff, publish, list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click
from flask.cli import AppGroup
from sqlalchemy import select

from portal.cli.checking import check
from portal.cli.differences import shown, visible
from portal.cli.publishing import publish_folder
from portal.cli.support import office, settings
from portal.rulebook.checking import SLUG
from portal.rulebook.comparing import compare
from portal.rulebook.importing import adopt
from portal.rulebook.models import Policy, PolicyVersion
from portal.rulebook.reading import PolicyError, PolicyText, read_policy
from portal.rulebook.succession import Change, what_became
from portal.rulebook.translating import Difference, adopt_translation

policies = AppGroup("policies", help="The published rules: check, import, diff, publish, list.")
DAY = click.DateTime(["%Y-%m-%d"])
Found = TypeVar("Found")


def _slug(_context: click.Context, _option: click.Parameter, name: str) -> str:
    if not SLUG.fullmatch(name):
        raise click.BadParameter("Use small letters, digits and hyphens, like terms-of-service.")
    return name


def _ids(_context: click.Context, _option: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    found = dict(pair.rpartition("=")[::2] for pair in pairs)
    if not all(found) or not all(found.values()):
        raise click.BadParameter("Write NUMBER=ID, like 4.2=off-platform-payment.")
    return found


policies.add_command(check)


@policies.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--policy", required=True, callback=_slug, help="The name of the policy's folder, for example terms-of-service.")
@click.option("--published", type=DAY)
@click.option("--effective", type=DAY)
@click.option("--language", required=True)
@click.option("--title", default=None)
@click.option("--id", "decided", multiple=True, callback=_ids, metavar="NUMBER=ID",
              help="The id of the clause with that number or heading; NUMBER=new for an id of its own.")
@click.option("--yes", is_flag=True, help="Confirm whatever became of the clauses of the version before.")
@click.option("--confirmed", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A file with the lines that are confirmed; nothing is written when there are others, or others are missing.")
@click.option("--translation-of", "original", type=DAY, metavar="VERSION",
              help="The text is a translation of that version: it stands beside it, under the same ids, and never binds.")
def import_text(
    file: Path, policy: str, published: datetime | None, effective: datetime | None, language: str, title: str | None,
    decided: dict[str, str], yes: bool, confirmed: Path | None, original: datetime | None,
) -> None:
    """Adopts a text that others wrote: writes it as a version of a policy, and lists its clauses. Publishes nothing.

    What was renumbered, split, merged, removed or rewritten since the version before is listed and asked about; without
    an answer, --yes or --confirmed nothing is written. The same for what differs between a translation and its original.
    """
    if original is not None:
        if published or effective:
            raise click.UsageError("A translation has the days of its original: leave --published and --effective out.")
        _import_translation(file, policy, original.date(), yes, confirmed, language=language, title=title, ids=decided)
        return
    if published is None or effective is None:
        raise click.UsageError("Give --published and --effective, or --translation-of VERSION for a translation.")
    folder, day = settings().policies_dir / policy, effective.date()
    target = folder / f"{day.isoformat()}.md"
    if target.exists():
        raise click.ClickException(f"{target} exists already. A version is never written over.")
    before = _before(folder, day)
    text, notes = _read_as(
        adopt, file, title=title, published_on=published.date(), effective_on=day, language=language,
        earlier=before[-1] if before else None, older=before[:-1], ids=decided,
    )
    adopted = read_policy(text)
    for clause in adopted.clauses:
        click.echo(visible(f"{clause.number or '-':>12}  {clause.key}  {clause.heading[:60]}"))
    for note in notes:
        click.echo(visible(f"{file.name}:{note.line}: {note.what}"))
    _confirm(what_became(before[-1].clauses, adopted.clauses) if before else [], yes, confirmed)
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")
    beside = target.with_suffix(".clauses.toml")
    click.echo(f"Written: {target}. Add what may follow each clause in {beside.name}, then: flask policies publish")


def _import_translation(file: Path, policy: str, day: date, yes: bool, confirmed: Path | None, **named: Any) -> None:
    """Writes a translation beside its original, and says which text binds."""
    original = settings().policies_dir / policy / f"{day.isoformat()}.md"
    target = original.with_suffix(f".{named['language']}.md")
    if target.exists():
        raise click.ClickException(f"{target} exists already. A version is never written over.")
    if not original.is_file():
        raise click.ClickException(f"There is no {original} that this could be a translation of.")
    binding = _before(original.parent, day + timedelta(days=1))[-1]
    text, differences = _read_as(adopt_translation, file, original=binding, **named)
    for clause in read_policy(text).clauses:
        click.echo(visible(f"{clause.number or '-':>12}  {clause.key}  {clause.heading[:60]}"))
    _confirm(differences, yes, confirmed)
    target.write_text(text, encoding="utf-8", newline="\n")
    click.echo(f"Written: {target}. What binds is {original.name}, in “{binding.language}”. Then: flask policies publish")


def _read_as(adopted: Callable[..., Found], file: Path, **named: Any) -> Found:
    """What comes of a text that others wrote. Errors: what is wrong with it, with its file and line."""
    try:
        return adopted(file.read_text(encoding="utf-8"), **named)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise click.ClickException(f"{file}:{line}: This is not UTF-8 text. Save the file as UTF-8.") from error
    except PolicyError as error:
        raise click.ClickException(f"{file}:{error.line}: {error.what} {error.how}") from error


def _confirm(changes: Sequence[Change | Difference], yes: bool, confirmed: Path | None) -> None:
    """Lists what became of the clauses of another text; ends the command when that is not confirmed."""
    for change in changes:
        click.echo(visible(f"{'? ' if change.asked else '  '}{change.line}"))
    asked = [change.line for change in changes if change.asked]
    if confirmed is not None:
        known = [line.strip().removeprefix("? ") for line in confirmed.read_text(encoding="utf-8").splitlines()]
        known = [line for line in known if line and not line.startswith("#")]
        odd = [f"not confirmed: {line}" for line in asked if line not in known]
        odd += [f"confirmed, but not so: {line}" for line in known if line not in asked]
        if odd:
            raise click.ClickException(visible("\n".join(["Nothing was written.", *odd])))
    elif asked and not yes:
        way = "Give a clause another id with --id NUMBER=ID, or NUMBER=new. Scripts confirm with --confirmed FILE or --yes."
        try:
            meant = click.confirm(f"Marked with ?: {len(asked)}. Is each of them what was meant?", default=False)
        except click.Abort:
            meant = False
        if not meant:
            raise click.ClickException(f"Nothing was written. {way}")


def _before(folder: Path, day: date) -> list[PolicyText]:
    """The versions of this policy before that day, oldest first, whose clauses keep their ids."""
    earlier = sorted(path for path in folder.glob("????-??-??.md") if path.stem < day.isoformat())
    try:
        return [read_policy(path.read_text(encoding="utf-8")) for path in earlier]
    except (PolicyError, UnicodeDecodeError) as error:
        raise click.ClickException(f"A version before cannot be read: {error} Run: flask policies check") from error


@policies.command("diff")
@click.argument("policy")
@click.argument("before", required=False, type=DAY)
@click.argument("after", required=False, type=DAY)
@click.option("--language", default=None, help="Compare translations: es for 2026-03-01.es.md.")
@click.option("--whole", is_flag=True, help="Show whole clauses, not only the words around each change.")
def diff(policy: str, before: datetime | None, after: datetime | None, language: str | None, whole: bool) -> None:
    """Says clause by clause what differs between two versions; without days, between the last two."""
    end = f".{language}.md" if language else ".md"
    days = sorted(path.name.removesuffix(end) for path in (settings().policies_dir / policy).glob(f"????-??-??{end}"))
    if not days:
        raise click.ClickException(f"There is no version {policy}/*{end}.")
    newer = after.date().isoformat() if after else days[-1]
    older = before.date().isoformat() if before else max((day for day in days if day < newer), default="")
    for day in (older, newer):
        if day not in days:
            known = ", ".join(days)
            raise click.ClickException(f"There is no version {policy}/{day or '(an earlier one)'}{end}. There are: {known}.")
    texts = []
    for day in (older, newer):
        path = settings().policies_dir / policy / f"{day}{end}"
        try:
            texts.append(read_policy(path.read_text(encoding="utf-8")))
        except (PolicyError, UnicodeDecodeError) as error:
            raise click.ClickException(f"{path}: {error}") from error
    click.echo(f"{policy}: {older} -> {newer}")
    for line in shown(compare(texts[0].clauses, texts[1].clauses), whole=whole):
        click.echo(line)


@policies.command("publish")
def publish_all() -> None:
    """Freezes every version that is not yet published."""
    for name in publish_folder(settings().policies_dir)["published"]:
        click.echo(name)


@policies.command("list")
def show() -> None:
    """Every published version."""
    with office().database.read() as session:
        query = select(Policy.slug, PolicyVersion).join(PolicyVersion, PolicyVersion.policy_id == Policy.id)
        for slug, version in session.execute(query.order_by(Policy.slug, PolicyVersion.effective_on)):
            mark = " (editorial correction)" if version.corrects_id else ""
            click.echo(f"{slug} {version.effective_on} {version.language} {version.sha256[:12]} {version.title}{mark}")
