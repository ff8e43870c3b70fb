"""Decisions of the demo about nobody's conduct: an account that is protected, and one that a court's order is about."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from portal.cases.queries import case_file
from portal.cli.demo.complaining import put_report
from portal.cli.demo.identity import INSTEAD
from portal.cli.demo.stage import Words
from portal.enforcement.evidence import put_exhibit, take_case
from portal.enforcement.models import Nature
from portal.enforcement.nature_messages import WOULD_CHANGE
from portal.enforcement.operations import PROMISED, co_sign, confirm_order, issue_action, propose_action, start_action
from portal.enforcement.queries import action_by_ref
from portal.rulebook.queries import promises
from portal.verification.operations import request_item

if TYPE_CHECKING:
    from portal.cli.demo.cases import Plot

STRANGE = Words(
    "Since last night the messages do not sound like them, and they ask me to pay to another bank, outside of the marketplace. I "
    "called them on the phone, and they knew nothing of it.",
    "Desde anoche los mensajes no suenan como los suyos, y me pide que pague a otro banco, fuera del mercado. Llamé por "
    "teléfono, y no sabía nada.",
)
SEEN = "Yesterday somebody signed in from a device that this account had never used, and wrote to a client about another bank."
NOT_THEIRS = "The client knows this person's voice and called: they had not written. The device is new, and in another country."
TOLD = Words(
    "There is a lawsuit between us. The court has ordered that no new work is taken here until both sides were heard; I thought "
    "that you should know. It is file 3 T 114/26 of the Regional Court of Lisbon.",
    "Hay un pleito entre nosotros. El tribunal ordenó que aquí no se acepte trabajo nuevo hasta oír a ambas partes; "
    "pensé que debían saberlo. Es el expediente 3 T 114/26 del Tribunal Regional de Lisboa.",
)
ORDER = {
    "order_authority": "Regional Court of Lisbon", "order_reference": "3 T 114/26", "order_territory": "Portugal",
    "order_provision": "Article 12 of Law 8/2019",
}
ASKS = "The court asks that the holder takes no new work here until it has heard both sides. It names no last day."
OURS = "The order names the holder and this marketplace. We asked the court, and it confirmed that the order is real."
THEIRS, ENDS = list(WOULD_CHANGE[Nature.PROTECTIVE]), list(WOULD_CHANGE[Nature.LEGAL])
AGREED = "I have read the order, and it names this account."
STILL = "We asked the court again. Both sides are heard next month, and until then the order stands."
PART_OF_IT: dict[str, Any] = {"measure": "restriction", "scope": ["new_places", "new_messages"]}
PROTECTED_WHOLE = "locked for a short time to protect the account: no rule is in question"
PROTECTED_PART = "payouts to new places are locked until an identity check is passed, to protect the account; messages too"
WHO = "Somebody else may have used your account. Before money goes to a new place we need to know that it is you."
ORDERED_WHOLE = "takes no new work, because a court asks for that: it was looked at again"
SILENT = "something restricts the account, and an order forbids us to say more yet: the reasons wait at the desk"
ORDERED_PART = "a court asks for several things, each with days of its own: one is over, one is still to come"
ORDERED, LATELY_ORDERED, PROTECTED = 34.0, 12.0, 1.5
"""Days before now on which these cases begin."""


def protected(plot: Plot) -> None:
    """A client notices that somebody else writes from the account; it is locked for a short time, to protect its owner."""
    plot.begins = PROTECTED
    plot.later(0, lambda one: put_report(one, STRANGE))
    plot.later(0.3, _protect)


def ordered(plot: Plot) -> None:
    """A court's order: two people carry it out, and after a month somebody looks at it again."""
    plot.begins = ORDERED
    plot.later(0, lambda one: put_report(one, TOLD))
    plot.later(1, _carry_out)
    plot.later(28, _look_again)


def protected_in_part(plot: Plot) -> None:
    """The same, noticed earlier: only payouts to new places, until somebody shows who they are, and for a day messages to
    strangers are locked."""
    plot.begins = PROTECTED
    plot.later(0, lambda one: put_report(one, STRANGE))
    parts = PART_OF_IT | {"ends_on_new_messages": plot.stage.day(0).isoformat(), "resting": ["new_places"]}
    plot.later(0.3, partial(_protect, **parts))


