"""What docs/connecting.md says about checking a message is run here as it stands, against what the portal itself sends."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from portal.notices.webhooks import Parcel, headers
from portal.settings import ROOT

TEXT = (ROOT / "docs" / "connecting.md").read_text(encoding="utf-8")
NOBODY = UUID(int=0)


def block(language: str) -> str:
    """The one block of code in that language."""
    [found] = re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)
    return str(found)


def code() -> Any:
    names: dict[str, Any] = {}
    exec(block("python"), names)  # noqa: S102 - our own documentation
    return names["is_ours"]


def example() -> tuple[str, dict[str, str], bytes]:
    """The secret, the headers and the body of the example."""
    [secret] = re.findall(r"`(whsec_[^`]+)`", TEXT)
    head, _, body = block("http").rstrip("\n").partition("\n\n")
    pairs = (line.split(": ", 1) for line in head.splitlines()[1:])
    return secret, {name.lower(): value for name, value in pairs}, body.encode()


def test_the_example_is_what_the_portal_sends() -> None:
    secret, given, body = example()
    key, at = base64.b64decode(secret.removeprefix("whsec_")), datetime.fromtimestamp(int(given["webhook-timestamp"]), UTC)
    parcel = Parcel(NOBODY, 1, NOBODY, "https://shop.example/hooks", given["webhook-id"], body, (key,))
    sent = {name.lower(): value for name, value in headers(parcel, at).items()}
    assert given == {name: value for name, value in sent.items() if name != "user-agent"}


def test_the_code_takes_what_is_ours_and_nothing_else() -> None:
    is_ours, (secret, given, body) = code(), example()
    now = int(given["webhook-timestamp"])
    assert is_ours(secret, given, body, now) and is_ours(secret, given, body, now + 300)
    two = given | {"webhook-signature": f"v1,b3RoZXI= {given['webhook-signature']}"}
    assert is_ours(secret, two, body, now)
    assert not is_ours(secret, given, body, now + 301) and not is_ours(secret, given, body, now - 301)
    assert not is_ours(secret, given, body.replace(b"40000", b"90000"), now)
    assert not is_ours("whsec_b3RoZXI=", given, body, now)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_the_code_refuses_a_changed_header(name: str) -> None:
    secret, given, body = example()
    changed = given[name][:-1] + ("1" if given[name][-1] != "1" else "2")
    assert not code()(secret, given | {name: changed}, body, int(given["webhook-timestamp"]))
