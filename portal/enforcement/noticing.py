"""What the marketplace's own people and machines noticed: a reviewer's report, and the reports of automated detection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.queries import person_by_id
from portal.cases.hands import CONDUCT, CONFLICTED, open_items
from portal.cases.models import Case, Report, ReportSource, WorkItem
from portal.cases.operations import add_report, give_item, open_report
from portal.cases.report_models import Detection
from portal.contracts.ties import is_conflicted
from portal.core.access import Permission, require_person
from portal.core.errors import NotAllowed, RuleBroken
from portal.core.facts import Fact, names_in
from portal.core.i18n import N_
from portal.core.text import TEXT_LIMIT, clean, clean_line
from portal.core.work import Work
from portal.enforcement.desk import usual_due
from portal.enforcement.receiving import case_on
from portal.enforcement.reporting import report_words
from portal.log.operations import add, record
from portal.log.rules import body_digest

MOST = 10_000
FIELDS = frozenset({"source_key", "account", "happened", "detector", "accuracy"}), frozenset({"signals", "withheld", "language"})


def report_what_i_saw(work: Work, *, about_ref: str, happened: str) -> dict[str, Any]:
    """A reviewer puts what they saw themselves into the case about an account, and has it in hand where nobody else has.

    Errors: `no_account`, `conflicted`, `empty`, `too_short`, text limits. Source: DESIGN section 3, report.
    """
    work.require(Permission.WORK_CASE)
    text, name = report_words(happened), clean_line(about_ref, limit=24, field="about_ref").upper()
    about = work.db.scalars(select(Account).where(Account.ref == name)).one_or_none()
    if about is None:
        raise RuleBroken("no_account", N_("There is no account with this reference."), field="about_ref")
    person_id, case = require_person(work.actor), case_on(work, about)
    if is_conflicted(work.db, person_id, case.id):
        raise NotAllowed("conflicted", CONFLICTED)
    language = person_by_id(work.db, person_id).language
    report, item = _put(work, case, ReportSource.REVIEWER, text, language)
    held = [one.assignee_id for one in open_items(work.db, case.id, CONDUCT) if one.assignee_id is not None]
    give_item(work, item, held[0] if held else person_id)
    return {"case": case.ref, "report": report.ref}


def _put(
    work: Work, case: Case, source: ReportSource, text: str, language: str
) -> tuple[Report, WorkItem]:
    report = add_report(work, case, source=source, reporter_account_id=None, body=text, language=language)
    item = open_report(work, case, report, usual_due(work))
    work.db.flush()
    return report, item


def detection_fact(fact: Fact) -> dict[str, Any]:
    """A line of a file as `report_detections` takes it. Errors: ValueError saying why it is none."""
    names = names_in(fact, FIELDS)
    for name in {*names} - {"withheld"}:
        value = fact[name]
        if not isinstance(value, str) or not value.strip() or len(value) > TEXT_LIMIT or "\x00" in value:
            raise ValueError(f'"{name}" is not a text.')
        if name in ("source_key", "account", "detector") and len(value) > 200:
            raise ValueError(f'"{name}" is longer than 200 characters.')
    if not isinstance(fact.get("withheld", False), bool):
        raise ValueError('"withheld" is neither true nor false.')
    return {"signals": "", "withheld": False, "language": "en"} | {name: fact[name] for name in names}


def report_detections(work: Work, *, facts: Sequence[Fact]) -> dict[str, Any]:
    """Puts what machines of the marketplace pointed to into cases: all lines or none; what is on record stays as it is.

    Each says which machine, what is published of its accuracy, and its signals, withheld from the person or not.
    Errors: `no_account` with the line.
    """
    work.require(Permission.LOAD_FACTS)
    names = {str(one["account"]) for one in facts}
    accounts = {one.external_id: one for one in work.db.scalars(select(Account).where(Account.external_id.in_(names)))}
    keys = {str(one["source_key"]) for one in facts}
    known, new = set(work.db.scalars(select(Detection.source_key).where(Detection.source_key.in_(keys)))), 0
    for one in facts:
        if one["account"] not in accounts:
            raise RuleBroken("no_account", f"Line {one.get('line', '?')}: there is no account {one['account'][:80]}.")
        if one["source_key"] in known:
            continue
        known.add(one["source_key"])
        _detected(work, accounts[one["account"]], one)
        new += 1
    return {"recorded": new, "known": len(facts) - new}


def _detected(work: Work, about: Account, one: Fact) -> None:
    case = case_on(work, about)
    report, _item = _put(work, case, ReportSource.DETECTION, clean(str(one["happened"])), str(one["language"])[:12])
    row = Detection(
        report_id=report.id, source_key=one["source_key"], detector=clean_line(one["detector"], limit=200),
        accuracy=clean(one["accuracy"]), withheld=one["withheld"], signals=clean(one["signals"]) or None, sha256="",
    )
    row.sha256 = body_digest(row)
    record(work, "report.detected", report.ref, case_ref=case.ref, rows=[add(work, row)], detector=row.detector)
