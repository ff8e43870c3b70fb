"""What identity checks do for pages and the API, in one place: asking, signing, sending, answering."""

from portal.verification.asking import request_item
from portal.verification.contesting import contest_rejection
from portal.verification.reviewing import finish_talk, lifts_what_rests_on_it, review_item, take_review
from portal.verification.sending import submit_item
from portal.verification.signing import co_sign_request, return_request, withdraw_request

__all__ = [
    "co_sign_request", "contest_rejection", "finish_talk", "lifts_what_rests_on_it", "request_item", "return_request",
    "review_item", "submit_item", "take_review", "withdraw_request",
]
