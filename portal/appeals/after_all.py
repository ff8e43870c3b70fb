"""Whoever reported hears in the end, also where a decision was taken back, or overturned, before they were told of it."""

from __future__ import annotations

from portal.appeals.closing import never_told, reporters
from portal.cases.models import Case
from portal.cases.queries import reports_of
from portal.core.ids import new_id
from portal.core.work import Work
from portal.enforcement.ending import on_withdrawn
from portal.enforcement.models import Action, Nature
from portal.enforcement.queries import actions_of_case, rule_of
from portal.enforcement.releasing import report_waits_again
from portal.log.operations import record
from portal.notices.models import Notice
from portal.notices.operations import tell


@on_withdrawn
def answer_after_all(work: Work, action: Action, case: Case) -> list[str]:
    """Answers those whose only answer was held back with this decision: under its rule, which did not apply.

    While the case is open they are answered when it is closed or decided, so their report waits for that again; in a
    closed one nothing else would tell them.
    """
    rule, issued = rule_of(work.db, action), action.issued_at
    if rule is None or issued is None or not never_told(action):
        return []
    if case.closed_at is None:
        report_waits_again(work, action, case)
        return []
    told = [one.issued_at for one in actions_of_case(work.db, case.id)
            if one.issued_at is not None and one.nature == Nature.CONDUCT and not one.interim and not never_told(one)]
    left = [one for one in reports_of(work.db, case.id) if one.received_at <= issued and all(one.received_at > at for at in told)]
    event_id, notices = new_id(), list[Notice]()
    for one in reporters(work.db, case, left, [rule]):
        notices += tell(
            work, event_id=event_id, kind="report_not_applied", recipients=[one.person], account_id=one.account_id,
            about_ref=one.about_ref, target=f"/reports/{one.about_ref}", compose=one.compose,
        )
    if notices:
        record(work, "report.answered", case.ref, case_ref=case.ref, event_id=event_id, rows=notices, action=action.ref)
    return []
