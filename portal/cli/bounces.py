"""`flask bounced`: takes a mail that came back, as a mail server pipes it in; its person does not count as informed by it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import cast

import click

from portal.act import act
from portal.cli.support import office
from portal.core.access import WORKER
from portal.core.errors import NotFound
from portal.core.ids import new_token
from portal.notices.operations import take_bounce

LARGEST = 1_000_000
FOR_GOOD = "failed"


def bounces_in(mail: EmailMessage) -> Iterator[tuple[str, str]]:
    """(Message-ID, what the other server said) of each mail of ours that a delivery report (RFC 3464) says failed for good."""
    said, ours = [], []
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            said += [block for block in cast(list[EmailMessage], part.get_payload()) if block["Action"] is not None]
        elif part is not mail and part["Message-ID"] is not None:
            ours.append(str(part["Message-ID"]).strip())
        elif part.get_content_type() == "text/rfc822-headers":
            ours.append(str(BytesParser(policy=default).parsebytes(part.get_content().encode())["Message-ID"]).strip())
    failed = [block for block in said if str(block["Action"]).strip().lower() == FOR_GOOD]
    if failed:
        yield from ((message_id, str(failed[0]["Diagnostic-Code"] or failed[0]["Status"] or "")) for message_id in ours)


@click.command("bounced")
def bounced() -> None:
    """Reads one delivery report from standard input; what is no report about a mail of ours changes nothing."""
    mail = BytesParser(policy=default).parsebytes(sys.stdin.buffer.read(LARGEST))
    taken = 0
    for message_id, detail in bounces_in(mail):
        try:
            act(office(), take_bounce, WORKER, new_token()[:40], message_id=message_id, detail=detail)
        except NotFound:
            continue
        taken += 1
    click.echo(f"{taken} of our mails came back.")
