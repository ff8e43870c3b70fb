"""A file of the demo that proposes several decisions at once: three drafts, two of which act first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from portal.act import by
from portal.cli.demo.stage import Stage
from portal.enforcement.many import send_file

FIRST = (
    "Late in the evening this account wrote to six people whom it has no contract with, and threatened to come to their homes."
)
USUAL = "The second part is paid in. For two weeks nothing of it came, and two messages of the client were not answered."


def send(stage: Stage, keys: list[str]) -> None:
    """Rae sends it this morning; nobody outside has heard of it."""
    content = "\n".join(json.dumps(line) for line in _lines(stage, keys)).encode()
    send_file(*by(stage.office, stage.reviewer("Rae")), name="night of reports.ndjson", content=content)


def _lines(stage: Stage, keys: list[str]) -> Iterator[dict[str, Any]]:
    for n, key in enumerate(keys):
        first = n < len(keys) - 1
        yield {
            "account": f"mp-{key}", "case": "new", "clause": "threats" if first else "payment-for-nothing",
            "conduct_from": stage.day(6 if first else 15).isoformat(), "conduct_to": stage.day(1).isoformat(),
            "measure": "suspension" if first else "warning", "interim": first, "facts": FIRST if first else USUAL,
            "why": "The words fall under this rule as it is written.", "objects": [f"contract:c-{key}-0"],
            "exhibits": ["contract"], "would_change": ["Proof that somebody else wrote this", "What we have not seen"],
        }
