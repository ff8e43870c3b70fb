"""Checks a folder of policies before anything is published: everything wrong, where, and how to mend it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from portal.core.text import sha256
from portal.rulebook.clause_data import ClauseData, line_of, read_data_with_errors
from portal.rulebook.clause_values import FOLLOWS, required
from portal.rulebook.editorial import is_editorial, wording_of
from portal.rulebook.editorial import problems as editorial_problems
from portal.rulebook.notice_period import Period, notice_promised, soonest
from portal.rulebook.reading import ClauseText, PolicyError, PolicyText, normalise, read_with_errors
from portal.rulebook.translating import not_translated

PROMISES = "our-promises"
FILE_NAME = re.compile(r"(?P<version>\d{4}-\d{2}-\d{2})(?:\.(?P<language>[a-z]{2,3}(?:-[A-Za-z0-9]+)*))?\.md")
DATA_NAME = re.compile(r"(?P<version>\d{4}-\d{2}-\d{2})\.clauses\.toml")
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LINK = re.compile(r"\]\(\s*<?(?P<page>/rules/[^)#\s>]*)?#(?P<key>[^)\s>]*)>?[^)]*\)")
PAGE = re.compile(r"/rules/(?P<slug>[^/]+)(?:/(?P<version>[^/]+))?/?")

Published = Mapping[tuple[str, str, str], str]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong: the file (relative to the folder), its line from 1, what is wrong, how to mend it."""

    file: str
    line: int
    what: str
    how: str


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """One text on disk with the clause data of its version, which a translation shares with its original."""

    slug: str
    version: str
    name: str
    translation: bool
    source: str
    policy: PolicyText
    data: Mapping[str, ClauseData]
    data_text: str

    @property
    def file(self) -> str:
        return f"{self.slug}/{self.name}"

    @property
    def data_file(self) -> str:
        return f"{self.slug}/{self.version}.clauses.toml"

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(clause.key for clause in self.policy.clauses)


def digest(source: str, data_text: str) -> str:
    """SHA-256 of what publishing freezes: a policy file and the clause data of its version, as they stand."""
    return sha256(f"{source}\n{data_text}")


def check_folder(path: Path | str, published: Published | None = None) -> list[Problem]:
    """Everything wrong with the policies in a folder, by file and line; empty when they can be published.

    `published` maps (policy, version, language) to the digest that was frozen when it was published.
    """
    files, problems = read_folder(Path(path))
    for slug in sorted({file.slug for file in files}):
        versions = [file for file in files if file.slug == slug and not file.translation]
        for earlier, file in zip([None, *versions[:-1]], versions, strict=True):
            problems += [*_dates(file, earlier, files), *_data(file), *_removed(file, earlier), *_promises(file, earlier)]
            problems += _consequences(file, published or {})
            problems += _editorial(file, earlier)
        for file in (file for file in files if file.slug == slug and file.translation):
            original = next((v for v in versions if v.version == file.version), None)
            problems += [*_translation(file, original), *_editorial(file, _before(file, files))]
    problems += _two_players(files)
    for file in files:
        problems += [*_links(file, files), *_unchanged(file, published or {})]
    return sorted(set(problems))


def read_folder(root: Path) -> tuple[list[PolicyFile], list[Problem]]:
    """Every policy file that can be read, by policy and version, originals first; and why others cannot."""
    files: list[PolicyFile] = []
    problems: list[Problem] = []
    for path in sorted(root.glob("*/*"), key=_order):
        file = path.relative_to(root).as_posix()
        named = FILE_NAME.fullmatch(path.name)
        if named and not SLUG.fullmatch(path.parent.name):
            what, how = f"“{path.parent.name}” cannot be the name of a policy.", "Call its folder like terms-of-service."
            problems.append(Problem(file, 1, what, how))
        elif named:
            found, errors = _read(path, named["version"], named["language"])
            files += [found] if found else []
            problems += [Problem(file, error.line, error.what, error.how) for error in errors]
        elif DATA_NAME.fullmatch(path.name):
            problems += _data_errors(path, file)
        elif not path.name.startswith(".") and path.suffix in (".md", ".toml"):
            what, how = "The name of this file is not that of a version.", "Call it 2026-03-01.md, after the day it takes effect."
            problems.append(Problem(file, 1, what, how))
    return files, problems


def _order(path: Path) -> tuple[str, str, int, str]:
    return path.parent.name, path.name[:10], len(path.name), path.name


