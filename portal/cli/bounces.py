"""`flask bounced`: takes a mail that came back, as a mail server pipes it in; its person does not count as informed by it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

import click

from portal.act import act
from portal.cli.support import office
from portal.core.access import WORKER
from portal.core.errors import NotFound
from portal.core.ids import new_token
from portal.notices.operations import take_bounce

LARGEST = 1_000_000
MOST = 10
"""A report is about one mail; whoever writes one about many is not believed about all."""
FOR_GOOD = "failed"
MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,200}>")


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report says of one mail: who it did not reach, and what the other server said."""

    message_id: str
    recipients: list[str]
    detail: str


def bounces_in(mail: Message) -> Iterator[Bounce]:
    """Each mail of ours that a delivery report (RFC 3464) says failed for good."""
    said: list[Message] = []
    ours: list[str] = []
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            said += [block for block in _blocks(part) if _said(block, "Action").lower() == FOR_GOOD]
        elif part is not mail and part["Message-ID"] is not None:
            ours.append(_said(part, "Message-ID"))
        elif part.get_content_type() == "text/rfc822-headers":
            headers = part.get_payload(decode=True)
            ours.append(_said(BytesParser().parsebytes(headers if isinstance(headers, bytes) else b""), "Message-ID"))
    recipients = [_address(block, name) for block in said for name in ("Final-Recipient", "Original-Recipient")][:2 * MOST]
    for message_id in [one for one in dict.fromkeys(ours) if MESSAGE_ID.fullmatch(one)][:MOST] if said else []:
        yield Bounce(message_id, recipients, _said(said[0], "Diagnostic-Code") or _said(said[0], "Status"))


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _said(part: Message, name: str) -> str:
    """A header as text that can be stored, whatever bytes stand in it."""
    return str(part[name] or "").strip().encode(errors="replace").decode().replace("\x00", "")[:1000]


def _address(block: Message, name: str) -> str:
    """The address in "rfc822; somebody@example.org"."""
    return _said(block, name).rpartition(";")[2].strip().strip("<>")


def _read(content: bytes) -> list[Bounce]:
    """Errors: none; what is nested deeper than any report is none."""
    try:
        return list(bounces_in(BytesParser(policy=compat32).parsebytes(content)))
    except RecursionError:
        return []


@click.command("bounced")
def bounced() -> None:
    """Reads one delivery report from standard input; what is no report about a mail of ours changes nothing."""
    taken = 0
    for bounce in _read(sys.stdin.buffer.read(LARGEST)):
        told = {"message_id": bounce.message_id, "recipients": bounce.recipients, "detail": bounce.detail}
        try:
            act(office(), take_bounce, WORKER, new_token()[:40], **told)
        except NotFound:
            continue
        taken += 1
    click.echo(f"{taken} of our mails came back.")
