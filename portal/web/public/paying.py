"""What a client should know before paying: made of the clauses and promises in force, quoted with number and link."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template

from portal.rulebook.clause_data import in_language
from portal.rulebook.queries import CitedClause
from portal.rulebook.shelf import guide
from portal.web.public.rules import promise_words, today
from portal.web.shell import caching
from portal.web.shell.context import lang
from portal.web.shell.guard import open_to_all

STEPS = (
    "dispute_window", "dispute_answer", "dispute_refund_delay", "dispute_client_answer", "dispute_decision",
    "dispute_acceptance", "review_ask", "review_answer", "dispute_hold",
)
"""The promises of a dispute, in the order in which a client meets them."""


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/rules/before-you-pay", view_func=open_to_all(before_you_pay))


def before_you_pay() -> Response:
    """How milestones work, disputes and their times, the bank, and what is never covered."""
    found = guide(g.db, today(), lang().code)

    def make() -> str:
        return render_template(
            "public/before_you_pay.html", current="rules", topics=found.topics, promises=found.promises,
            steps=[found.promises[name] for name in STEPS if name in found.promises], promise_words=promise_words,
            advice=advice, translated=[one for one in found.versions if not one.binding],
        )

    return caching.page(make, today(), *(one.id for one in found.versions))


def advice(clause: CitedClause) -> str:
    """What we advise those who work with somebody to whom this rule applied."""
    return in_language(clause.data.advice, lang().code)
