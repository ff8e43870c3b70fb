"""Messages to the marketplace over real HTTP: at least once under one id, signed at each try, given up in the end."""

import json
import threading

import pytest

from portal.core.access import OPERATOR, WORKER
from portal.ledger.operations import mark_payout
from portal.notices.models import Attempt, DeliveryResult
from portal.notices.outcomes import LEASE, TRIES
from portal.notices.outgoing import route_messages, send_again, strays
from portal.notices.outgoing_models import Outgoing
from portal.notices.outgoing_queries import on_their_way, unanswered
from portal.notices.webhooks import Courier, claim
from tests.factories.market import Market, Story
from tests.factories.ports import nobody
from tests.notices.making import all_of
from tests.notices.receiving import LOOPBACK, SECRET, later, messages, on_file, pay, post, receiving, verified


def test_a_payout_is_asked_for_by_a_signed_message(market: Market, story: Story) -> None:
    with receiving() as shop:
        on_file(market, shop.url)
        ref = pay(market, story)
        assert post(market) == {"sent": 1}
    [request] = shop.requests
    assert (request.path, request.headers["host"]) == ("/hooks?from=portal", f"127.0.0.1:{shop.port}")
    assert verified(SECRET, request, market.now.timestamp())
    told = json.loads(request.body)
    assert (told["type"], told["timestamp"]) == ("payout.requested", "2026-11-22T12:00:00.000000Z")
    due_at = told["data"].pop("due_at")
    assert told["data"] == {
        "payout": ref, "account": story.tim.account.external_id, "amount": {"amount_minor": 10_000, "currency": "USD"},
        "destination": {"ref": story.destination, "number": "IBAN XX00 0000 4711"},
        "requested_at": "2026-11-22T12:00:00.000000Z",
    }
    assert due_at > told["timestamp"]
    assert post(market) == {}


@pytest.mark.parametrize("change", ["body", "id", "stamp", "secret", "old"])
def test_a_changed_or_old_message_is_no_message(market: Market, story: Story, change: str) -> None:
    with receiving() as shop:
        on_file(market, shop.url)
        pay(market, story)
        post(market)
    [request] = shop.requests
    secret, now = SECRET, market.now.timestamp()
    match change:
        case "body":
            request = type(request)(request.path, request.headers, request.body.replace(b"10000", b"90000"))
        case "id":
            request.headers["webhook-id"] = "msg_other"
        case "stamp":
            request.headers["webhook-timestamp"] = str(int(now) + 1)
        case "secret":
            secret = "whsec_bm90IGl0"
        case _:
            now += 301
    assert not verified(secret, request, now)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 410, 429, 500, 503])
def test_whatever_is_no_success_is_tried_again_under_the_same_id(market: Market, story: Story, status: int) -> None:
    with receiving() as shop:
        shop.statuses, shop.location = [status], f"http://127.0.0.1:{shop.port}/elsewhere"
        on_file(market, shop.url)
        pay(market, story)
        assert post(market) == {"waiting": 1}
        assert post(market) == {}
        later(market, minutes=1)
        assert post(market) == {"sent": 1}
    first, second = shop.requests
    assert first.path == second.path
    assert (first.body, shop.ids()[0]) == (second.body, shop.ids()[1])
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 60
    assert verified(SECRET, second, market.now.timestamp())
    assert [one.detail for one in all_of(market.office, Attempt)] == [f"HTTP {status}", "HTTP 200"]


def test_what_is_said_on_the_way_is_no_answer(market: Market, story: Story) -> None:
    with receiving() as shop:
        shop.early, shop.statuses = True, [500, 204]
        on_file(market, shop.url)
        pay(market, story)
        assert post(market) == {"waiting": 1}
        later(market, minutes=1)
        assert post(market) == {"sent": 1}


@pytest.mark.parametrize("how", ["dies", "slow", "drips"])
def test_no_answer_in_time_counts_as_a_try(market: Market, story: Story, how: str) -> None:
    with receiving() as shop:
        shop.dies, shop.waits, shop.drips = how == "dies", how == "slow", how == "drips"
        on_file(market, shop.url)
        pay(market, story)
        assert post(market, Courier(LOOPBACK.allowed, seconds=1.0))["waiting"] == 1
        shop.dies, shop.waits, shop.drips = False, False, False
        later(market, minutes=1)
        assert post(market) == {"sent": 1}
    assert len(set(shop.ids())) == 1


def test_a_slow_address_keeps_the_rest_for_the_next_round(market: Market, story: Story) -> None:
    with receiving() as shop:
        shop.waits = True
        on_file(market, shop.url)
        for _ in range(3):
            pay(market, story, 1_000)
        assert post(market, Courier(LOOPBACK.allowed, seconds=1.0)) == {"waiting": 1, "down": 2}
        assert [one.tries for one in messages(market)] == [1, 0, 0]


