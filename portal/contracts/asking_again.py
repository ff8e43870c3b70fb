"""What both sides of a running contract chose is asked again where an account was closed: nobody finishes the work there."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import exists, or_, select

from portal.contracts import running_messages as messages
from portal.contracts.choice_models import ChoiceEnd, ContractChoice, Way
from portal.contracts.models import Contract
from portal.contracts.running import can_finish, choices_of, end_choice, kept_of, newest_agreed, parts_of, tell_side
from portal.core.ids import new_id
from portal.core.work import Work
from portal.log.operations import Row, record
from portal.notices.models import Notice
from portal.notices.outgoing import answered

KIND = "contract_ask_again"


def ask_again(work: Work, account_id: UUID, heard: Mapping[UUID, Notice]) -> int:
    """Both sides of a closed account's running contracts choose again where one of them, or both, chose to finish.

    `heard`: by account, the notice by which the other side heard of the closing; it hears of this after it. Whoever does not
    know of the closing is asked nothing (`can_finish`). An open choice ends as `impossible`; what both had agreed on counts
    no more while the account is closed, and the marketplace is no longer told to carry it out. How many contracts.
    """
    found = [contract for contract in _finishing(work, account_id) if _is_over(work, contract)]
    for contract in found:
        _ask(work, contract, heard)
    return len(found)


def _finishing(work: Work, account_id: UUID) -> list[Contract]:
    """The running contracts of an account, locked, in which somebody's choice to finish stands and nobody was asked again."""
    stands = exists().where(
        ContractChoice.contract_id == Contract.id, ContractChoice.way == Way.FINISH,
        or_(ContractChoice.ended_at.is_(None), ContractChoice.end_kind == ChoiceEnd.AGREED),
    )
    query = select(Contract).where(
        or_(Contract.client_id == account_id, Contract.freelancer_id == account_id), Contract.ended_on.is_(None), stands,
    )
    return list(work.db.scalars(query.order_by(Contract.id).with_for_update()))


def _is_over(work: Work, contract: Contract) -> bool:
    """Whether both sides know that nothing can be finished, and were not asked about what stands now."""
    if any(can_finish(work.db, contract, side, work.now) for side in contract.sides):
        return False
    choices = choices_of(work.db, contract.id)
    if any(one.ended_at is None and one.way == Way.FINISH for one in choices):
        return True
    agreed = newest_agreed(choices)
    if agreed is None or agreed.way != Way.FINISH:
        return False
    asked = exists().where(Notice.kind == KIND, Notice.about_ref == contract.ref, Notice.created_at >= agreed.ended_at)
    return not work.db.scalar(select(asked))


def _ask(work: Work, contract: Contract, heard: Mapping[UUID, Notice]) -> None:
    event_id, rows, kept = new_id(), list[Row](), kept_of(parts_of(work.db, contract))
    for one in choices_of(work.db, contract.id):
        if one.ended_at is None and one.way == Way.FINISH:
            rows.append(end_choice(work, one, ChoiceEnd.IMPOSSIBLE))
        elif one.end_kind == ChoiceEnd.AGREED:
            rows += answered(work, one.ref)
    compose = messages.asked_again(contract.title, settles=bool(kept))
    for side in contract.sides:
        rows += tell_side(work, contract, side, event_id, KIND, compose, after=heard.get(side))
    record(work, "contract.choice_asked_again", contract.ref, rows=rows, event_id=event_id)
