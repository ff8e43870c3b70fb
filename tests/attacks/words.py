"""Words by which what somebody wrote is known again, and which would be code if a page took them for markup."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from portal.act import Office, act
from portal.core.access import Actor
from portal.core.errors import Refusal
from portal.documents.intake import Taken
from portal.settings import Settings
from tests.attacks.files import Files
from tests.factories import market

HOSTILE = (
    "<script>alert(1)</script>", "</script><script>alert(1)</script>", "<ScRiPt src=//x.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text y=20>x</text></a></svg>", "<iframe srcdoc='<script>alert(1)</script>'>",
    "<iframe src=javascript:alert(1)>", "<object data=javascript:alert(1)>", "<embed src=javascript:alert(1)>",
    "<body onload=alert(1)>", "<details open ontoggle=alert(1)>", "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>", "<marquee onstart=alert(1)>",
    "<math><mtext><style><img src=x onerror=alert(1)>", "\" onmouseover=alert(1) x=\"", "' onfocus=alert(1) autofocus x='",
    "\"><script>alert(1)</script>", "'><img src=x onerror=alert(1)>", "` onerror=alert(1) `",
    "--><script>alert(1)</script><!--", "]]><script>alert(1)</script>", "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>", "</style><script>alert(1)</script>", "</select><img src=x onerror=alert(1)>",
    "javascript:alert(1)", "jAvAsCrIpT&colon;alert(1)", "data:text/html,<script>alert(1)</script>",
    "<a href=\"javascript:alert(1)\">x</a>", "<a href='java&#x09;script:alert(1)'>x</a>", "<base href=//x.example/>",
    "<meta http-equiv=refresh content=0;url=javascript:alert(1)>", "<link rel=stylesheet href=//x.example/x.css>",
    "<style>@import'//x.example/x.css';</style>", "<p style=background:url(//x.example/x)>x</p>",
    "{{ 7 * 7 }}{% raw %}${7*7}#{7*7}", "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "\uff1cscript\uff1ealert(1)", "\u202e<script>alert(1)</script>\u202c",
    "<scr\u200bipt>alert(1)</scr\u200bipt>", "%3Cscript%3Ealert(1)%3C/script%3E",
    "<form action=//x.example/><button>x</button></form>", "<template><script>alert(1)</script></template>",
)
"""What was seen where pages were attacked, in each known shape."""
CANARY = re.compile(r"zq\d{4}qz")
SENTENCE = " "


@dataclass
class Words:
    """What was written: each canary, with the operation and the name of the argument in which it went; and what was sent."""

    files: Files
    written: dict[str, tuple[str, str]] = field(default_factory=dict)
    _known: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def mark(self, operation: str, name: str, text: str) -> str:
        """The same text of the same argument is marked the same: what is put on record again has to be as it was."""
        key = operation, name, text
        if key not in self._known:
            number = len(self._known)
            self.written[f"zq{number:04}qz"] = operation, name
            self._known[key] = f"{text} zq{number:04}qz {HOSTILE[number % len(HOSTILE)]}"
        return self._known[key]

    def of(self, text: str) -> set[tuple[str, str]]:
        """Whose words stand in a text."""
        return {self.written[one] for one in CANARY.findall(text) if one in self.written}

    def marked(self, operation: str, name: str, value: Any) -> Any:
        """Every sentence in an argument, with a canary and a hostile word behind it; what is chosen stays as it is."""
        if isinstance(value, str):
            return self.mark(operation, name, value) if SENTENCE in value else value
        if isinstance(value, dict):
            return {key: self.marked(operation, f"{name}.{key}", one) for key, one in value.items()}
        if isinstance(value, Taken):
            return self.files.kept(value)
        if isinstance(value, list):
            return [self.marked(operation, name, one) for one in value]
        return value

    def act(self, office: Office, operation: Callable[..., Any], actor: Actor, key: str, **args: Any) -> dict[str, Any]:
        """Carries it out with these words; as it was where a rule needs the very words, as for a quotation."""
        told = {name: self.marked(operation.__name__, name, value) for name, value in args.items() if name not in SPELLED}
        try:
            return act(office, operation, actor, key, **args | told)
        except Refusal:
            sent = {name: value for name, value in told.items() if isinstance(value, Taken)}
            return act(office, operation, actor, f"{key}-as-it-was", **args | sent)


SPELLED = frozenset({"folder", "details"})
"""Where a file is, and the number of an account."""


@contextmanager
def written(settings: Settings) -> Iterator[Words]:
    """While this lasts, the market's people write such words."""
    words = Words(Files(settings))
    with patch.object(market, "act", words.act):
        yield words


@contextmanager
def logged() -> Iterator[list[str]]:
    """Every line that goes into a log while this lasts."""
    lines, everything = list[str](), logging.getLogger()
    handler = logging.Handler()
    handler.emit = lambda line: lines.append(line.getMessage())  # type: ignore[method-assign]
    everything.addHandler(handler)
    yield lines
    everything.removeHandler(handler)
