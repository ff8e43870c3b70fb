"""Many at once, one line: the draft of a decision that a line proposes, in the case that it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from portal.accounts.queries import person_by_id
from portal.cases.models import Case, PartySide, ReportSource
from portal.cases.operations import case_by_ref, give_item, open_case, open_case_about
from portal.cases.queries import reports_of
from portal.contracts.models import Contract
from portal.core.access import require_person
from portal.core.errors import NotFound, RuleBroken
from portal.core.i18n import N_, language
from portal.core.work import Work
from portal.documents.models import Exhibit
from portal.documents.queries import exhibits_of
from portal.enforcement.decision import check_measure, gather
from portal.enforcement.desk import require_free, require_hands, require_not_closed
from portal.enforcement.evidence import contract_exhibit
from portal.enforcement.fields import read_fields
from portal.enforcement.many_line import TERMS_OF, Proposed
from portal.enforcement.many_models import Batch, BatchLine
from portal.enforcement.starting import begin_action, put_on_desk
from portal.log.operations import add

NEW_CASE, FROM_FILE = "new", "from_file"


@dataclass(slots=True)
class Cases:
    """By which line of the file a case is taken already. `opened`: by account and other side, where the line opened one: what
    was only rehearsed is no row any more."""

    taken: dict[UUID, int] = field(default_factory=dict)
    opened: dict[tuple[UUID, UUID], int] = field(default_factory=dict)


def begin_line(work: Work, batch: Batch, one: Proposed, cases: Cases) -> None:
    """The draft of one line. Errors: those of `require_hands`, `begin_action`, `gather` and `check_measure`; `same_case`."""
    case, is_new = _case(work, one, cases)
    person_id = require_free(work, case) if is_new else require_hands(work, case)
    require_not_closed(case)
    reports = [] if is_new else reports_of(work.db, case.id)
    told = ReportSource.DETECTION if one.line.says("automated_detection") else ReportSource.REVIEWER
    exhibits, numbers = _exhibits(work, case, one)
    fields = one.fields(numbers, reports[0].source if reports else told)
    action = begin_action(work, case, read_fields(fields).measure)
    decision = gather(work.db, action, fields, work.now, work.country, asked=False)
    check_measure(decision, alone=False)
    line = add(work, BatchLine(batch_id=batch.id, line=one.line.line, action_id=action.id))
    item = put_on_desk(
        work, case, action, one.clause, person_id, fields, rows=[line, *exhibits], batch=batch.ref, line=line.line
    )
    give_item(work, item, person_id, FROM_FILE)


def _case(work: Work, one: Proposed, cases: Cases) -> tuple[Case, bool]:
    """The named case; else the open one about this account with the other side of a contract; else a new one, and True.

    Errors: `unknown_case`, `same_case` where an earlier line of the file begins a decision in it.
    """
    named = one.line.text("case")
    others = [contract.other_side(one.account.id) for contract in one.contracts]
    case = None if named == NEW_CASE else _named(work, one, named) if named else _known(work, one, others, cases)
    if case is not None and case.id in cases.taken:
        raise _same(cases.taken[case.id])
    made = case or open_case(work, one.account.id, [(other, PartySide.COUNTERPART) for other in others])
    cases.taken[made.id] = one.line.line
    if case is None:
        cases.opened |= {(one.account.id, other): one.line.line for other in others}
    return made, case is None


def _same(line: int) -> RuleBroken:
    message = N_(
        "Line %(earlier)s begins a decision in the same case, where one is written at a time. Put both into one line, or "
        "write “new” as the case of this one."
    )
    return RuleBroken("same_case", message, field="case", earlier=line)


def _named(work: Work, one: Proposed, case_ref: str) -> Case:
    try:
        case = case_by_ref(work, case_ref)
    except NotFound:
        case = None
    if case is None or case.about_account_id != one.account.id:
        message = N_("There is no case of this reference about this account.")
        raise RuleBroken("unknown_case", message, field="case")
    return case


def _known(work: Work, one: Proposed, others: Sequence[UUID], cases: Cases) -> Case | None:
    """The newest open case with one of the other sides. Errors: `same_case` where an earlier line opens a newer one."""
    for other in others:
        if (one.account.id, other) in cases.opened:
            raise _same(cases.opened[one.account.id, other])
        case = open_case_about(work, one.account.id, other)
        if case is not None:
            return case
    return None


def _exhibits(work: Work, case: Case, one: Proposed) -> tuple[list[Exhibit], list[str]]:
    """What the line puts on record of its contracts, and the numbers of all exhibits that it rests on."""
    numbers = [number for number in one.line.listed("exhibits") if number != TERMS_OF]
    known, made = {exhibit.contract_id: exhibit for exhibit in exhibits_of(work.db, case.id)}, list[Exhibit]()
    for contract in one.contracts if one.terms else ():
        exhibit = known.get(contract.id)
        if exhibit is None:
            exhibit = contract_exhibit(work, case, contract.ref, _described(work, contract))
            made.append(exhibit)
        numbers.append(str(exhibit.number))
    return made, numbers


def _described(work: Work, contract: Contract) -> str:
    """One line in the language of whoever sent the file: the person reads it as written."""
    lang = language(person_by_id(work.db, require_person(work.actor)).language)
    return lang.gettext(N_("The contract “%(title)s” with its terms"), title=contract.title)