def ordered_in_part(plot: Plot) -> None:
    """A court's order with days of its own for each thing: one is over, one applies, and one is still to come."""
    day, plot.begins = plot.stage.day, LATELY_ORDERED
    days: dict[str, Any] = {"ends_on_search": day(LATELY_ORDERED - 6).isoformat(), "starts_on_new_offers": day(-4).isoformat()}
    plot.later(0, lambda one: put_report(one, TOLD))
    plot.later(1, partial(_carry_out, scope=["new_contracts", "search", "new_offers"], **days))


def ordered_silently(plot: Plot) -> None:
    """A court's order that forbids us to tell of it for a time: the letter is written and waits."""
    plot.begins = LATELY_ORDERED
    plot.later(0, lambda one: put_report(one, TOLD))
    plot.later(1, partial(_carry_out, silence="yes", silence_provision="Article 14 of Law 8/2019"))


def _begin(plot: Plot, nature: Nature) -> UUID:
    """Rae takes the case and begins a decision that rests on our promise for it."""
    stage, case = plot.stage, plot.refs["case"]
    with stage.office.database.read() as session:
        item, known = case_file(session, case).items[0], promises(session, stage.clock().date())
    clause = known[PROMISED[nature]].clause_version_id
    stage.act(take_case, stage.reviewer("Rae"), case_ref=case, item=str(item.id), version=str(item.version))
    stage.act(
        put_exhibit, stage.reviewer("Rae"), case_ref=case, kind="contract", named=plot.contract().ref, quoted="",
        description="The contract between the two",
    )
    made = stage.act(start_action, stage.reviewer("Rae"), case_ref=case, clause_version_id=clause, nature=nature.value)
    plot.refs["action"] = made["action"]
    return clause


def _ask_who(plot: Plot) -> str:
    """The check that a part of the protection rests on."""
    return str(plot.stage.act(
        request_item, plot.stage.reviewer("Rae"), case_ref=plot.refs["case"], item="identity_document",
        clause_version_id=plot.clause("identity"), purpose=WHO, alternatives=INSTEAD,
    )["item"])


def _protect(plot: Plot, **other: Any) -> None:
    clause, stage = _begin(plot, Nature.PROTECTIVE), plot.stage
    rests = {"rests_on": _ask_who(plot)} if "resting" in other else {}
    fields: dict[str, Any] = {
        "measure": "suspension", "clause_version_id": str(clause), "conduct_from": stage.day(PROTECTED + 1).isoformat(),
        "conduct_to": stage.day(PROTECTED).isoformat(), "exhibits": ["1"], "facts": SEEN, "why": NOT_THEIRS, "spoke_for": "",
        "would_change": THEIRS, "objects": ["seen:A sign-in from a device that is new"], "source": "counterpart", "ends_on": "",
    } | other | rests
    stage.act(issue_action, stage.reviewer("Rae"), action_ref=plot.refs["action"], version=1, fields=fields)
    stage.sights.append((f"{plot.key}@example.com", PROTECTED_PART if other else PROTECTED_WHOLE))


def _carry_out(plot: Plot, **other: Any) -> None:
    clause, stage = _begin(plot, Nature.LEGAL), plot.stage
    fields: dict[str, Any] = {
        "measure": "restriction", "clause_version_id": str(clause), "exhibits": ["1"], "facts": ASKS, "why": OURS,
        "spoke_for": "", "would_change": ENDS, "objects": [], "source": "counterpart", "ends_on": "",
        "scope": ["new_contracts"], "order_dated_on": stage.day(ORDERED + 5).isoformat(), **ORDER,
    } | other
    stage.act(propose_action, stage.reviewer("Rae"), action_ref=plot.refs["action"], version=1, fields=fields)
    stage.act(co_sign, stage.reviewer("Ola"), action_ref=plot.refs["action"], reason=AGREED)
    shows = SILENT if "silence" in other else ORDERED_PART if other else ORDERED_WHOLE
    stage.sights.append((f"{plot.key}@example.com", shows))


def _look_again(plot: Plot) -> None:
    stage, ref = plot.stage, plot.refs["action"]
    with stage.office.database.read() as session:
        version = action_by_ref(session, ref).version
        item = next(one for one in case_file(session, plot.refs["case"]).items if one.kind == PROMISED[Nature.LEGAL])
    stage.act(
        take_case, stage.reviewer("Kim"), case_ref=plot.refs["case"], item=str(item.id), version=str(item.version)
    )
    stage.act(confirm_order, stage.reviewer("Kim"), action_ref=ref, version=version, reason=STILL)
