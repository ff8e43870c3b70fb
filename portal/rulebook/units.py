"""Finds the numbered units and headings of a text that others wrote, whatever way they number.

A unit is a heading (`### 10\\. Title`, underlined, in HTML, or a line in bold or capitals by itself), a paragraph that
begins with its number (`1.1.`, `**2.1**`, `§ 4`, "Article 5", "第三条"), or an item of a numbered list. Units stand below
each other by heading level, by their numbers ("4.2" below "4") and by indentation; what is cited is the path of numbers,
like "B.3". Tables, code, comments and lists of links to the headings (tables of contents) hold no units.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.rulebook.numbering import (
    LONGEST_NAME,
    Label,
    any_follows,
    bare,
    counted,
    first_words,
    follows,
    label,
    labelled,
    latin_digits,
    plain,
    values,
)
from portal.rulebook.placing import Unit, number, place
from portal.rulebook.prose import prose
from portal.rulebook.reading import HEADING, UNDERLINE, WITH_KEY

LONGEST_TITLE_LINES = 3
LONGEST_LINE = 2_000
_HTML_HEADING = re.compile(r"\s{0,3}<h(?P<level>[1-6])\b[^>]*>(?P<words>.*)</h(?P=level)>\s*", re.IGNORECASE)
_UNSPACED = re.compile(r"(?P<marks>#{2,6})(?P<words>\d{1,3}(?:\\?[.)]|\.\d|\s).*?)(?:[ \t]+#+)?[ \t]*")
_BOLD = re.compile(r"(?P<mark>\*\*\*|\*\*|__)(?P<words>(?:(?!(?P=mark)).)+)(?P=mark):?")
_EMPHASIS = re.compile(r"(?P<mark>\*{1,3}|_{1,3})(?P<first>\S(?:(?!(?P=mark)).)*)(?P=mark)(?P<rest>.*)")
_LETTER_LINE = re.compile(r"(?P<token>[A-Z]|[IVXLC]+)[.)]\s+\S.*")
_ITEM = re.compile(
    r"(?P<open>[(（]?)(?P<token>\d{1,3}(?=[ºª°]?[.):．、）])|[^\W\d_]|[ivxl]{2,6}|[IVXL]{2,6}|([a-z])\3|[一二三四五六七八九十百]{2,4})"
    r"(?P<close>[ºª°]?\s?[.)）](?=\s)|[ºª°]?[．、）])\s*(?P<rest>\S.*)|(?P<sign>[①-⒛])[ \t]*(?P<words>\S.*)"
)
_INDENT = re.compile(r"(?P<indent>[ \t]*)(?P<bullet>[*+-][ \t]+)?(?P<words>.*)")
_CONTENTS = re.compile(r"(?:(?:[*+-]|\(?[\w.]{1,8}[.)])\s+)?(?:\*\*)?\[[^\]]*\]\(#[^)\s]*\)(?:\*\*)?\.?")
_BULLET = re.compile(r"^\s*[*+-][ \t]+(?=[\d*_§])")
_TABLE = re.compile(r"[\s|:-]+")


@dataclass(slots=True)
class _Around:
    """A line with its neighbours, the units above it, and whether the text has headings with marks."""

    index: int
    line: str
    before: str
    after: str
    above: Sequence[Unit]
    headed: bool

    @property
    def alone(self) -> bool:
        return not self.before.strip() and not self.after.strip()

    @property
    def starts(self) -> bool:
        """Whether a paragraph begins here: below a blank line, or right below another unit."""
        last = self.above[-1] if self.above else None
        return not self.before.strip() or (last is not None and (last.index == self.index - 1 or last.rank[0] == 2))


def find_units(lines: Sequence[str]) -> list[Unit]:
    """The units of a text in order, each with its parent and the path of numbers by which it is cited."""
    units: list[Unit] = []
    above: list[Unit] = []
    readable = _readable(lines)
    headed = any(HEADING.fullmatch(line) for line in readable.values())
    for index, line in readable.items():
        around = _Around(index, line, readable.get(index - 1, ""), readable.get(index + 1, ""), above, headed)
        unit = _marked(around, readable) or _line(around) or _paragraph(around) or _item(around)
        if unit is None or _names_the_last(unit, units, lines):
            continue
        unit.own_line = unit.own_line or _is_name(line, around.after)
        unit.parent = place(unit, above)
        above.append(unit)
        units.append(unit)
    number(units)
    return units


def contents(lines: Sequence[str]) -> list[int]:
    """The lines of lists that are nothing but links to places in the same text: its table of contents."""
    return [index for index, line in prose(lines) if _CONTENTS.fullmatch(line[:LONGEST_LINE].strip())]


def _readable(lines: Sequence[str]) -> dict[int, str]:
    """The lines that can begin a unit: no code, no comment, no row of a table, no table of contents."""
    kept = {index: line[:LONGEST_LINE] for index, line in prose(lines)}
    skipped = {index for index, line in kept.items() if _CONTENTS.fullmatch(line.strip())}
    table = False
    for index, line in kept.items():
        rule = kept.get(index + 1, "")
        table = "|" in line and (table or ("|" in rule and "-" in rule and bool(_TABLE.fullmatch(rule))))
        skipped |= {index} if table else set()
    return {index: "" if index in skipped else line for index, line in kept.items()}


def _marked(around: _Around, readable: dict[int, str]) -> Unit | None:
    """A heading: with #, in HTML, or underlined."""
    line = around.line
    heading, html = HEADING.fullmatch(line.lstrip(" ")) or _UNSPACED.fullmatch(line.lstrip(" ")), _HTML_HEADING.fullmatch(line)
    if heading and len(line) - len(line.lstrip(" ")) < 4:
        return _named(around.index, (0, len(heading["marks"])), heading["words"])
    if html:
        return _named(around.index, (0, int(html["level"])), html["words"])
    if around.before.strip() or not line.strip() or UNDERLINE.fullmatch(line):
        return None
    title = [line.strip()]
    for ahead in range(1, LONGEST_TITLE_LINES + 1):
        following = readable.get(around.index + ahead, "")
        if UNDERLINE.fullmatch(following):
            return _named(around.index, (0, 1 if following.startswith("=") else 2), " ".join(title))
        if not following.strip() or not following[0].isalnum() or _ITEM.match(following):
            return None
        title.append(following.strip())
    return None


