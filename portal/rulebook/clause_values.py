"""What the data of a clause can say where there is a list: categories of the export, what follows a missed promise."""

from collections.abc import Iterable

DSA_CATEGORIES = frozenset(
    f"STATEMENT_CATEGORY_{name}"
    for name in (
        "ANIMAL_WELFARE", "CONSUMER_INFORMATION", "CYBER_VIOLENCE", "CYBER_VIOLENCE_AGAINST_WOMEN",
        "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "ILLEGAL_OR_HARMFUL_SPEECH", "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS", "PROTECTION_OF_MINORS", "RISK_FOR_PUBLIC_SECURITY",
        "SCAMS_AND_FRAUD", "SELF_HARM", "UNSAFE_AND_PROHIBITED_PRODUCTS", "VIOLENCE", "OTHER_VIOLATION_TC",
    )
)
CONSEQUENCES = frozenset(
    (
        "back_to_draft",  # a proposal that nobody co-signed
        "restriction_ends",
        "restriction_pauses",
        "silence_ends",  # the letter that waited is sent
        "item_restriction_lifts",  # the restriction that rests on an unanswered identity item
        "claim_refunded",  # what is held goes back to the client
        "dispute_closed",  # the hold ends with it
        "hold_ends",
        "offer_lapses",  # an offer to settle that nobody accepted in time
        "redecide",
        "shown_overdue",
        "lead_alarmed",
        "lead_decides",
    )
)
FOLLOWS = {
    "co_signature": "back_to_draft", "restriction_review": "restriction_ends", "restriction_review_safety": "restriction_ends",
    "suspension_max": "redecide", "interim": "restriction_ends", "protective": "restriction_ends",
    "legal_review": "restriction_ends", "silence_review": "silence_ends", "appeal_answer": "restriction_pauses",
    "appeal_answer_safety": "lead_decides", "eligible_reviewer": "restriction_pauses", "pause_answer": "restriction_pauses",
    "identity_review": "item_restriction_lifts", "payout": "shown_overdue", "hold": "hold_ends", "hold_extension": "hold_ends",
    "dispute_hold": "hold_ends", "dispute_answer": "claim_refunded", "dispute_client_answer": "dispute_closed",
    "dispute_decision": "hold_ends", "review_answer": "hold_ends", "dispute_reviewer": "hold_ends",
    "settlement_offer": "offer_lapses", "chargeback_hold": "hold_ends", "client_question": "lead_alarmed",
    "hardship": "lead_alarmed", "reinstatement_answer": "restriction_ends",
}
"""What the portal does when each promise is missed: a text can leave it out, and cannot promise something else."""
SPANS = {
    **dict.fromkeys(("clearing", "new_destination", "link_destination"), ("days", "hours")),
    "message_retention": ("days",), **dict.fromkeys(("tell_clients", "reinstatement"), ("days", "months")),
}
"""In what times are counted that are no promise of an answer: a month read as a day would open a place for payouts too early."""
REQUIRED_PROMISES = frozenset(
    [
        "co_signature", "restriction_review", "appeal_answer", "pause_answer", "identity_review", "dispute_answer",
        "dispute_refund_delay", "dispute_client_answer", "dispute_decision", "dispute_acceptance", "dispute_hold",
        "dispute_window", "review_ask", "review_answer", "hold", "suspension_max", "payout", "client_question",
        "termination_notice", "appeal_window", "look_back", "tell_clients", "clearing", "rule_change_notice",
        "question_answer", "new_destination", "link_destination", "identity_tries", "second_reader",
        "delivery_tries", "hardship",
    ]
)
TOGETHER = frozenset(["reinstatement", "reinstatement_answer"])
"""Whoever can ask to come back is answered in time. Letters name the day from which one can, so later texts keep both."""


def required(named: Iterable[str], before: Iterable[str | None]) -> frozenset[str]:
    """What has to be promised in a text that promises this, after one that promised that."""
    return REQUIRED_PROMISES | (TOGETHER if TOGETHER & {*named, *before} else frozenset())
