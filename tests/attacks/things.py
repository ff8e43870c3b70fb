"""What the filled world has behind each address with a reference: its case, and the people whose it is, in plain SQL.

Every query names its columns by the parameters of the address. Beside them `at` is the case, `a1` and `a2` are the accounts
of the sides, and `p` is one person who alone is meant, or who is meant beside the owners of the accounts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

CASE = 'JOIN "case" c ON c.id = x.case_id'
ISSUED = f"FROM action x {CASE} LEFT JOIN member m ON m.id = x.member_id"
APPEALS = f"FROM appeal x {CASE} LEFT JOIN action a ON a.id = x.action_id LEFT JOIN member m ON m.id = a.member_id"
SENDER = "CASE x.kind WHEN 'inaction' THEN x.person_id ELSE m.person_id END"
APPEALED = f"FROM appeal x {CASE} WHERE x.kind"
ASKED = ("(SELECT n.recipient_id FROM notice n JOIN member m ON m.person_id = n.recipient_id WHERE n.about_ref = x.ref "
         "AND n.kind = 'question' AND m.account_id = x.to_account_id AND m.role <> 'owner')")
CONTESTED = f"FROM dispute x {CASE} JOIN contract k ON k.id = x.contract_id"
CHECKED = f"FROM verification_item x {CASE}"
SENT = "JOIN verification_submission s ON s.item_id = x.id"
THINGS: dict[str, str] = {
    "action": f"SELECT x.ref, c.ref AS at, x.account_id AS a1, m.person_id AS p {ISSUED} WHERE x.issued_at IS NOT NULL "
              "AND x.id NOT IN (SELECT action_id FROM silence)",
    "statement": f"SELECT x.ref, t.n, c.ref AS at, x.account_id AS a1, m.person_id AS p {ISSUED} "
                 "JOIN statement t ON t.action_id = x.id WHERE EXISTS "
                 "(SELECT 1 FROM statement u WHERE u.action_id = x.id AND u.n > t.n)",
    "cited": f"SELECT x.ref, e.number, c.ref AS at, x.account_id AS a1, m.person_id AS p {ISSUED} "
             "JOIN exhibit e ON e.case_id = x.case_id AND e.document_id IS NOT NULL JOIN citation i ON i.action_id = x.id "
             "AND replace(replace(i.exhibits, '[', ','), ']', ',') LIKE '%,' || e.number || ',%' WHERE x.issued_at IS NOT NULL",
    "appeal": f"SELECT x.ref, c.ref AS at, x.account_id AS a1, {SENDER} AS p {APPEALS}",
    "appeal_file": f"SELECT x.ref, d.ref AS document, c.ref AS at, x.account_id AS a1, {SENDER} AS p {APPEALS} "
                   "JOIN document d ON d.subject_ref = x.ref",
    "dispute": f"SELECT x.ref, c.ref AS at, k.client_id AS a1, k.freelancer_id AS a2 {CONTESTED}",
    "disputed": f"SELECT x.ref, c.ref AS at, k.client_id AS a1 {CONTESTED}",
    "answered": f"SELECT x.ref, c.ref AS at, k.freelancer_id AS a1 {CONTESTED}",
    "shown": f"SELECT x.ref, e.number, c.ref AS at, k.client_id AS a1, k.freelancer_id AS a2 {CONTESTED} "
             "JOIN dispute_exhibit s ON s.dispute_id = x.id JOIN exhibit e ON e.id = s.exhibit_id",
    "offer": f"SELECT x.ref, o.ref AS offer, c.ref AS at, k.client_id AS a1, k.freelancer_id AS a2 {CONTESTED} "
             "JOIN settlement_offer o ON o.dispute_id = x.id",
    "question": f"SELECT x.ref, c.ref AS at, x.to_account_id AS a1, {ASKED} AS p FROM message x {CASE} WHERE x.kind = 'question' "
                "AND x.to_account_id IS NOT NULL AND x.clause_version_id IS NOT NULL",
    "item": f"SELECT x.ref, c.ref AS at, x.account_id AS a1 {CHECKED} WHERE x.asked_count > 0",
    "paper": f"SELECT x.ref, d.ref AS document, c.ref AS at, x.account_id AS a1 {CHECKED} JOIN document d "
             "ON d.subject_ref LIKE x.ref || '.%'",
    "receipt": f"SELECT x.ref, s.ref AS receipt, c.ref AS at, x.account_id AS a1 {CHECKED} {SENT}",
    "need": f"SELECT x.ref, c.ref AS at, x.person_id AS p FROM need x {CASE}",
    "notice": "SELECT x.id AS key, x.case_ref AS at, x.recipient_id AS p FROM notice x",
    "session": "SELECT x.id AS key, '' AS at, x.person_id AS p FROM session x",
    "report": f"SELECT x.ref, c.ref AS at, x.reporter_account_id AS a1 FROM report x {CASE} "
              "WHERE x.reporter_account_id IS NOT NULL",
    "complained": "SELECT x.ref, c.ref AS at, x.reporter_account_id AS a1 FROM report x JOIN \"case\" c ON c.id = x.case_id "
                  "JOIN case_closing g ON g.case_id = c.id WHERE x.reporter_account_id IS NOT NULL",
    "contract": "SELECT x.ref, '' AS at, x.client_id AS a1, x.freelancer_id AS a2 FROM contract x",
    "near": "SELECT x.ref, '' AS at, k.client_id AS a1 FROM contract k JOIN account x ON x.id = k.freelancer_id UNION ALL "
            "SELECT x.ref, '' AS at, k.freelancer_id AS a1 FROM contract k JOIN account x ON x.id = k.client_id ORDER BY 1",
    "called": f"SELECT x.ref, c.ref AS at, k.client_id AS a1, k.freelancer_id AS a2 FROM chargeback x {CASE} "
              "JOIN contract k ON k.id = x.contract_id",
    "place": "SELECT x.ref, '' AS at, x.account_id AS a1 FROM destination x",
    "decided": f"SELECT x.ref AS action, c.ref AS at, x.account_id AS a1, m.person_id AS p {ISSUED} "
               "WHERE x.issued_at IS NOT NULL AND x.id NOT IN (SELECT action_id FROM silence) ORDER BY x.id DESC",
    "reportable": "SELECT x.ref AS contract, '' AS at, x.client_id AS a1, x.freelancer_id AS a2 FROM contract x",
    "milestone": "SELECT x.ref AS contract, m.number AS milestone, '' AS at, x.client_id AS a1 FROM contract x "
                 "JOIN milestone m ON m.contract_id = x.id WHERE m.state = 'released' AND m.id NOT IN "
                 "(SELECT milestone_id FROM dispute UNION SELECT milestone_id FROM chargeback) ORDER BY x.id DESC",
    "money": "SELECT a.ref AS account, x.currency, '' AS at, a.id AS a1 FROM account a JOIN book x ON x.owner_id = a.id "
             "WHERE x.balance_minor > 0",
    "form": f"SELECT 'appeal' AS form, x.ref AS subject, c.ref AS at, x.account_id AS a1, m.person_id AS p {ISSUED} "
            "WHERE x.issued_at IS NOT NULL",
    "case": 'SELECT x.ref, x.ref AS at FROM "case" x WHERE x.id NOT IN (SELECT case_id FROM need) AND x.closed_at IS NULL',
    "asked": 'SELECT x.ref, i.clause_version_id AS clause, x.ref AS at FROM "case" x JOIN action a ON a.case_id = x.id '
             "JOIN citation i ON i.action_id = a.id WHERE x.closed_at IS NULL",
    "case_exhibit": f"SELECT c.ref, x.number, c.ref AS at FROM exhibit x {CASE}",
    "decision": f"SELECT x.ref, c.ref AS at FROM action x {CASE}",
    "corrected": f"SELECT x.ref, c.ref AS at FROM action x {CASE} JOIN work_item w ON w.subject_ref = x.ref "
                 "WHERE x.issued_at IS NOT NULL AND w.kind = 'cosignature' AND w.closed_at IS NULL",
    "ordered": f"SELECT x.ref, c.ref AS at FROM action x {CASE} WHERE x.nature = 'legal' AND x.issued_at IS NOT NULL",
    "redress": f"SELECT x.ref, c.ref AS at {APPEALED} = 'action'",
    "redress_file": f"SELECT x.ref, d.ref AS document, c.ref AS at FROM appeal x {CASE} JOIN document d "
                    "ON d.subject_ref = x.ref WHERE x.kind = 'action'",
    "complaint": f"SELECT x.ref, c.ref AS at {APPEALED} = 'inaction'",
    "complaint_file": f"SELECT x.ref, d.ref AS document, c.ref AS at FROM appeal x {CASE} JOIN document d "
                      "ON d.subject_ref = x.ref WHERE x.kind = 'inaction'",
    "withheld": f"SELECT x.ref, c.ref AS at {APPEALED} = 'withheld'",
    "pause": f"SELECT x.ref, c.ref AS at FROM pause_request x {CASE}",
    "desk_dispute": f"SELECT x.ref, c.ref AS at {CONTESTED}",
    "desk_item": f"SELECT x.ref, c.ref AS at {CHECKED}",
    "desk_paper": f"SELECT x.ref, d.ref AS document, c.ref AS at {CHECKED} JOIN document d ON d.subject_ref LIKE x.ref || '.%'",
    "request": f"SELECT x.ref, c.ref AS at FROM verification_request x {CASE}",
    "desk_called": f"SELECT x.ref, c.ref AS at FROM chargeback x {CASE}",
    "lead": f"SELECT x.ref, c.ref AS at FROM lead x {CASE}",
    "desk_need": f"SELECT x.ref, c.ref AS at FROM need x {CASE}",
    "longer": 'SELECT x.ref, e.case_ref AS at FROM hold_extension x JOIN hold h ON h.id = x.hold_id '
              "JOIN event e ON e.id = h.cause_event_id",
    "fee": "SELECT x.ref, '' AS at FROM adjustment x",
    "incoming": "SELECT x.ref, '' AS at FROM incoming_report x WHERE x.id NOT IN (SELECT incoming_id FROM sorted_report)",
    "many": "SELECT x.ref, '' AS at, x.person_id AS p FROM batch x",
    "rule": "SELECT x.clause_version_id AS key, '' AS at FROM citation x",
    "reinstatement": f"SELECT x.ref, c.ref AS at, x.account_id AS a1 FROM reinstatement x {CASE}",
    "reinstatement_file": f"SELECT x.ref, d.ref AS document, c.ref AS at, x.account_id AS a1 FROM reinstatement x {CASE} "
                          "JOIN reinstatement_file f ON f.request_id = x.id JOIN document d ON d.id = f.document_id",
    "desk_reinstatement": f"SELECT x.ref, c.ref AS at FROM reinstatement x {CASE}",
    "desk_reinstatement_file": f"SELECT x.ref, d.ref AS document, c.ref AS at FROM reinstatement x {CASE} "
                               "JOIN reinstatement_file f ON f.request_id = x.id JOIN document d ON d.id = f.document_id",
    "returned": "SELECT x.ref, c.ref AS at FROM payout x JOIN work_item w ON w.subject_ref = x.ref AND w.kind = 'money_returned' "
                'JOIN "case" c ON c.id = w.case_id',
}
AROUND = {"at", "a1", "a2", "p"}


@dataclass(frozen=True)
class Reference:
    """One thing: what stands in its address, the case it belongs to, and whose it is."""

    values: dict[str, str]
    case_ref: str
    accounts: frozenset[str]
    person: str | None


def plain(key: object) -> str:
    """A key as both databases say it."""
    return str(key).replace("-", "")


def references(session: Session, thing: str) -> list[Reference]:
    """Everything of that kind in the filled world; what several rows say of the same thing is one."""
    query = THINGS[thing]
    rows = session.execute(sa.text(query if "ORDER BY" in query else f"{query} ORDER BY x.id")).mappings().all()
    found: dict[str, Reference] = {}
    for one in (_reference(dict(row)) for row in rows):
        known = found.get(str(one.values), one)
        found[str(one.values)] = replace(known, accounts=known.accounts | one.accounts)
    return list(found.values())


def _reference(row: dict[str, Any]) -> Reference:
    sides = frozenset(plain(row[name]) for name in ("a1", "a2") if row.get(name))
    named = plain(row["p"]) if row.get("p") else None
    values = {name: str(value) for name, value in row.items() if name not in AROUND}
    return Reference(values, row["at"] or "", sides, named)
