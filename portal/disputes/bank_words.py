"""The freelancer is heard before we answer a bank: what they say goes there with what we send.

A bank hears its own customer. Without this, whose work was paid would read how it ended and say nothing (DESIGN 2.1, 2.10).
"""

from __future__ import annotations

from typing import Any

from portal.accounts.models import Person
from portal.accounts.roles import holders_of, require_owner
from portal.cases.models import Case
from portal.contracts.models import Contract
from portal.core.access import Permission, Role, require_account
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import TEXT_LIMIT, needed
from portal.core.work import Work
from portal.disputes import chargeback_messages as words
from portal.disputes.chargeback_models import ChargebackWords, Stage
from portal.disputes.chargeback_queries import MOST_WORDS, words_for_bank
from portal.disputes.chargebacks import facts_of_call, locked_chargeback, reached
from portal.log.operations import add, record
from portal.log.rules import body_digest
from portal.notices.operations import tell

OFTEN = N_("You wrote %(n)s times about this, which is as often as you can. All of it goes to the bank with our answer.")
SENT = N_("The bank was answered meanwhile, so this does not reach it any more. Reload the page to see what was sent.")


def say_to_bank(work: Work, *, chargeback_ref: str, text: str) -> dict[str, Any]:
    """Adds what the freelancer says about a chargeback, until the bank is answered; the client reads it once that is done.

    No time begins or ends with it. By an owner of the freelancer's account. Errors: `contested`, `bank_decided` (conflicts),
    `empty`, `said_often`, text limits, `owners_only`, `NotFound`, also for the client and for a link of another case.
    """
    work.require(Permission.ANSWER_IN_CASE)
    row = locked_chargeback(work, chargeback_ref)
    contract, case = work.db.get_one(Contract, row.contract_id), work.db.get_one(Case, row.case_id)
    if Role.LINK in work.actor.roles and work.actor.case_ref != case.ref:
        raise NotFound
    require_account(work.actor, contract.freelancer_id)
    person = work.db.get_one(Person, require_owner(work, contract.freelancer_id))
    if row.ended_at is not None:
        raise Conflict("bank_decided", N_("The bank has decided already. Reload the page to see how."))
    if reached(work, row, Stage.CONTESTED):
        raise Conflict("contested", SENT)
    said = needed(text, N_("Write what you want the bank to know."), limit=TEXT_LIMIT, field="text")
    before = len(words_for_bank(work.db, row.id))
    if before >= MOST_WORDS:
        raise RuleBroken("said_often", OFTEN, field="text", n=MOST_WORDS)
    mine = ChargebackWords(chargeback_id=row.id, n=before + 1, person_id=person.id, language=person.language, said_at=work.now,
                           text=said, sha256="")
    mine.sha256 = body_digest(mine)
    event_id = new_id()
    told = tell(
        work, event_id=event_id, kind="chargeback_words_receipt", recipients=holders_of(work.db, contract.freelancer_id),
        account_id=contract.freelancer_id, about_ref=row.ref, target=f"/chargebacks/{row.ref}", case_ref=case.ref,
        compose=words.words_kept(facts_of_call(work, row, None)),
    )
    record(work, "chargeback.words_added", row.ref, case_ref=case.ref, rows=[add(work, mine), *told], event_id=event_id, n=mine.n)
    return {"chargeback": row.ref}