def test_an_address_that_is_down_costs_no_try(market: Market, story: Story) -> None:
    with nobody() as held:
        on_file(market, f"http://127.0.0.1:{held.getsockname()[1]}/hooks")
        pay(market, story)
        for _ in range(TRIES + 2):
            assert post(market) == {"down": 1}
            with market.office.database.read() as session:
                assert [(one.unreached, one.tries) for one in on_their_way(session)] == [(True, 0)]
            later(market, minutes=1)
        with receiving(held):
            assert post(market) == {"sent": 1}
    assert [one.n for one in all_of(market.office, Attempt)] == [1]


def test_a_worker_that_was_killed_while_it_posted_is_followed_by_another(market: Market, story: Story) -> None:
    with receiving() as shop:
        on_file(market, shop.url)
        pay(market, story)
        [parcel] = claim(market.office)
        assert post(market) == {}
        later(market, seconds=LEASE.total_seconds())
        assert post(market) == {"sent": 1}
    assert shop.ids() == [parcel.message_id]


def test_two_workers_never_post_one_message_at_once(market: Market, story: Story) -> None:
    with receiving() as shop:
        on_file(market, shop.url)
        for _ in range(8):
            pay(market, story, 1_000)
        workers = [threading.Thread(target=post, args=(market,)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert len(shop.ids()) == len(set(shop.ids())) == 8


def test_what_is_refused_again_and_again_is_given_up_and_shown(market: Market, story: Story) -> None:
    with receiving() as shop:
        shop.status = 500
        on_file(market, shop.url)
        ref = pay(market, story)
        for _ in range(TRIES):
            post(market)
            later(market, minutes=51)
        assert post(market) == {}
        with market.office.database.read() as session:
            [one] = on_their_way(session)
        assert (one.about_ref, one.result, one.tries, one.said) == (ref, DeliveryResult.FAILED, TRIES, "HTTP 500")
        shop.status = 200
        assert market.do(send_again, OPERATOR) == {"again": 1}
        assert post(market) == {"sent": 1}
    assert len(shop.requests) == TRIES + 1


def test_an_answer_ends_what_waits(market: Market, story: Story) -> None:
    with receiving() as shop:
        ref, other = pay(market, story), pay(market, story)
        market.do(mark_payout, payout_ref=ref, state="sent")
        on_file(market, shop.url)
        assert post(market) == {"sent": 1}
        assert json.loads(shop.requests[0].body)["data"]["payout"] == other
        market.do(mark_payout, payout_ref=other, state="failed")
        with market.office.database.read() as session:
            assert (on_their_way(session), list(unanswered(session, market.office.keyring, taken=True))) == ([], [])


def test_without_an_address_messages_wait_and_can_be_given_out(market: Market, story: Story) -> None:
    refs = [pay(market, story), pay(market, story)]
    assert post(market) == {}
    with market.office.database.read() as session:
        given = list(unanswered(session, market.office.keyring, taken=False))
        assert {one.endpoint for one in on_their_way(session)} == {""}
    assert [one["data"]["payout"] for one in given] == refs
    with receiving() as shop:
        on_file(market, shop.url)
        assert post(market) == {"sent": 2}
    assert [json.loads(one.body) | {"id": key} for one, key in zip(shop.requests, shop.ids(), strict=True)] == given
    with market.office.database.read() as session:
        assert list(unanswered(session, market.office.keyring, taken=False)) == []
        assert list(unanswered(session, market.office.keyring, taken=True)) == given


def test_a_message_that_met_nobody_is_sent_on_its_way(market: Market, story: Story) -> None:
    """As when it was written while the first address was put on file."""
    with receiving() as shop:
        on_file(market, shop.url)
        pay(market, story)
        with market.office.database.write() as session:
            for one in messages(market):
                session.delete(session.merge(one))
        assert (strays_of(market), post(market)) == (True, {})
        market.do(route_messages, WORKER)
        assert (strays_of(market), post(market)) == (False, {"sent": 1})


def strays_of(market: Market) -> bool:
    with market.office.database.read() as session:
        return strays(session)


def test_the_number_of_a_bank_account_is_sealed(market: Market, story: Story) -> None:
    pay(market, story)
    [message] = all_of(market.office, Outgoing)
    assert b"4711" not in (message.sealed or b"")


def test_what_was_sealed_under_another_key_is_set_aside(market: Market, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as shop:
        on_file(market, shop.url)
        pay(market, story)
        monkeypatch.setattr(market.office.keyring, "_root", b"another key of at least 32 characters")
        assert post(market) == {"failed": 1}
    assert shop.requests == []
