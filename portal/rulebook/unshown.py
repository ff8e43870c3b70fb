"""What of a clause its readers do not see as it was written: hidden signs, HTML that pages leave out, pictures, such links."""

import re
from collections.abc import Iterator

from portal.rulebook.checking import PolicyFile, Problem
from portal.rulebook.prose import prose
from portal.rulebook.reading import ClauseText

SIGNS = re.compile("[\u200b\u202a-\u202e\u2060\ufeff]")
LEFT_OUT = re.compile(
    r"<(script|style|iframe|object|embed|form|input|button|textarea|select|svg|math|video|audio|template|noscript)\b",
    re.IGNORECASE,
)
PICTURE = re.compile(r"!\[[^\]\n]{0,300}\][(\[]|<img\b", re.IGNORECASE)
ADDRESS = re.compile(r"\]\(\s*<?(?!(?:https?|mailto):)([A-Za-z][A-Za-z0-9+.\-]{0,30}):", re.IGNORECASE)
CODE = re.compile(r"`[^`\n]*`")


def unshown(file: PolicyFile) -> Iterator[Problem]:
    """A warning for each of them, with its line."""
    for clause in file.policy.clauses:
        lines = dict(prose(clause.text.split("\n")))
        for index, line in lines.items():
            for what, how in _of_line(CODE.sub("", line), clause):
                yield Problem(file.file, clause.line + index, what, how)


def _of_line(line: str, clause: ClauseText) -> Iterator[tuple[str, str]]:
    sign = SIGNS.search(line)
    if sign:
        what = f"Clause {clause.cited} has the unseen sign U+{ord(sign.group()):04X}, which can turn or hide words."
        yield what, "Delete it, unless the script needs it."
    tag = LEFT_OUT.search(line)
    if tag:
        yield f"Pages do not show <{tag[1].lower()}> in clause {clause.cited}, nor what stands in it.", "Write it in words."
    if PICTURE.search(line):
        yield f"Pages show of the picture in clause {clause.cited} only its description.", "Say in words what it shows."
    address = ADDRESS.search(line)
    if address:
        what = f"The link to {address[1].lower()}: in clause {clause.cited} leads nowhere on our pages."
        yield what, "Use an address with https: or mailto:."
