"""How hard a clause is to read, by a published formula that fits its language.

* English: the Flesch-Kincaid grade (Kincaid and others 1975), the school year that follows it:
  0.39 x words per sentence + 11.8 x syllables per word - 15.59.
* Spanish: the Szigriszt-Pazos index (1993, read on the INFLESZ scale), from 0 hard to 100 easy:
  206.835 - 62.3 x syllables per word - words per sentence.
* Any other language: words per sentence; where a script sets no blanks between words, characters per sentence.

Syllables are counted by rule: nearly exact in Spanish, within a few in a hundred in English. As Flesch counted, a colon, a
semicolon, and the end of a list item or paragraph end a sentence too. Of a few words a formula says little, so no clause of
less than 30 words is called hard.
"""

import re
from dataclasses import dataclass
from typing import Literal

from portal.rulebook.numbering import plain
from portal.rulebook.pairing import ComparedClause, Read
from portal.rulebook.wording import UNSPACED, words

Measure = Literal["grade", "index", "words", "characters"]

FEWEST_WORDS = 30
LIMITS: dict[Measure, float] = {"grade": 9, "index": 55, "words": 22, "characters": 60}
SAID: dict[Measure, str] = {
    "grade": "Flesch-Kincaid grade, at most 9",
    "index": "Szigriszt-Pazos index, at least 55",
    "words": "words per sentence, at most 22",
    "characters": "characters per sentence, at most 60",
}
_SENTENCE = re.compile(
    r"[.!?;:…。！？；：।॥؟؛۔]+(?=\s|$|[”’\"')\]])|[。！？；：।॥]|\n\s*\n"
)
_ITEM_MARK = re.compile(r"^[ \t]*(?:[*+>|-]|\(?\w{1,3}[.)])\s+", re.MULTILINE)
_CODE = re.compile(r"^(```|~~~).*?^\1[^\n]*$|<!--.*?-->", re.DOTALL | re.MULTILINE)
_UNDERLINE = re.compile(r"\A(?:=+|-+)[ \t]*$", re.MULTILINE)
_HEADING_MARKS = re.compile(r"^[#\s]+")
_APART = re.compile(r"[aeoáéó](?=[aeoáéóíú])|[íú](?=[aeoáéó])")
_SILENT = re.compile(r"(?:[^aeiouyl]|[aeiouy]l)e$|[^aeiouytd]ed$|(?:[^aeiouyscgzxh]|[^sc]h)es$")
_TWO = re.compile(r"(?<![tscg])i[ao](?!u)|eo(?!u)|(?<=[aeouy])ing$|[^aeiougq]ua|creat|(?<=[^aeiou])ism$|science|(?<![tc])ient$")


@dataclass(frozen=True, slots=True)
class Readability:
    """A figure, what it measures, and of how many words and sentences; `hard` when it is beyond the limit."""

    measure: Measure
    value: float
    words: int
    sentences: int

    @property
    def hard(self) -> bool:
        beyond = self.value < LIMITS["index"] if self.measure == "index" else self.value > LIMITS[self.measure]
        return beyond and self.words >= FEWEST_WORDS


def readability(clause: ComparedClause, language: str) -> Readability | None:
    """The figure of a clause without its heading; None when it holds no sentence."""
    text = _spoken(clause)
    sentences = [found for part in _SENTENCE.split(text) if (found := [w for w in words(part) if any(map(str.isalnum, w))])]
    some = [word for sentence in sentences for word in sentence]
    if not some:
        return None
    length = len(some) / len(sentences)
    base = language.partition("-")[0]
    if base == "en":
        syllables = sum(map(english_syllables, some)) / len(some)
        return Readability("grade", round(0.39 * length + 11.8 * syllables - 15.59, 1), len(some), len(sentences))
    if base == "es":
        syllables = sum(map(spanish_syllables, some)) / len(some)
        return Readability("index", round(206.835 - 62.3 * syllables - length, 1), len(some), len(sentences))
    unspaced = sum(bool(UNSPACED.match(word)) for word in some) > len(some) / 2
    return Readability("characters" if unspaced else "words", round(length, 1), len(some), len(sentences))


def _spoken(clause: ComparedClause) -> str:
    """The clause's words: without heading, number, marks of emphasis, addresses, comments and code."""
    rest = _UNDERLINE.sub("", clause.text.partition("\n")[2])
    lead = plain(_HEADING_MARKS.sub("", Read(clause).lead))
    same = lead.rstrip(".: ") == plain(clause.heading).rstrip(".: ")
    named = clause.text.startswith("#") or (same and bool(rest.strip()))
    return plain(_ITEM_MARK.sub("\n\n", _CODE.sub("", rest if named else f"{lead}\n{rest}")))


def english_syllables(word: str) -> int:
    """Syllables of an English word by rule: groups of vowels, without a silent e."""
    small = re.sub(r"[^a-z]", "", word.casefold())
    groups = len(re.findall(r"[aeiouy]+", small)) - bool(_SILENT.search(small)) + len(_TWO.findall(small))
    return max(groups, 1)


def spanish_syllables(word: str) -> int:
    """Syllables of a Spanish word: its groups of vowels, and one more where two vowels of a group stand apart."""
    small = re.sub(r"(?<=[gq])u(?=[eiéí])", "", word.casefold())
    small = re.sub(r"y(?![aeiouáéíóúü])", "i", small)
    return max(len(re.findall(r"[aeiouáéíóúü]+", small)) + len(_APART.findall(small)), 1)