def _named(index: int, rank: tuple[int, int], words: str) -> Unit:
    keyed = WITH_KEY.fullmatch(words)
    words, key = (keyed["words"], keyed["key"]) if keyed else (words, "")
    words = plain(bare(words))
    found = label(words)
    dotted = found is not None and "." in found.token
    if found is None or (found.family in ("1", "A") and found.rest and not (found.sure or dotted) and found.rest[0].islower()):
        return Unit(index, rank, "", words, True, key)
    return Unit(index, rank, found.token, found.rest, True, key, found.family, found.depth < 1)


def _line(around: _Around) -> Unit | None:
    """A line by itself that serves as a heading: in bold, in capitals, "Article 2", "A. Definitions", "1 - General"."""
    text = bare(around.line)
    bold = _BOLD.fullmatch(text)
    last = around.above[-1] if around.above else None
    named_here = bool(bold and last and last.index == around.index - 1 and last.token and not last.name)
    if not text or (around.before.strip() and not named_here):
        return None
    words = bold["words"].strip() if bold else text
    if len(words) > LONGEST_NAME or (words[-1:] in tuple(".,;!?。") and not _number_only(words)):
        return None
    unit = _named(around.index, (1, 1), words)
    found = label(plain(words))
    unit.rank = (1, found.depth if found and found.depth < 1 else unit.token.count(".") + 1)
    colon = text.endswith(":")
    if bold and (unit.token or not colon or (around.alone and not around.headed)):
        unit.name = unit.name.rstrip(":")
        return unit
    return unit if not bold and around.alone and _stands_for_a_heading(around, words, unit) else None


def _number_only(words: str) -> bool:
    found = label(words)
    return found is not None and not found.rest


def _stands_for_a_heading(around: _Around, words: str, unit: Unit) -> bool:
    if not around.headed and words.isupper() and sum(map(str.isupper, words)) > 3:
        return True
    if labelled(words) or (_LETTER_LINE.fullmatch(words) and not words.endswith(":")):
        return True
    loose = unit.family == "1" and unit.name and not unit.name[0].islower() and not re.match(r"\S+[.)]", words)
    dashed = bool(re.match(r"\S+\s+[-–—]\s", words))
    known = any_follows([each.token for each in around.above], unit.token)
    return bool(loose) and unit.token.isdigit() and (dashed or known or int(unit.token) == 1)


def _paragraph(around: _Around) -> Unit | None:
    """A paragraph that begins with its own number."""
    text, inner = bare(_BULLET.sub("", around.line)), len(around.line) - len(around.line.lstrip(" ")) > 3
    if not text or not around.starts or (inner and not (around.above and around.above[-1].rank[0] > 1)):
        return None
    strong = _EMPHASIS.match(text)
    words = plain(text)
    found = labelled(words)
    if found is not None:
        fits = found.sure or (found.family == "§" and not found.rest[:1].islower())
    else:
        found = label(words)
        fits = found is not None and _is_numbered(found, around, bool(strong and _begins(strong["first"], found.token)))
    if found is None or not fits:
        return None
    name = _strong_name(strong, found) if strong else ""
    rank = (2, found.token.count(".") + 1)
    return Unit(around.index, rank, found.token, name or first_words(found.rest), bool(name), "", found.family, found.depth < 1)


