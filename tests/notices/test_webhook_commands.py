"""`flask webhooks` and `flask export messages`: addresses, their secrets, and what waits, as an operator handles them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from portal.app import create_app
from portal.settings import SettingsError, load_settings
from tests.factories.market import Market
from tests.factories.told import SECRET
from tests.notices.receiving import receiving, verified

LOOPBACK = {"PORTAL_WEBHOOK_NETWORKS": "127.0.0.0/8, ::1/128"}


def runner(market: Market, folder: Path, **environ: str) -> FlaskCliRunner:
    settings = load_settings({"PORTAL_INSTANCE": str(folder / "instance"), "PORTAL_SECRET_KEY": SECRET, **environ})
    return create_app(settings, clock=market.office.clock, database=market.office.database).test_cli_runner()


@pytest.fixture
def flask(market: Market, tmp_path: Path) -> Iterator[FlaskCliRunner]:
    made = runner(market, tmp_path, **LOOPBACK)
    with made.app.app_context():
        yield made


def said(flask: FlaskCliRunner, *args: str, code: int = 0) -> str:
    result = flask.invoke(args=list(args))
    assert result.exit_code == code, result.output
    return str(result.output)


def test_from_an_address_to_a_payout_that_arrived(market: Market, flask: FlaskCliRunner, tmp_path: Path) -> None:
    story = market.story()
    with receiving() as shop:
        printed = said(flask, "webhooks", "set", "main", shop.url)
        secret = re.findall(r"whsec_\S+", printed)[0]
        ref = market.pay_out(story.tim, story.destination, 5_000)["payout"]
        assert "main: waiting (0 tries)" in said(flask, "webhooks", "list")
        assert "posted=1 unposted=0 troubles=0" in said(flask, "worker", "--once")
        assert verified(secret, shop.requests[0], market.now.timestamp())
        assert "main: sent (1 tries, last: HTTP 200)" in said(flask, "webhooks", "list")
        assert said(flask, "export", "messages") == ""
        [given] = map(json.loads, said(flask, "export", "messages", "--all").splitlines())
        assert given == {"id": shop.ids()[0], **json.loads(shop.requests[0].body)}
        assert "replaces" in said(flask, "webhooks", "set", "main", shop.url)
    file = tmp_path / "answer.ndjson"
    file.write_text("".join(json.dumps({"type": "payout", "payout": ref, "state": one}) + "\n" for one in ("sent", "paid")))
    said(flask, "load", str(file))
    assert [line for line in said(flask, "webhooks", "list").splitlines() if line.startswith("msg_")] == []


def test_without_an_address_a_message_is_given_out_as_a_file(market: Market, flask: FlaskCliRunner) -> None:
    story = market.story()
    ref = market.pay_out(story.tim, story.destination, 5_000)["payout"]
    assert f"payout.requested {ref}  no address: waiting" in said(flask, "webhooks", "list")
    [given] = map(json.loads, said(flask, "export", "messages").splitlines())
    assert (given["type"], given["data"]["payout"]) == ("payout.requested", ref)


def test_what_is_wrong_is_said(market: Market, flask: FlaskCliRunner, tmp_path: Path) -> None:
    assert "Write an address such as" in said(flask, "webhooks", "set", "main", "nowhere", code=1)
    assert "We found nothing here" in said(flask, "webhooks", "end", "main", code=1)
    said(flask, "webhooks", "set", "main", "https://shop.example/hooks")
    assert "Nothing is sent to main" in said(flask, "webhooks", "end", "main")
    assert "0 messages are tried" in said(flask, "webhooks", "again")
    strict = runner(market, tmp_path)
    with strict.app.app_context():
        assert "begins with https://" in said(strict, "webhooks", "set", "main", "http://shop.example/hooks", code=1)


def test_networks_that_are_none_stop_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PORTAL_WEBHOOK_NETWORKS"):
        load_settings({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_WEBHOOK_NETWORKS": "10.0.0.1/8"})
