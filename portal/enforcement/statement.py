"""The statement of reasons: the one record, made from a decision, from which page, mail and JSON are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.queries import person_by_id
from portal.cases.models import Message, MessageKind
from portal.core.i18n import N_
from portal.documents.models import Document, Exhibit
from portal.enforcement.decision import Decision
from portal.enforcement.holding import money_record
from portal.enforcement.lead_queries import compared
from portal.enforcement.left_out import left_out_record
from portal.enforcement.members import letter_language, member_person, told_of
from portal.enforcement.models import RestrictionKind
from portal.enforcement.notice import exception_record
from portal.enforcement.replaced import freed_by
from portal.enforcement.resting import Rule
from portal.enforcement.timing import REINSTATEMENT, begin_of
from portal.ledger.queries import Funds
from portal.rulebook.queries import CitedClause, same_clause_in
from portal.rulebook.shelf import leads_to, whole

VERSION = 3
"""2: also the name of the account, so that a letter made of nothing else says to whom it is. 3: also the further rules that
it applies (`more`), the decision that it replaces, and why the usual notice is not given. Older records stay as they are.
`compared` stands in a record only where the decision relies on a lead, `identity_check` only where some of it rests on one,
`leads` in a rule only where it is an item that goes on from a sentence above it, `answered_by` only where several read it."""
APPEAL_HOW = N_("Write to us in your own words on the page of your appeal. It is free, and somebody else decides.")
OTHER_BODIES = N_("You can also turn to a certified out-of-court body or to a court. You need not appeal to us first.")


@dataclass(frozen=True, slots=True)
class Signed:
    """Who stands for the decision, as people outside the desk see it, and in which language they wrote."""

    decided_by: str
    co_signed_by: str | None
    language: str


def build_record(
    session: Session, decision: Decision, signed: Signed, funds: Sequence[Funds], claim_ref: str | None, marketplace: str
) -> dict[str, Any]:
    """The record of the statement. Preview and issue call this same function.

    Sources: DSA 17(3) (facts, ground, automated means, redress), P2B 4(1), DESIGN 2.2.
    """
    action, fields, first = decision.action, decision.fields, decision.rules[0]
    member = member_person(session, action)
    earlier = {each.ref: None for rule in decision.rules for each in rule.permitted.earlier}
    freed = freed_by(session, decision.replaces, decision.now) if decision.replaces is not None else []
    return {
        "v": VERSION, "ref": action.ref, "case": decision.case.ref, "issued_at": decision.now, "language": signed.language,
        "person_language": letter_language(session, action, decision.people[0]), "account_ref": decision.account.ref,
        "account_name": decision.account.name, "measure": fields.measure.value,
        "nature": action.nature, "interim": fields.interim, "effective_at": decision.times.effective_at,
        "ends_at": decision.times.ends_at, "zone": decision.zone, **_applied(session, decision, first),
        "more": [_applied(session, decision, rule) for rule in decision.rules[1:]],
        "occurrence": decision.permitted.occurrence, "earlier": list(earlier),
        "notice_exception": exception_record(fields.exception, decision.times.usual),
        "replaces": decision.replaces.ref if decision.replaces is not None else None,
        **({"member": {"name": member.name}} if member is not None else {}),
        "spoke_for": fields.spoke_for, "weighed": fields.weighed,
        "answer_on_file": decision.answer.body if decision.answer is not None else None, **_answered_by(session, decision),
        "restrictions": restrictions_record(decision, claim_ref),
        "money": money_record(funds, decision.hold, claim_ref, freed),
        "detection": {
            "source": decision.source, "automated_detection": fields.automated_detection,
            "automated_decision": fields.automated_decision,
        },
        "would_change": list(fields.would_change), "redress": redress_record(decision), "decided_by": signed.decided_by,
        "co_signed_by": signed.co_signed_by, "contact": f"{marketplace}, {decision.case.ref}",
        "promise": promise_record(decision), **left_out_record(session, decision),
        **({"compared": compared(session, decision.leads)} if decision.leads else {}), **decision.said,
    }


def _answered_by(session: Session, decision: Decision) -> dict[str, Any]:
    """Whose the answer is, where several people read the letter: only whoever wrote it can be told "you wrote"."""
    answer = decision.answer
    if answer is None or answer.from_person_id is None or len(told_of(session, decision.action)) < 2:
        return {}
    return {"answered_by": person_by_id(session, answer.from_person_id).name}


def _applied(session: Session, decision: Decision, rule: Rule) -> dict[str, Any]:
    """One rule that is applied: its text, what happened, why it falls under it, what it is about and what shows it."""
    cited = rule.cited
    return {
        "rule": rule_record(session, decision, rule.clause), "facts": cited.facts, "why": cited.why,
        "conduct_from": cited.conduct_from, "conduct_to": cited.conduct_to,
        "objects": [{"kind": named.kind, "ref": named.ref, "title": title} for named, title in rule.objects],
        "exhibits": [_exhibit(session, each) for each in rule.exhibits], "no_exhibit": cited.no_exhibit,
    }


def rule_record(session: Session, decision: Decision, clause: CitedClause) -> dict[str, Any]:
    """The rule as it was cited, with its frozen text, and its published translation for the person where there is one."""
    code = letter_language(session, decision.action, decision.people[0])
    other = same_clause_in(session, clause, code) if code != clause.language else None
    return {**_rule(session, clause), "translation": _rule(session, other) if other is not None else None}


def _rule(session: Session, clause: CitedClause) -> dict[str, Any]:
    leads = leads_to(whole(session, clause.version_id), clause) if clause.parent_key else []
    return {
        "policy": clause.policy_slug, "title": clause.policy_title, "version": clause.effective_on, "number": clause.number,
        "heading": clause.heading, "text": clause.text, "path": clause.path, "sha256": clause.sha256,
        "language": clause.language,
        **({"told_as": dict(clause.data.category)} if clause.data.counterparts == "category" else {}),
        **({"leads": [{"number": one.number, "text": one.text, "sha256": one.sha256} for one in leads]} if leads else {}),
    }


def _exhibit(session: Session, exhibit: Exhibit) -> dict[str, Any]:
    """An exhibit as its person reads it: kind, since when we have it, its words or its file; or why they are withheld.

    What is withheld has no digest here: somebody who guesses its words could try them against it.
    """
    message = session.get(Message, exhibit.message_id) if exhibit.message_id else None
    document = session.get(Document, exhibit.document_id) if exhibit.document_id else None
    shown = exhibit.ground is None
    return {
        "number": exhibit.number, "kind": exhibit.kind, "description": exhibit.description,
        "sha256": exhibit.sha256 if shown else None, "copied": message is not None and message.kind == MessageKind.RECORDED,
        "at": message.sent_at if message else document.received_at if document else exhibit.created_at,
        "ground": exhibit.ground, "quoted": exhibit.quoted if shown else None,
        "file": document.name if document is not None and shown else None,
    }


def restrictions_record(decision: Decision, claim_ref: str | None) -> list[dict[str, Any]]:
    """Each thing that is taken away, with its start and its end or review date; held money among them (its claim as scope)."""
    hold = decision.hold
    taken = [
        _restriction(one.kind, one.scope, one.partial, one.starts_at, one.ends_at, one.review_at)
        | ({"rests_on": one.check} if one.check else {})
        for one in decision.takes
    ]
    if hold is not None:
        taken.append(_restriction(RestrictionKind.MONETARY, claim_ref or "", True, decision.now, hold.until, None))
    return taken


def _restriction(
    kind: RestrictionKind, scope: str, partial: bool, starts_at: datetime, ends_at: datetime | None,
    review_at: datetime | None,
) -> dict[str, Any]:
    return {
        "kind": kind.value, "scope": scope, "partial": partial, "starts_at": starts_at, "ends_at": ends_at,
        "review_at": review_at,
    }


def redress_record(decision: Decision) -> dict[str, Any]:
    """How to appeal and until when at least: the window runs from the day of being informed. Source: DSA 20(1), (2).

    Of a termination also from when its person can ask to come back (promise "reinstatement").
    """
    asks_from = decision.times.review_at if REINSTATEMENT in decision.promises else None
    return {
        "appeal_until_at_least": decision.appeal_until,
        "appeal_path": f"/appeals/new?action={decision.action.ref}",
        "how": decision.language.gettext(APPEAL_HOW), "body": decision.language.gettext(OTHER_BODIES),
        **({"come_back_from": begin_of(asks_from, decision.zone)} if asks_from is not None else {}),
    }


def promise_record(decision: Decision) -> dict[str, Any]:
    """Our promise about the answer to an appeal, as it stands on the day of the decision."""
    answer = decision.promises["appeal_answer"]
    return {
        "name": answer.name, "length": answer.length, "unit": answer.unit, "number": answer.number,
        "heading": answer.heading, "consequence": answer.consequence,
    }
