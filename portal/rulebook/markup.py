"""The Markdown that contracts are written in, read one clause at a time: what leads out of the clause is still readable.

A footnote or the address of a link can stand in another clause. There its mark is shown raised, or its words without a link.
"""

import re
import threading
from xml.etree.ElementTree import Element

import markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor

_OWN = threading.local()
_DEFINED = re.compile(r" {0,3}\[\^([^\]\s]{1,20})\]:[ \t]*")
_PICTURE = re.compile(r'<img\b[^<>]*?\balt="([^"<>]*)"[^<>]*>')
_HEADING = re.compile(r"<(/?)h[1-6]\b[^>]*>")


class _Raised(InlineProcessor):
    """The mark of a footnote: [^1]."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]
        raised = Element("sup")
        raised.text = m.group(1)
        return raised, m.start(0), m.end(0)


class _Words(InlineProcessor):
    """The words of a link whose address stands in another clause: [words][name]. Blanks to fill in, [Name][Town], stay."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str, int, int]:  # type: ignore[override]
        return m.group(1), m.start(0), m.end(0)


class _Footnotes(Preprocessor):
    """The text of a footnote, "[^1]: words", is a paragraph that begins with its mark; it is no address of a link."""

    def run(self, lines: list[str]) -> list[str]:
        return [_DEFINED.sub(r"[^\1] ", line) for line in lines]


class _OneClause(Extension):
    """What is different because only one clause of the text is at hand."""

    def extendMarkdown(self, md: markdown.Markdown) -> None:
        md.preprocessors.register(_Footnotes(md), "footnotes", 5)
        md.inlinePatterns.register(_Raised(r"\[\^([^\]\s]{1,20})\]"), "raised", 175)
        md.inlinePatterns.register(_Words(r"\[([^\[\]]{1,300})\]\[[a-z0-9_.\-]{0,100}\]"), "words", 125)


def _reader() -> markdown.Markdown:
    """One for each thread: making it takes longer than reading a clause."""
    if not hasattr(_OWN, "reader"):
        extensions: list[str | Extension] = ["tables", "sane_lists", "fenced_code", _OneClause()]
        _OWN.reader = markdown.Markdown(extensions=extensions, output_format="html")
    reader: markdown.Markdown = _OWN.reader
    return reader


def html_of(text: str) -> str:
    """The text as HTML that is not yet clean; of pictures the description stays, headings within a clause are lines in bold."""
    html: str = _reader().reset().convert(text)
    html = _PICTURE.sub(r"<em>\1</em>", html)
    return _HEADING.sub(lambda mark: "</strong></p>" if mark[1] else "<p><strong>", html)
