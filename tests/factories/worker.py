"""What the worker does when time has passed: whatever is due in any case or account, by the worker's own acts."""

from __future__ import annotations

from portal import worker
from portal.act import act
from portal.cases.clocks import due_scopes
from portal.cases.models import Case
from portal.core.access import WORKER
from tests.factories.market import Market


def settle_all(market: Market) -> None:
    """Settles each case and account in which something is due now, those first in which it has been for longest."""
    office = market.office
    while True:
        with office.database.read() as session:
            scopes = due_scopes(office.work(session, WORKER))
            refs = [(session.get_one(Case, case).ref if case else None, account) for case, account in scopes]
        if not refs:
            return
        for case_ref, account_id in refs:
            act(office, worker.settle, WORKER, market.key(), case_ref=case_ref, account_id=account_id)
