"""Finds the numbered units and headings of a text that others wrote, whatever way they number.

A unit is a heading (`### 10\\. Title`, underlined, or a line in bold or capitals by itself), a paragraph that begins
with its number (`1.1.`, `**2.1**`, `§ 4`), or an item of a numbered list. Units stand below each other by heading
level, by their numbers ("4.2" below "4") and by indentation; what is cited is the path of numbers, like "B.3".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from portal.rulebook.reading import HEADING, UNDERLINE, WITH_KEY, prose

LONGEST_NAME = 100
_KEPT = "Addendum|Annexe?|Appendix|Schedule|Exhibit|Part|Chapter|Anexo|Parte|Capítulo|Anhang|Anlage|Teil|Kapitel"
_DROPPED = "Section|Article|Clause|Rule|Artículo|Sección|Cláusula|Artikel|Abschnitt|Ziffer"
_DIGITS = r"[A-Z]?\d{1,3}(?:[.\-]\d{1,3})*[a-z]?"
_END = r"\\?[.):]*(?:\s+[-–—:]?\s*|$)"
_NAMED = re.compile(rf"(?P<token>(?:{_KEPT})\s+(?:[A-Z]|[IVX]+|\d{{1,3}}))(?![\w.]\w){_END}(?P<name>.*)", re.IGNORECASE)
_NUMBERED = re.compile(rf"(?:(?i:{_DROPPED})\s+|§+\s*)?(?P<token>{_DIGITS}){_END}(?P<name>.*)")
_LETTERED = re.compile(rf"(?:(?:{_DROPPED})\s+)?(?P<token>[A-Z]|[IVXLC]+)\\?[.)]\s+(?P<name>.+)")
_BRACKETED = re.compile(r"\((?P<token>[A-Za-z]|[ivx]+|\d{1,3})\)\s*(?P<name>.*)")
_BOLD = re.compile(r"(?P<mark>\*\*|__)(?P<words>(?:(?!(?P=mark)).)+)(?P=mark):?")
_BOLD_FIRST = re.compile(
    rf"(?P<mark>\*\*|__)\s*(?:§+\s*)?(?P<token>{_DIGITS})[.):]*(?:\s+(?P<name>(?:(?!(?P=mark)).)+))?(?P=mark)[.):]*"
    r"\s+(?P<rest>.+)"
)
_DOTTED = re.compile(r"(?P<token>\d{1,3}(?:\.\d{1,3})+)[.):]?\s+(?P<rest>[^a-z\s].*)")
_PARAGRAPH_SIGN = re.compile(r"§+\s*(?P<token>\d{1,3}[a-z]?(?:\.\d{1,3})*)[.):]?\s+(?P<rest>.+)")
_LABELLED = re.compile(rf"(?:{_DROPPED}|{_KEPT})\s+(?:\d|[IVX]+\b|[A-Z]\b)")
_ITEM = re.compile(
    r"(?P<indent>[ \t]*)(?P<bullet>[*+-][ \t]+)?(?P<open>\(?)(?P<token>\d{1,3}|[a-z]|[A-Z]|[ivxl]{2,6})"
    r"(?P<close>\\?[.)])[ \t]+(?P<rest>\S.*)"
)
_ROMAN = ("", *[
    "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii",
    "xviii", "xix", "xx",
])


@dataclass(slots=True)
class Unit:
    """One unit: its first line (index), its number as written, its name, and where it stands among the others.

    `rank` orders kinds: 0 heading, 1 line that serves as one, 2 numbered paragraph, 3 list item. `own_line` says
    whether the name is a line by itself; else it is only the first words, for lists of clauses.
    """

    index: int
    rank: tuple[int, int]
    token: str
    name: str
    own_line: bool
    key: str = ""
    style: tuple[str, int] = ("", 0)
    value: int = 0
    parent: "Unit | None" = field(default=None, repr=False)
    number: str = ""
    by_position: bool = False

    @property
    def depth(self) -> int:
        return 1 + (self.parent.depth if self.parent else 0)


def find_units(lines: Sequence[str]) -> list[Unit]:
    """The units of a text in order, each with its parent and the path of numbers by which it is cited."""
    units: list[Unit] = []
    above: list[Unit] = []
    readable = dict(prose(lines))
    headed = any(HEADING.fullmatch(line) for line in readable.values())
    for index, line in readable.items():
        before = readable.get(index - 1, "")
        unit = _headline(index, line, before, readable.get(index + 1, ""), headed)
        unit = unit or _paragraph(index, line, before, above) or _item(index, line, before, above)
        if unit and not unit.own_line:
            unit.own_line = _is_name(line, readable.get(index + 1, ""))
        if unit:
            unit.parent = _place(unit, above)
            above.append(unit)
            units.append(unit)
    _count(units)
    for unit in units:
        unit.number = _path(unit)
    return units


def _is_name(line: str, after: str) -> bool:
    """Whether a numbered line has a name and nothing else, like "1. General" with its paragraphs below."""
    alone = not after.strip() and len(line) <= LONGEST_NAME
    return alone and bool(re.search(r"\s[^a-z\s][^.;:]*[^.,;:!?\s]\s*$", line))


def _headline(index: int, line: str, before: str, after: str, headed: bool) -> Unit | None:
    heading, bare = HEADING.fullmatch(line), line.strip()
    if heading:
        return _named(index, (0, len(heading["marks"])), heading["words"])
    if before.strip() or not bare:
        return None
    if UNDERLINE.fullmatch(after) and not UNDERLINE.fullmatch(line):
        return _named(index, (0, 1 if after.startswith("=") else 2), bare)
    bold = _BOLD.fullmatch(bare)
    words = bold["words"].strip() if bold else bare
    unit = _named(index, (1, 1), words)
    unit.rank = (1, unit.token.count(".") + 1)
    if len(words) > LONGEST_NAME or words[-1] in ".,;!?":
        return None
    if bold and (unit.token or words[-1] != ":"):
        return unit
    alone = not after.strip()
    capitals = not headed and alone and words.isupper() and sum(map(str.isalpha, words)) > 3
    lettered = _LETTERED.fullmatch(words) and alone
    return unit if capitals or (alone and _LABELLED.match(words)) or lettered else None


def _named(index: int, rank: tuple[int, int], words: str) -> Unit:
    keyed = WITH_KEY.fullmatch(words)
    words, key = (keyed["words"], keyed["key"]) if keyed else (words, "")
    words = plain(words)
    for shape in (_NAMED, _NUMBERED, _LETTERED, _BRACKETED):
        found = shape.fullmatch(words)
        if found:
            return Unit(index, rank, " ".join(found["token"].split()), found["name"].strip(), True, key)
    return Unit(index, rank, "", words, True, key)


def _paragraph(index: int, line: str, before: str, above: Sequence[Unit]) -> Unit | None:
    """A paragraph that begins with its own number; only at the start of a paragraph, or right below another unit."""
    started = not before.strip() or (bool(above) and (above[-1].index == index - 1 or above[-1].rank[0] == 2))
    bare = line.strip()
    found = _BOLD_FIRST.fullmatch(bare) or _DOTTED.fullmatch(bare) or _PARAGRAPH_SIGN.fullmatch(bare)
    if not found or not started or len(line) - len(line.lstrip()) > 3:
        return None
    name = plain(found.groupdict().get("name") or "").rstrip(".:")
    rank = (2, found["token"].count(".") + 1)
    return Unit(index, rank, found["token"], name or first_words(found["rest"]), bool(name))


def _item(index: int, line: str, before: str, above: Sequence[Unit]) -> Unit | None:
    found = _ITEM.fullmatch(line)
    if not found:
        return None
    indent = len(found["indent"].expandtabs(4))
    nested = any(unit.rank[0] > 1 for unit in above)
    if indent > 3 and not nested:
        return None
    close = found["open"] + found["close"].lstrip("\\")
    unit = Unit(index, (3, indent), found["token"], first_words(found["rest"]), False)
    kinds = _kinds(found["token"])
    choices = [replace(unit, style=(kind + close, indent), value=value) for kind, value in kinds]
    first = next((each for each in choices if each.value == 1), choices[-1])
    unit = next((each for each in choices if _follows(each, above)), first)
    adjoining = bool(above) and above[-1].index == index - 1 and (unit.value == 1 or above[-1].rank[0] < 3)
    colon = before.rstrip().endswith(":") and unit.value == 1
    if not before.strip() or adjoining or colon or found["bullet"] or _follows(unit, above):
        return unit
    return None


def _kinds(token: str) -> list[tuple[str, int]]:
    if token.isdigit():
        return [("1", int(token))]
    kinds = [("i", _ROMAN.index(token))] if token in _ROMAN else []
    if len(token) == 1:
        kinds.append(("a" if token.islower() else "A", ord(token.lower()) - 96))
    return kinds or [("i", 0)]


def _follows(unit: Unit, above: Sequence[Unit]) -> bool:
    return any(other.style == unit.style and other.value in (unit.value - 1, unit.value) for other in above)


def _place(unit: Unit, above: list[Unit]) -> Unit | None:
    """The unit that this one stands below; takes from the stack `above` what ends where this one begins."""
    if unit.rank[0] == 3:
        _place_item(unit, above)
    else:
        prefix = re.sub(r"[.\-][^.\-]*$", "", unit.token)
        over = next((i for i in range(len(above) - 1, -1, -1) if above[i].token == prefix != unit.token), None)
        if unit.rank[0] == 2 and over is not None:
            del above[over + 1 :]
        else:
            over = None
        while above and above[-1].rank >= unit.rank and over is None:
            above.pop()
    return above[-1] if above else None


def _place_item(unit: Unit, above: list[Unit]) -> None:
    for at in range(len(above) - 1, -1, -1):
        other, deeper = above[at], above[at + 1 :]
        if other.rank[0] < 2:
            break
        within = all(each.rank[0] == 3 and each.rank[1] > unit.rank[1] for each in deeper)
        if other.style == unit.style and (within or unit.value == other.value + 1):
            del above[at:]
            return
    while above and above[-1].rank[0] == 3 and above[-1].rank[1] > unit.rank[1]:
        above.pop()
    if above and above[-1].rank == unit.rank and unit.value != 1:
        above.pop()


def _count(units: Sequence[Unit]) -> None:
    """Items that all bear the same number ("1." and "1." again) are numbered by their place."""
    lists: dict[tuple[int, tuple[str, int]], list[Unit]] = {}
    for unit in units:
        if unit.rank[0] == 3:
            lists.setdefault((id(unit.parent), unit.style), []).append(unit)
    for items in lists.values():
        if len(items) > 1 and len({item.token for item in items}) == 1:
            for place, item in enumerate(items, 1):
                item.token, item.by_position = str(place), True


def _path(unit: Unit) -> str:
    """The path of numbers: what is written below "B" as "3" is B.3, and "4.2" below "4" is 4.2."""
    parent = unit.parent
    while parent and not parent.number:
        parent = parent.parent
    over, token = parent.number if parent else "", unit.token
    if not token or not over or "-" in token or token.startswith((f"{over}.", f"{over}-")) or " " in token:
        return token
    if "." in token:
        head, _, last = over.rpartition(".")
        if last == token.partition(".")[0]:
            return f"{head}.{token}"
        if over[0].isdigit():
            return token
    return f"{over}.{token}"


def plain(words: str) -> str:
    """Words without marks of emphasis, links and HTML."""
    words = re.sub(r"<[^>]*>", "", re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", words))
    return re.sub(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`|\\(?=[^\w\s])", "", words).strip()


def first_words(text: str) -> str:
    """A short first sentence, else the first eight words, as a name in lists of clauses."""
    words = plain(text)
    sentence = re.match(r"(.{3,60}?)[.:](?=\s)", words)
    if sentence:
        return sentence.group(1)
    some = words.split()
    return " ".join(some[:8])[:LONGEST_NAME].rstrip(".,;:") + ("…" if len(some) > 8 else "")
