"""A frozen statement as it lies in the database, without a database: for everything that is made from the record alone."""

from __future__ import annotations

from typing import Any

from portal.core.text import canonical

RECORD: dict[str, Any] = {
    "v": 2, "ref": "A-7K2QX9VD", "case": "C-4JH8PW2M", "account_ref": "P-6RT3MX8K", "account_name": "Tim Okafor",
    "issued_at": "2026-11-22T14:05:00.000000Z", "effective_at": "2026-11-22T14:05:00.000000Z",
    "ends_at": "2026-12-13T23:00:00.000000Z", "zone": "Europe/Madrid", "language": "en", "person_language": "en",
    "measure": "suspension", "nature": "conduct", "interim": False, "occurrence": 2, "earlier": ["A-2MNB8CWX"],
    "conduct_from": "2026-10-09", "conduct_to": "2026-10-12",
    "rule": {
        "policy": "terms-of-service", "title": "Terms of Service", "version": "2026-03-01", "number": "4.2",
        "heading": "Paying outside the marketplace", "language": "en", "translation": None,
        "path": "/rules/terms-of-service/2026-03-01#paying-outside", "sha256": "7" * 64,
        "text": "### 4.2 Paying outside the marketplace\n\nPayments for work that began here are made here for two years.\n",
    },
    "facts": "On 9 and 12 October you sent two messages that asked the client to pay the second half by bank transfer.",
    "why": "The contract began here on 3 September, so rule 4.2 covered its payments.",
    "objects": [{"kind": "contract", "ref": "K-8CP6T3P8", "title": "Image hosting transfer"}],
    "exhibits": [{
        "number": 1, "kind": "message", "description": "Your message of 9 October", "sha256": "e" * 64, "copied": True,
        "at": "2026-10-20T08:00:00.000000Z", "ground": None, "quoted": "Could you send the rest to my bank?", "file": None,
    }],
    "no_exhibit": None, "answer_on_file": "The client asked me to.",
    "spoke_for": "Three years here, 97 % of contracts completed.", "weighed": "That is why it is three weeks and no more.",
    "restrictions": [
        {"kind": "account", "scope": "account", "partial": False, "starts_at": "2026-11-22T14:05:00.000000Z",
         "ends_at": "2026-12-13T23:00:00.000000Z", "review_at": None},
        {"kind": "monetary", "scope": "L-GTR8K8ZV", "partial": True, "starts_at": "2026-11-22T14:05:00.000000Z",
         "ends_at": "2026-12-22T23:00:00.000000Z", "review_at": None},
    ],
    "money": {
        "available": [{"amount_minor": 175_000, "currency": "USD"}], "pending": [{"amount_minor": 0, "currency": "USD"}],
        "held": [{
            "amount": {"amount_minor": 40_000, "currency": "USD"}, "claim": "L-GTR8K8ZV", "contract": "K-8CP6T3P8",
            "contract_title": "Image hosting transfer", "until": "2026-12-22T23:00:00.000000Z", "because_of_this_action": True,
        }],
    },
    "detection": {"source": "counterpart", "automated_detection": True, "automated_decision": False},
    "would_change": ["A message in which the client asked for the transfer.", "A conversion fee agreed before 9 October."],
    "redress": {
        "appeal_until_at_least": "2027-05-22T22:00:00.000000Z", "appeal_path": "/appeals/new?action=A-7K2QX9VD",
        "how": "Write to us in your own words on the page of your appeal. It is free, and somebody else decides.",
        "body": "You can also turn to a certified out-of-court body or to a court. You need not appeal to us first.",
    },
    "decided_by": "7K2", "co_signed_by": "M4P", "contact": "Northlight, C-4JH8PW2M",
    "promise": {
        "name": "appeal_answer", "length": 14, "unit": "days", "number": "2.2", "heading": "Our answer to an appeal",
        "consequence": "restriction_pauses",
    },
}


def frozen(**other: Any) -> str:
    """The record's text, with other values for some of its parts."""
    return canonical(RECORD | other)