def _read(path: Path, version: str, language: str | None) -> tuple[PolicyFile | None, list[PolicyError]]:
    text, unreadable = _text(path)
    if unreadable:
        return None, unreadable
    policy, errors = read_with_errors(text)
    if policy is None:
        return None, errors
    if language and policy.language != language:
        what = f"The file is named .{language} and says `{policy.language}`."
        errors.append(PolicyError(1, what, "Make them the same."))
    data_text = _text(path.with_name(f"{version}.clauses.toml"))[0]
    data, _ = read_data_with_errors(data_text)
    return PolicyFile(path.parent.name, version, path.name, language is not None, text, policy, data, data_text), errors


def _text(path: Path) -> tuple[str, list[PolicyError]]:
    if not path.is_file():
        return "", []
    try:
        return path.read_text(encoding="utf-8"), []
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return "", [PolicyError(line, "This is not UTF-8 text.", "Save the file as UTF-8.")]


def _data_errors(path: Path, file: str) -> Iterator[Problem]:
    text, unreadable = _text(path)
    for error in unreadable or read_data_with_errors(text)[1]:
        yield Problem(file, error.line, error.what, error.how)
    if not path.with_name(path.name.replace(".clauses.toml", ".md")).is_file():
        yield Problem(file, 1, "There is no text for this data.", "Add the .md file of the same version.")


def _dates(file: PolicyFile, earlier: PolicyFile | None, files: Iterable[PolicyFile] = ()) -> Iterator[Problem]:
    policy = file.policy
    if policy.effective_on.isoformat() != file.version:
        what = f"The text takes effect on {policy.effective_on}, the file is named {file.version}."
        yield Problem(file.file, _field_line(file, "effective_on"), what, "Name the file after that day.")
    if earlier is None or is_editorial(policy.front_matter):
        return
    period = _promised_notice(files, policy.published_on)
    first = soonest(policy.published_on, period)
    if policy.effective_on < first:
        what = f"The text takes effect before its notice of {period.length} {period.unit.replace('_', ' ')} has passed."
        yield Problem(file.file, _field_line(file, "effective_on"), what, f"Let it take effect on {first} or later.")


def _promised_notice(files: Iterable[PolicyFile], day: date) -> Period:
    """How long before it takes effect we promise to tell a new version: by the promise in force on that day."""
    ours = [file for file in files if file.slug == PROMISES and not file.translation and file.policy.effective_on <= day]
    promised = notice_promised({data.promise: data for data in (ours[-1].data.values() if ours else ()) if data.promise})
    return max(Period(), promised, key=lambda period: soonest(day, period))


def _editorial(file: PolicyFile, earlier: PolicyFile | None) -> Iterator[Problem]:
    """What calls itself an editorial correction and is more."""
    before = wording_of(earlier.policy, earlier.data) if earlier else None
    for error in editorial_problems(file.policy, file.data, before):
        yield Problem(file.file, error.line, error.what, error.how)


def _before(file: PolicyFile, files: Iterable[PolicyFile]) -> PolicyFile | None:
    """The translation into the same language of the version before; of a text that is new in it, the text itself."""
    own = [one for one in files if (one.slug, one.translation) == (file.slug, True)]
    versions = sorted({one.version for one in files if one.slug == file.slug and one.version < file.version})
    same = [one for one in own if one.policy.language == file.policy.language and [one.version] == versions[-1:]]
    return same[0] if same else (file if versions else None)


def _data(file: PolicyFile) -> Iterator[Problem]:
    for key in file.data:
        if key not in file.keys:
            what, how = f"There is no clause “{key}” in this version.", f"Use an id of {file.name} or delete it."
            yield Problem(file.data_file, line_of(file.data_text, key), what, how)


def _removed(file: PolicyFile, earlier: PolicyFile | None) -> Iterator[Problem]:
    if earlier is None:
        return
    for clause in earlier.policy.clauses:
        if clause.key not in file.keys and not _mentions(file.policy.changes, clause):
            what = f"Clause {clause.cited} ({clause.key}) of {earlier.version} is gone without a word."
            how = f"Say in `changes` what became of {clause.cited}, or give its id to the clause that replaces it."
            yield Problem(file.file, _field_line(file, "changes"), what, how)


def _mentions(changes: str, clause: ClauseText) -> bool:
    names = [name for name in (clause.number, clause.heading, clause.key) if name]
    return any(re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-]|\.\w)", changes, re.IGNORECASE) for name in names)


def _promises(file: PolicyFile, earlier: PolicyFile | None) -> Iterator[Problem]:
    named: dict[str, str] = {}
    for key, data in file.data.items():
        if data.promise and named.setdefault(data.promise, key) != key:
            what = f"The promise “{data.promise}” is made in {named[data.promise]} already."
            yield Problem(file.data_file, line_of(file.data_text, key, "promise"), what, "Make each promise once.")
    if file.slug == PROMISES:
        for name in sorted(required(named, (one.promise for one in earlier.data.values()) if earlier else ()) - named.keys()):
            yield Problem(file.data_file, 1, f"The promise “{name}” is missing.", "Add it to the clause that makes it.")


