"""Turns the Markdown of one clause into HTML that may stand on our pages: bounded, then sanitised.

Only texts of policy authors come here; what people write is never rendered as Markdown. python-markdown takes quadratic
time on some input, so a text that is too long or has too many open marks is shown as plain paragraphs instead.
"""

import re
from html import escape, unescape

import nh3

from portal.core.keeping import Kept
from portal.core.text import sha256
from portal.rulebook.markup import html_of
from portal.rulebook.reading import LONGEST_CLAUSE
from portal.rulebook.trimming import without_heading

MOST_MARKS = 400
TAGS = frozenset([
    "p", "br", "hr", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "table", "thead", "tbody", "tr",
    "th", "td", "a", "b", "i", "u", "s", "sup", "sub", "dl", "dt", "dd",
])
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
URL_SCHEMES = {"http", "https", "mailto"}
MARK = re.compile(r"[\[\]*_`~<>!&\\]")
NESTING = re.compile(r"(?:[-+*>]|\d+[.)])(?=[ \t])|^[ ]{4}|(?<=[ ]{4})[ ]{4}|\t")
DEEPEST = 20
BLOCKS = (
    (re.compile(r"\s*\n\s*"), " "), (re.compile(r"<li>(?:\s*<p>)?"), "\n• "), (re.compile(r"</(?:li|tr|dd)>|<br>"), "\n"),
    (re.compile(r"</t[dh]>"), " "), (re.compile(r"<sup>"), "^"),
    (re.compile(r"</?(?:p|ul|ol|dl|dt|table|pre|blockquote)\b[^>]*>|<hr>"), "\n\n"),
)
_RENDERED, _PLAIN = Kept[str, str](16_000_000, weigh=len), Kept[str, str](8_000_000, weigh=len)
"""HTML and plain text by the SHA-256 of the clause: some thousands of the usual length, or eighty of the longest."""


def clause_html(text: str, number: str = "") -> str:
    """The clause as safe HTML without its own heading line, which pages print with number and name themselves.

    For the same reason a clause loses the mark of its list, and the number in front of it where the page says by which
    `number` it is cited.
    """
    return _RENDERED.get(sha256(f"{number}\n{text}"), lambda: _safe_html(text, number))


def clause_words(text: str) -> str:
    """The words of the clause without marks and without its own heading, with one space between them."""
    return " ".join(clause_plain(text).split())


def clause_plain(text: str, number: str = "") -> str:
    """The clause as plain text without its own heading: a blank line between paragraphs, a point before each item of a list.

    `number`: as for `clause_html`.
    """
    return _PLAIN.get(sha256(f"{number}\n{text}"), lambda: _plain_text(text, number))


def _plain_text(text: str, number: str) -> str:
    html = clause_html(text, number)
    for pattern, between in BLOCKS:
        html = pattern.sub(between, html)
    lines = unescape(nh3.clean(html, tags=set())).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in lines)).strip()


def _safe_html(text: str, number: str) -> str:
    body = without_heading(text, number)
    render = _plain if _costly(body) else html_of
    return nh3.clean(
        render(body), tags=set(TAGS), attributes=ATTRIBUTES, url_schemes=URL_SCHEMES, link_rel="noopener noreferrer"
    ).strip()


def _costly(body: str) -> bool:
    marks = [len(MARK.findall(block)) for block in re.split(r"\n\s*\n", body)]
    nested = any(len(NESTING.findall(line)) > DEEPEST for line in body.split("\n"))
    return len(body) > LONGEST_CLAUSE or max(marks) > MOST_MARKS or sum(marks) > 10 * MOST_MARKS or nested


def _plain(body: str) -> str:
    return "".join(f"<p>{escape(block)}</p>\n" for block in re.split(r"\n{2,}", body) if block.strip())
