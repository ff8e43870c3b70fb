"""Turns the Markdown of one clause into HTML that may stand on our pages: bounded, then sanitised.

Only texts of policy authors come here; what people write is never rendered as Markdown. python-markdown takes quadratic
time on some input, so a text that is too long or has too many open marks is shown as plain paragraphs instead.
"""

import re
from html import escape, unescape

import markdown
import nh3

from portal.core.keeping import Kept
from portal.core.text import sha256
from portal.rulebook.numbering import bare, plain
from portal.rulebook.reading import HEADING, LONGEST_CLAUSE, UNDERLINE
from portal.rulebook.units import find_units

MOST_MARKS = 400
LONGEST_HEADING = 6
TAGS = frozenset([
    "p", "br", "hr", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "table", "thead", "tbody", "tr",
    "th", "td", "a",
])
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
URL_SCHEMES = {"http", "https", "mailto"}
EXTENSIONS = ("tables", "sane_lists")
BOLD_NUMBERED = re.compile(r"(\*\*|__)\s*(?:(?:Section|Article|Clause)\s+)?§?\s*[A-Z]?\d[\d.\-]*\s[^*_]*\1\s*")
FIRST_ITEM = re.compile(r"(\d{1,3}[.)][ \t]+)(?=\S)")
MARK = re.compile(r"[\[\]*_`<>!&\\]")
NESTING = re.compile(r"(?:[-+*>]|\d+[.)])(?=[ \t])|^[ ]{4}|(?<=[ ]{4})[ ]{4}|\t")
DEEPEST = 20
BLOCKS = (
    (re.compile(r"\s*\n\s*"), " "), (re.compile(r"<li>(?:\s*<p>)?"), "\n• "), (re.compile(r"</(?:li|tr)>|<br>"), "\n"),
    (re.compile(r"</t[dh]>"), " "), (re.compile(r"</?(?:p|ul|ol|table|pre|blockquote)\b[^>]*>|<hr>"), "\n\n"),
)
_RENDERED, _PLAIN = Kept[str, str](16_000_000, weigh=len), Kept[str, str](8_000_000, weigh=len)
"""HTML and plain text by the SHA-256 of the clause: some thousands of the usual length, or eighty of the longest."""


def clause_html(text: str) -> str:
    """The clause as safe HTML without its own heading line, which pages print with number and name themselves.

    A clause that is one item of a list loses the item's mark for the same reason.
    """
    return _RENDERED.get(sha256(text), lambda: _safe_html(text))


def clause_words(text: str) -> str:
    """The words of the clause without marks and without its own heading, with one space between them."""
    return " ".join(clause_plain(text).split())


def clause_plain(text: str) -> str:
    """The clause as plain text without its own heading: a blank line between paragraphs, a point before each item of a list."""
    return _PLAIN.get(sha256(text), lambda: _plain_text(text))


def _plain_text(text: str) -> str:
    html = clause_html(text)
    for pattern, between in BLOCKS:
        html = pattern.sub(between, html)
    lines = unescape(nh3.clean(html, tags=set())).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in lines)).strip()


def without_heading(text: str) -> str:
    """The clause's Markdown below its own heading or list mark."""
    lines = text.split("\n")
    first, rest = lines[0], "\n".join(lines[1:])
    if HEADING.fullmatch(first) or BOLD_NUMBERED.fullmatch(first):
        return rest
    if len(lines) > 1 and first.strip() and UNDERLINE.fullmatch(lines[1]):
        return "\n".join(lines[2:])
    heading = _own_lines(lines)
    if heading:
        return "\n".join(lines[heading:])
    item = FIRST_ITEM.match(first)
    if item and not any(FIRST_ITEM.match(line) for line in lines[1:]):
        indent = re.compile(rf"^[ ]{{1,{len(item.group())}}}", re.MULTILINE)
        return first[item.end() :] + "\n" + indent.sub("", rest)
    return text


def _own_lines(lines: list[str]) -> int:
    """How many lines at the beginning are a heading with a number, like "Article 2 - Fees" or 第三条 总则."""
    units = find_units(lines[:LONGEST_HEADING])
    if not units or units[0].index or not units[0].token or units[0].rank[0] > 1:
        return 0
    name = units[0].name
    below = next((at for at, line in enumerate(lines[1:LONGEST_HEADING], 1) if line.strip()), 0)
    named_below = name and name not in plain(bare(lines[0])) and below and name == plain(bare(lines[below])).rstrip(":")
    return below + 1 if named_below else 1


def _safe_html(text: str) -> str:
    body = without_heading(text)
    render = _plain if _costly(body) else _markdown
    return nh3.clean(
        render(body), tags=set(TAGS), attributes=ATTRIBUTES, url_schemes=URL_SCHEMES, link_rel="noopener noreferrer"
    ).strip()


def _costly(body: str) -> bool:
    marks = [len(MARK.findall(block)) for block in re.split(r"\n\s*\n", body)]
    nested = any(len(NESTING.findall(line)) > DEEPEST for line in body.split("\n"))
    return len(body) > LONGEST_CLAUSE or max(marks) > MOST_MARKS or sum(marks) > 10 * MOST_MARKS or nested


def _markdown(body: str) -> str:
    return markdown.markdown(body, extensions=list(EXTENSIONS), output_format="html")


def _plain(body: str) -> str:
    return "".join(f"<p>{escape(block)}</p>\n" for block in re.split(r"\n{2,}", body) if block.strip())
