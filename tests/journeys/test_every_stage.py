"""The whole demo: two hundred accounts, everybody who can sign in is named, and each room has something in every stage."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, Person
from portal.appeals.evidence_models import AppealReopening
from portal.appeals.models import Appeal
from portal.appeals.pause_models import PauseAnswer
from portal.cases.models import Report
from portal.cases.need_models import NeedMessage
from portal.cli.demo.stage import STAFF
from portal.contracts.models import Earning
from portal.disputes.models import Dispute
from portal.enforcement.models import Action, Silence
from portal.verification.models import Item
from tests.factories.demo import Demo

STAGES = (
    (Action.status, {"draft", "proposed", "issued"}),
    (Action.nature, {"conduct", "protective", "legal"}),
    (Action.measure, {"warning", "restriction", "suspension", "termination"}),
    (Appeal.state, {"filed", "in_review", "decided"}),
    (AppealReopening.n, {1}),
    (Dispute.state, {"opened", "answered", "unanswered", "closed"}),
    (PauseAnswer.outcome, {"granted", "refused"}),
    (NeedMessage.kind, {"said", "answered"}),
    (Report.source, {"counterpart", "user", "trusted_flagger", "detection", "reviewer"}),
    (Action.interim, {False, True}),
    (Silence.provision, {"Article 14 of Law 8/2019"}),
    (Item.state, {"open", "submitted", "accepted", "rejected"}),
)


@pytest.mark.timeout(600)
def test_it_holds_two_hundred_accounts_and_every_stage(demo: Demo) -> None:
    with demo.database.read() as session:
        assert (session.scalar(sa.select(sa.func.count()).select_from(Account)) or 0) >= 200
        missing = {str(column): wanted - set(session.scalars(sa.select(column))) for column, wanted in STAGES}
        assert not any(missing.values()), missing
        known = set(session.scalars(sa.select(Person.email_norm)))
        late = [one.source_key for one in session.scalars(sa.select(Earning)) if one.created_at.date() != one.released_at.date()]
        assert late == [], "what is released is put on record on that day"
    named = set(re.findall(r"[\w.]+@(?:desk\.)?example(?:\.com)?", demo.said))
    assert named <= known
    assert {f"{name.lower()}@desk.example" for name, _ in STAFF} <= named
