"""The person's own page: what is wrong, what they can do, what they wait for; and when all is well, a calm page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, g, render_template

from portal.accounts.models import Account
from portal.accounts.queries import accounts_left
from portal.cases.queries import Question
from portal.core.access import Permission
from portal.enforcement.members import questions_to, was_theirs
from portal.enforcement.models import Action
from portal.ledger.refund_queries import refunds_to_send
from portal.ledger.returned import came_back
from portal.web.person import urgency
from portal.web.person.funds import payable
from portal.web.person.history import history
from portal.web.person.new_dispute import may_contest
from portal.web.person.overview import overview
from portal.web.person.scope import by_link, case_ref_of, my_accounts, sees_case
from portal.web.person.urgency import worst_first
from portal.web.shell import guard
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/me", "me", allow(Permission.READ_CASE_AS_PERSON)(show))


@dataclass(frozen=True, slots=True)
class Left:
    """An account that the person has left, with what was asked of them there and decided about them: that stays theirs."""

    account: Account
    decided: list[Action]
    asked: list[Question]


def _left() -> list[Left]:
    """In a link's session only what belongs to its case."""
    found, me = [], guard.person().id
    for account in accounts_left(g.db, me):
        decided = [one for one in was_theirs(g.db, account.id, me) if sees_case(case_ref_of(one.case_id))]
        asked = [one for one in questions_to(g.db, account.id, me) if sees_case(one.case_ref)]
        found += [Left(account, decided, asked)] if decided or asked else []
    return found


def show() -> str:
    """Every account of the person, the one that needs them most first."""
    parts = worst_first(overview(account) for account in my_accounts())
    money = [part.account.id for part in parts if part.decides]
    return render_template(
        "person/me.html", current="me", parts=[(part, history(part)) for part in parts], by_link=by_link(), first=urgency,
        payable=payable, came_back=came_back(g.db, money), to_send=refunds_to_send(g.db, money), left=_left(),
        clients=[] if by_link() else [part.account.id for part in parts if may_contest([part.account.id])],
    )