def _consequences(file: PolicyFile, published: Published) -> Iterator[Problem]:
    """A new text cannot promise what the portal does not do; what was published before stays as it is."""
    if (file.slug, file.version, file.policy.language) in published:
        return
    for key, data in file.data.items():
        done = FOLLOWS.get(data.promise or "")
        if done and data.consequence not in (None, done):
            what = f"“{data.consequence}” does not happen when the promise “{data.promise}” is missed."
            yield Problem(file.data_file, line_of(file.data_text, key, "consequence"), what, f"What happens is: {done}.")


def _two_players(files: Iterable[PolicyFile]) -> Iterator[Problem]:
    """One part is played by a clause of one policy: the newest text of each is looked at."""
    newest = {file.slug: file for file in files if not file.translation}
    players: dict[str, PolicyFile] = {}
    for file in newest.values():
        for key, data in file.data.items():
            if data.plays and players.setdefault(data.plays, file) is not file:
                what = f"{key} plays “{data.plays}”, and so does a clause of {players[data.plays].file}."
                yield Problem(file.data_file, line_of(file.data_text, key, "plays"), what, "Leave `plays` with one of the two.")


def _translation(file: PolicyFile, original: PolicyFile | None) -> Iterator[Problem]:
    if original is None:
        yield Problem(file.file, 1, "There is no original for this translation.", f"Add {file.version}.md beside it.")
        return
    yield from _dates(file, None)
    theirs, ours = original.policy.clauses, file.policy.clauses
    left_out = not_translated(file.policy)
    for clause in theirs:
        if clause.key not in file.keys and clause.key not in left_out:
            what = f"Clause {clause.cited} ({clause.key}) of {original.name} is not here."
            yield Problem(file.file, 1, what, "Translate it under the same id.")
    numbers = {clause.key: clause.number for clause in theirs}
    for clause in ours:
        if clause.key not in original.keys:
            what = f"Clause “{clause.key}” does not stand in {original.name}."
            yield Problem(file.file, clause.line, what, "Give it the id of the clause that it translates.")
        elif clause.number != numbers[clause.key]:
            what = f"Clause “{clause.key}” is {numbers[clause.key]} in {original.name} and {clause.number} here."
            yield Problem(file.file, clause.line, what, "Give it the same number.")
    if original.keys == file.keys and [c.key for c in theirs] != [c.key for c in ours]:
        yield Problem(file.file, 1, f"The clauses stand in another order than in {original.name}.", "Use the same order.")
    if is_editorial(original.policy.front_matter) != is_editorial(file.policy.front_matter):
        what, how = f"Only one of this text and {original.name} is an editorial correction.", "Say the same in both."
        yield Problem(file.file, _field_line(file, "editorial"), what, how)
    if original.policy.published_on != file.policy.published_on:
        what, how = f"The day of publication is another than in {original.name}.", "Use the same day."
        yield Problem(file.file, _field_line(file, "published_on"), what, how)


def _links(file: PolicyFile, files: Iterable[PolicyFile]) -> Iterator[Problem]:
    """Links of our own texts to clauses; what others wrote keeps its links, which point to their own pages."""
    for clause in () if file.policy.adopted else file.policy.clauses:
        for link in LINK.finditer(clause.text):
            if not _leads_somewhere(link, file, files):
                line = clause.line + clause.text.count("\n", 0, link.start())
                what = f"This points to {link['page'] or ''}#{link['key']}, which does not exist."
                yield Problem(file.file, line, what, "Point to the id of a clause, like #off-platform-payment.")


def _leads_somewhere(link: re.Match[str], file: PolicyFile, files: Iterable[PolicyFile]) -> bool:
    if not link["page"]:
        return link["key"] in file.keys
    page = PAGE.fullmatch(link["page"])
    return page is not None and any(
        other.slug == page["slug"] and link["key"] in other.keys and page["version"] in (None, other.version)
        for other in files
    )


def _unchanged(file: PolicyFile, published: Published) -> Iterator[Problem]:
    frozen = published.get((file.slug, file.version, file.policy.language))
    if frozen is not None and frozen != digest(file.source, file.data_text):
        what, how = "This version is published, and its text or clause data is another now.", "Put it back; make a new version."
        yield Problem(file.file, 1, what, how)


def _field_line(file: PolicyFile, name: str) -> int:
    front = file.policy.front
    found = re.search(rf"^{name}:", front, re.MULTILINE)
    return normalise(front).count("\n", 0, found.start()) + 1 if found else 1
