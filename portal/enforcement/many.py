"""Many at once: a file becomes as many drafts as it has lines, all of them or none; each is then decided by a person."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from portal.accounts.queries import person_by_id
from portal.cases.models import Case, PartySide, ReportSource
from portal.cases.operations import case_by_ref, give_item, open_case, open_case_about
from portal.cases.queries import reports_of
from portal.contracts.models import Contract
from portal.core.access import Permission, require_person
from portal.core.errors import Conflict, NotAllowed, NotFound, Refusal, RuleBroken
from portal.core.i18n import N_, language
from portal.core.ids import new_ref
from portal.core.text import clean_line
from portal.core.work import Work
from portal.documents.models import Exhibit
from portal.documents.queries import exhibits_of
from portal.enforcement.decision import check_measure, gather
from portal.enforcement.desk import require_free, require_hands, require_not_closed
from portal.enforcement.evidence import contract_exhibit
from portal.enforcement.fields import read_fields
from portal.enforcement.many_file import Line, Refused, read_file
from portal.enforcement.many_line import TERMS_OF, Proposed, proposed
from portal.enforcement.many_models import Batch, BatchLine
from portal.enforcement.starting import begin_action, put_on_desk
from portal.log.operations import add, record
from portal.log.rules import body_digest

NEW_CASE, FROM_FILE, LONGEST_NAME = "new", "from_file", 120
COLUMN_OF = {"clause_version_id": "clause"}
REFUSED = (RuleBroken, Conflict, NotAllowed, NotFound)


class RefusedLines(RuleBroken):
    """Lines of a file that cannot become decisions: nothing of the file was stored."""

    def __init__(self, refused: Sequence[Refused]) -> None:
        message = N_("Something in this file cannot become a decision. Nothing of it was stored.")
        super().__init__("refused_lines", message, field="file")
        self.refused = tuple(sorted(refused, key=lambda one: one.line))


def send_many(work: Work, *, name: str, content: bytes) -> dict[str, Any]:
    """Makes a draft of each line of a file, in the open case of that conduct or in one of its own; all of them or none.

    Each is checked like one decision, but for whether the person was asked, which comes between draft and decision. The
    drafts wait in the queue, in the hands of whoever sent the file. `name` is the sender's, and shown as such.
    Errors: `RefusedLines` with every line that is refused and why.
    """
    work.require(Permission.DECIDE)
    read = read_file(content)
    refused, cases = list(read.refused), dict[UUID, int]()
    batch = _batch(work, name, content, read.format, len(read.lines))
    for line in read.lines:
        try:
            _begin(work, batch, proposed(work, line), cases)
        except REFUSED as error:
            refused.append(_refused(line, error))
    if refused:
        raise RefusedLines(refused)
    return {"batch": batch.ref, "lines": batch.lines}


def _batch(work: Work, name: str, content: bytes, kind: str, lines: int) -> Batch:
    batch = Batch(
        ref=new_ref("M"), person_id=require_person(work.actor), format=kind, lines=lines, received_at=work.now,
        file_sha256=hashlib.sha256(content).hexdigest(), name=_shown(name), sha256="",
    )
    batch.sha256 = body_digest(batch)
    if lines:
        add(work, batch)
        record(work, "batch.received", batch.ref, rows=[batch], lines=lines)
    return batch


def _shown(name: str) -> str:
    """The file's name as far as it can be shown; nothing is refused for it."""
    try:
        return clean_line(name[:LONGEST_NAME])
    except RuleBroken:
        return ""


def _refused(line: Line, error: Refusal) -> Refused:
    field = error.field or ""
    return Refused(line.line, COLUMN_OF.get(field, field), error)


def _begin(work: Work, batch: Batch, one: Proposed, cases: dict[UUID, int]) -> None:
    """The draft of one line. Errors: those of `require_hands`, `begin_action`, `gather` and `check_measure`; `same_case`."""
    case, is_new = _case(work, one, cases)
    person_id = require_free(work, case) if is_new else require_hands(work, case)
    require_not_closed(case)
    reports = [] if is_new else reports_of(work.db, case.id)
    told = ReportSource.DETECTION if one.line.says("automated_detection") else ReportSource.REVIEWER
    exhibits, numbers = _exhibits(work, case, one)
    fields = one.fields(numbers, reports[0].source if reports else told)
    action = begin_action(work, case, one.clause, person_id, read_fields(fields).measure)
    decision = gather(work.db, action, fields, work.now, work.country, asked=False)
    check_measure(decision, alone=False)
    line = add(work, BatchLine(batch_id=batch.id, line=one.line.line, action_id=action.id))
    item = put_on_desk(
        work, case, action, one.clause, person_id, fields, rows=[line, *exhibits], batch=batch.ref, line=line.line
    )
    give_item(work, item, person_id, FROM_FILE)


def _case(work: Work, one: Proposed, cases: dict[UUID, int]) -> tuple[Case, bool]:
    """The named case; else the open one about this account with the other side of a contract; else a new one, and True.

    Errors: `unknown_case`, `same_case` where an earlier line of the file begins a decision in it.
    """
    named = one.line.text("case")
    others = [contract.other_side(one.account.id) for contract in one.contracts]
    case = None if named == NEW_CASE else _named(work, one, named) if named else _known(work, one, others)
    if case is not None and case.id in cases:
        message = N_(
            "Line %(earlier)s begins a decision in the same case, where one is written at a time. Put both into one line, or "
            "write “new” as the case of this one."
        )
        raise RuleBroken("same_case", message, field="case", earlier=cases[case.id])
    made = case or open_case(work, one.account.id, [(other, PartySide.COUNTERPART) for other in others])
    cases[made.id] = one.line.line
    return made, case is None


def _named(work: Work, one: Proposed, case_ref: str) -> Case:
    try:
        case = case_by_ref(work, case_ref)
    except NotFound:
        case = None
    if case is None or case.about_account_id != one.account.id:
        message = N_("There is no case of this reference about this account.")
        raise RuleBroken("unknown_case", message, field="case")
    return case


def _known(work: Work, one: Proposed, others: Sequence[UUID]) -> Case | None:
    found = (open_case_about(work, one.account.id, other) for other in others)
    return next((case for case in found if case is not None), None)


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