def _begins(first: str, token: str) -> bool:
    return plain(bare(first)).lstrip("§( ").startswith(token)


def _is_name(line: str, after: str) -> bool:
    """Whether a numbered line has a name and nothing else, like "1. General" with its paragraphs below."""
    alone = not after.strip() and len(line) <= LONGEST_NAME
    return alone and bool(re.search(r"\s[^a-z\s][^.;:]*[^.,:;!?\s]\s*$", line))


def _names_the_last(unit: Unit, units: Sequence[Unit], lines: Sequence[str]) -> bool:
    """Whether this heading is only the name of the one above, which has a number alone: "ARTICLE III", then "MONEY"."""
    last = units[-1] if units else None
    if last is None or last.name or not last.token or unit.token or unit.rank[0] > 1 or last.rank[0] != unit.rank[0]:
        return False
    if any(line.strip() for line in lines[last.index + 1 : unit.index]) or (unit.rank[0] == 0 and unit.rank != last.rank):
        return False
    last.name = unit.name
    return True


def _is_numbered(found: Label, around: _Around, strong: bool) -> bool:
    """Whether a line with a number in front is a paragraph with that number, and not a sentence that begins with one."""
    if found.family == "nth":
        return found.sure
    if found.family != "1":
        return strong and found.family in ("A", "(", "一") and found.sure
    token = latin_digits(found.token.replace("-", "."))
    tokens = [latin_digits(unit.token.replace("-", ".")) for unit in around.above]
    tokens += [counted(unit.token) for unit in around.above if unit.worded]
    if strong and "-" not in found.token:
        return True
    if not re.search(r"[.(]", token):
        if not found.rest:
            return around.alone and found.sure and token.isdigit() and (int(token) == 1 or any_follows(tokens, token))
        return found.sure and not token.isdigit() and not found.rest[:1].islower()
    return _goes_on(found, token, tokens)


def _goes_on(found: Label, token: str, tokens: Sequence[str]) -> bool:
    """Whether a number with dots fits to those above it, or cannot be anything but a number."""
    head, _, last = token.rpartition(".")
    beside = any(each.rpartition(".")[0] == head and follows(each, token) for each in tokens)
    if (len(last) > 2 and last.isdigit()) or "-" in found.token:
        return beside or (last == "1" and head in tokens)
    known = any_follows(tokens, token) or last in ("1", "0", "01", "a") or any(each.rpartition(".")[0] == head for each in tokens)
    return known if found.rest[:1].islower() else known or found.sure or "(" in found.token


def _strong_name(strong: re.Match[str], found: Label) -> str:
    """The name that stands in bold with the number, or in bold behind it."""
    with_number = label(plain(bare(strong["first"])))
    if with_number and with_number.rest:
        return with_number.rest.rstrip(".: ")
    behind = _EMPHASIS.match(strong["rest"].strip(" .:\t"))
    return plain(behind["first"]).rstrip(".: ") if behind and found.rest.startswith(plain(behind["first"])) else ""


def _item(around: _Around) -> Unit | None:
    parts = _INDENT.fullmatch(around.line)
    text = bare(plain_number(parts["words"])) if parts else ""
    found = _ITEM.fullmatch(text)
    if not parts or not found:
        return None
    indent = len(parts["indent"].expandtabs(4))
    if indent > 3 and not any(unit.rank[0] > 1 for unit in around.above):
        return None
    token, rest = (found["token"], found["rest"]) if found["token"] else (found["sign"], found["words"])
    unit = Unit(around.index, (3, indent), token, first_words(rest), False)
    close = f"{found['open'] or ''}{(found['close'] or '').strip()}"
    choices = [replace(unit, style=(kind + close, indent), value=value) for kind, value in values(token)]
    if not choices:
        return None
    first = next((each for each in choices if each.value == 1), choices[-1])
    unit = next((each for each in choices if _continues(each, around.above)), first)
    plainly = token.isdigit() or (token.isascii() and token.islower())
    if unit.value != 1 and not plainly and not _continues(unit, around.above):
        return None
    last = around.above[-1] if around.above else None
    adjoining = last is not None and last.index == around.index - 1 and (unit.value == 1 or last.rank[0] < 3)
    colon = around.before.rstrip().endswith((":", "：")) and unit.value == 1
    starts = not around.before.strip() or adjoining or colon or bool(parts["bullet"])
    return unit if starts or _continues(unit, around.above) else None


def plain_number(words: str) -> str:
    """A list item without emphasis on its number: `**(a)** one` is `(a) one`."""
    return re.sub(r"^(\*{1,3}|_{1,3})(\(?\w{1,6}[.)]+)\1(?=\s)", r"\2", words)


def _continues(unit: Unit, above: Sequence[Unit]) -> bool:
    return any(other.style == unit.style and other.value in (unit.value - 1, unit.value) for other in above)
