"""What identity checks do for pages and the API, in one place: asking, signing, sending, answering."""

from portal.verification.asking import request_item
from portal.verification.contesting import contest_rejection
from portal.verification.resting import check_of_case
from portal.verification.reviewing import finish_talk, review_item, take_review
from portal.verification.sending import submit_item
from portal.verification.signing import co_sign_request, return_request, withdraw_request

__all__ = [
    "check_of_case", "co_sign_request", "contest_rejection", "finish_talk", "request_item", "return_request", "review_item",
    "submit_item", "take_review", "withdraw_request",
]
