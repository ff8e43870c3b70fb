"""What the ledger does for other rooms and for pages, in one place: earnings, destinations, holds, payouts."""

from portal.ledger.adjusting import propose_adjustment, sign_adjustment
from portal.ledger.claims import end_claim
from portal.ledger.destinations import add_own_destination, end_destination
from portal.ledger.earnings import add_destination, record_earning
from portal.ledger.escrow import record_funding
from portal.ledger.escrow_called import call_escrow, end_call
from portal.ledger.escrow_returns import record_escrow_return
from portal.ledger.giving_way import make_way
from portal.ledger.holds import end_hold, hold_ends_of_event, open_claim_and_hold
from portal.ledger.lapses import expire_hold
from portal.ledger.payouts import mark_payout, request_payout
from portal.ledger.refunds import mark_refund, refund_due

__all__ = [
    "add_destination", "add_own_destination", "call_escrow", "end_call", "end_claim", "end_destination", "end_hold",
    "expire_hold", "hold_ends_of_event", "make_way", "mark_payout", "mark_refund", "open_claim_and_hold",
    "propose_adjustment", "record_earning", "record_escrow_return", "record_funding", "refund_due", "request_payout",
    "sign_adjustment",
]
