"""What bears weight is vouched for or recomputed: whoever changes it behind the program's back is found."""

import json

import pytest
import sqlalchemy as sa

from portal.core.database import Base
from portal.settings import ROOT
from tests.structure.owner import Filled
from tests.structure.test_tampering import found, take_checks_away

FAR = "'2030-01-01T00:00:00.000000Z'"
CHANGES = {
    "staff_role": "UPDATE staff_role SET role = 'lead'",
    "member": "UPDATE member SET role = 'worker'",
    "member gone": "DELETE FROM member",
    "account": "UPDATE account SET external_id = external_id || 'x'",
    "binding": f"UPDATE binding SET accepted_at = {FAR}",
    "binding gone": "DELETE FROM binding",
    "contract": "UPDATE contract SET freelancer_id = client_id, client_id = freelancer_id",
    "milestone": "UPDATE milestone SET amount_minor = amount_minor + 1",
    "case": "UPDATE \"case\" SET about_account_id = (SELECT id FROM account WHERE id <> \"case\".about_account_id LIMIT 1)",
    "case_party": "DELETE FROM case_party WHERE side <> 'subject'",
    "payout": "UPDATE payout SET state = 'sent'",
    "refund": "UPDATE refund SET state = 'failed'",
    "endpoint": "UPDATE endpoint SET url = 'https://elsewhere.example/'",
    "outgoing": f"UPDATE outgoing SET ended_at = {FAR} WHERE ended_at IS NOT NULL",
    "destination": f"UPDATE destination SET usable_from = {FAR}",
    "document date": f"UPDATE document SET retain_until = {FAR}",
    "document hold": "UPDATE document SET legal_hold = NOT legal_hold",
    "document filed": "UPDATE document SET filed_at = NULL WHERE filed_at IS NOT NULL",
    "policy": "UPDATE policy SET slug = 'other' WHERE slug = 'terms-of-service'",
    "clause": "UPDATE clause SET key = key || 'x'",
}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_what_bears_weight_is_vouched_for(filled: Filled, change: str) -> None:
    table = change.split()[0]
    with filled.unguarded() as session:
        take_checks_away(session, table)
        session.execute(sa.text(CHANGES[change]))
        assert any(line.startswith(f"{table} ") for line in found(filled, session))


def test_a_role_that_nobody_granted_is_found(filled: Filled) -> None:
    with filled.unguarded() as session:
        names = [c.name for c in Base.metadata.tables["staff_role"].c if c.name not in ("id", "role")]
        listed, key = ", ".join(names), "'0190aaaa-aaaa-7000-8000-0000000000aa'"
        key = key.replace("-", "") if session.get_bind().dialect.name == "sqlite" else key
        session.execute(sa.text(
            f"INSERT INTO staff_role (id, role, {listed}) SELECT {key}, 'auditor', {listed} FROM staff_role LIMIT 1"
        ))
        assert any(line.startswith("staff_role ") and "no event" in line for line in found(filled, session))


def test_nobody_vouches_twice_for_a_row_that_did_not_change(filled: Filled) -> None:
    """A line in a manifest costs: a row is vouched for where it is made, once."""
    frozen = {m.class_.__tablename__ for m in Base.registry.mappers if m.class_.__row_class__ != "mutable"}
    with filled.office.database.read() as session:
        manifests = [json.loads(one)[1:] for one in session.scalars(sa.text("SELECT manifest FROM event"))]
    lines = [(table, key, facet) for manifest in manifests for table, key, facet, _ in manifest if table in frozen]
    assert lines
    assert len(lines) == len(set(lines))


def test_whatever_is_frozen_is_vouched_for() -> None:
    frozen = {m.class_ for m in Base.registry.mappers if m.class_.__row_class__ == "frozen"}
    assert {one.__tablename__ for one in frozen if not one.__facets__} == set()


def test_the_documentation_names_every_table_that_nothing_vouches_for() -> None:
    text = (ROOT / "docs" / "verify.md").read_text(encoding="utf-8")
    listed = text.split("**Not vouched for.**")[1].split("**The promises.**")[0]
    bare = {m.class_.__tablename__ for m in Base.registry.mappers if "row" not in m.class_.__facets__}
    bare -= {"action", "appeal", "event", "leaf", "checkpoint"}
    assert {name for name in bare if f"`{name}`" not in listed} == set()
