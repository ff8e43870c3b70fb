"""What an author may want to mend before publishing: warnings, which stop nothing.

* A clause that forbids something, or after which a measure may follow, says what is permitted: that is how a reader knows
  where the boundary is.
* A clause that forbids something has data, else only a warning can follow it.
* A clause is not hard to read (`readability.py`).
* Readers see all of a clause (`unshown.py`).
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from portal.rulebook.checking import PROMISES, PolicyFile, Problem, read_folder
from portal.rulebook.clause_data import PARTS
from portal.rulebook.readability import SAID, Readability, readability
from portal.rulebook.reading import ClauseText
from portal.rulebook.unshown import unshown

_FORBIDS = {
    "en": r"\b(?:(?<!what )(?:is|are|be) not (?:permitted|allowed|ok|okay)|must not|may not|shall not|prohibited|forbidden|"
    r"(?<!when )(?<!if )(?<!that )(?<!because )(?<!where )(?:you|users|members|clients|freelancers) (?:cannot|can't|can not)|"
    r"(?<![\w,] )(?:do not|don't) \w+|agree not to|(?<!that )cannot be (?:offered|sold|used|shared)|not permitted to)",
    "es": r"\b(?:no (?:está|están|se) permit\w+|(?<!que )no se pueden? (?:ofrecer|usar|vender|compartir)|no podrá\w*|"
    r"(?<!cuando )(?<!si )(?<!que )(?:usted|ustedes|usuarios|clientes) no puede\w*|"
    r"no debe(?:n|rá|rán)?\b|prohib\w+|se abstendrá\w*)",
    "de": r"\b(?:nicht (?:erlaubt|gestattet|zulässig)|verboten|untersagt|(?:darf|dürfen) (?:\w+ ){0,3}nicht|unzulässig)",
    "fr": r"\b(?:(?:n[’']est|ne sont) pas (?:permis|autorisé)\w*|interdit\w*|ne (?:peut|peuvent|doit|doivent|devez|pouvez) pas)",
    "it": r"\b(?:non (?:è|sono) (?:permess|consentit|ammess)\w*|vietat\w*|proibit\w*|non (?:può|possono|deve|devono))",
    "pt": r"\b(?:não (?:é|são) permitid\w*|proibid\w*|não (?:pode|podem|deve|devem)|vedad\w*)",
}
_PERMITS = {
    "en": r"\b(?:permitted|allowed|may|can|free to|is fine|are fine|is ok|are welcome|except)\b",
    "es": r"\b(?:permitid\w+|se permite\w*|puede\w*|podrá\w*|salvo|excepto)\b",
    "de": r"\b(?:erlaubt|gestattet|zulässig|darf|dürfen|kann|können|außer)\b",
    "fr": r"\b(?:permis\w*|autorisé\w*|peut|peuvent|pouvez|sauf)\b",
    "it": r"\b(?:permess\w+|consentit\w+|può|possono|salvo|tranne)\b",
    "pt": r"\b(?:permitid\w+|pode|podem|salvo|exceto)\b",
}


def advise_folder(path: Path | str) -> list[Problem]:
    """Every warning about the policies of a folder, by file and line."""
    files = read_folder(Path(path))[0]
    return sorted({problem for file in files for problem in [*_boundaries(file), *_hard(file), *unshown(file)]})


def parts_not_played(files: Sequence[PolicyFile]) -> list[str]:
    """A line for each part that no rule plays in the newest texts, though their authors say for machines what may follow."""
    newest = {file.slug: file for file in sorted(files, key=lambda one: one.version) if file.slug != PROMISES}
    rules = [file for file in newest.values() if file.data]
    played = {data.plays for file in rules for data in file.data.values()}
    return [
        f"{file.data_file}: no clause plays “{part}”. {PARTS[part]} If a clause is about that, add `plays = \"{part}\"` to it."
        for file in rules[:1] for part in PARTS if part not in played
    ]


def figures(file: PolicyFile) -> Iterator[tuple[ClauseText, Readability]]:
    """Each clause that holds a sentence, with its readability."""
    for clause in file.policy.clauses:
        found = readability(clause, file.policy.language)
        if found:
            yield clause, found


def forbids(text: str, language: str) -> re.Match[str] | None:
    """The words that forbid something; None when there are none, or when we do not know the language."""
    shape = _FORBIDS.get(language.partition("-")[0])
    return re.search(shape, text, re.IGNORECASE) if shape else None


def says_what_is_permitted(text: str, language: str) -> bool:
    """Whether words are left that permit something once those that forbid are taken away; True in other languages."""
    base = language.partition("-")[0]
    if base not in _FORBIDS:
        return True
    return bool(re.search(_PERMITS[base], re.sub(_FORBIDS[base], "", text, flags=re.IGNORECASE), re.IGNORECASE))


def _boundaries(file: PolicyFile) -> Iterator[Problem]:
    if file.slug == PROMISES:
        return
    for clause in file.policy.clauses:
        words = forbids(clause.text, file.policy.language)
        data = file.data.get(clause.key)
        line = clause.line + (clause.text.count("\n", 0, words.start()) if words else 0)
        if (words or (data and data.rules)) and not says_what_is_permitted(clause.text, file.policy.language):
            what = f"Clause {clause.cited} says what is not permitted, and not what is."
            if not words:
                what = f"A measure may follow clause {clause.cited}, and it does not say what is permitted."
            yield Problem(file.file, line, what, "Add what people may do, like “Permitted: ...”.")
        if words and data is None and not file.translation:
            what = f"Clause {clause.cited} forbids something, and only a warning can follow it."
            how = f"Add [{clause.key}] with `permits` to {file.version}.clauses.toml, or leave it so."
            yield Problem(file.file, line, what, how)


def _hard(file: PolicyFile) -> Iterator[Problem]:
    for clause, found in figures(file):
        if found.hard:
            what = f"Clause {clause.cited} is hard to read: {found.value} ({SAID[found.measure]})."
            yield Problem(file.file, clause.line, what, "Use shorter sentences and shorter words.")
