"""One member of an account: chosen with the rule, read by the owners and that member, and by nobody else."""

import re
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from portal.accounts.joining import record_member
from portal.accounts.models import Member
from portal.appeals.operations import ask_pause, file_appeal
from portal.cases.models import Message
from portal.core.i18n import language
from portal.enforcement.asking_messages import answer_received_text
from portal.enforcement.operations import issue_action
from portal.enforcement.own_side import APPLIES, CHANGED
from portal.enforcement.receiving import report_somebody
from portal.enforcement.reporting import report_account
from portal.notices.models import Notice
from tests.enforcement.awaiting import awaited
from tests.enforcement.conftest import Desk as Bench
from tests.factories.market import Party
from tests.web.desk_support import RULE, Desk, words_of


def joined(desk: Desk, name: str, role: str = "worker") -> tuple[Party, UUID]:
    party, account = desk.market.party(name), desk.story.tim.account
    desk.market.make(lambda work: record_member(work, account, party.person, role))
    with desk.market.office.database.read() as session:
        mine = select(Member.id).where(Member.person_id == party.person.id, Member.account_id == account.id)
        return party, session.scalars(mine).one()


def started(desk: Desk, case: str, member: Any) -> Any:
    picked = {"clause": str(desk.clause(RULE).id), "day": desk.market.day(5).isoformat(), "go": "start", "member": str(member)}
    return desk.send(f"/desk/cases/{case}/clause", picked)


def test_the_rule_and_whom_it_is_about_are_picked_together(desk: Desk) -> None:
    case = desk.taken()
    assert "Whom it is about" not in desk.get(f"/desk/cases/{case}/clause")
    (mia, her), (bo, _his) = joined(desk, "Mia Lund"), joined(desk, "Bo Lind")
    assert "Whom it is about" in desk.get(f"/desk/cases/{case}/clause")
    for wrong in ("nobody", UUID(int=7)):
        assert started(desk, case, wrong).status_code == 422
    desk.heard(case, member_id=her)
    ref = str(started(desk, case, her).headers["Location"]).rpartition("/")[2].partition("?")[0]
    page = words_of(desk.get(f"/desk/actions/{ref}"))
    assert "Decide about Mia Lund" in page and "A member of the account Tim Okafor" in page
    fields = desk.decision(measure="suspension", ends_on="2026-12-10")
    del fields["version"]
    fields["would_change"] = str(fields["would_change"]).split("\n")
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    for reader, status in ((desk.story.tim, 200), (mia, 200), (bo, 404)):
        answer = desk.visit_as(reader, f"/me/actions/{ref}")
        assert answer.status_code == status
        assert status == 404 or "Mia Lund cannot work in the account Tim Okafor until" in words_of(answer.text)
    hers, owners, his = (words_of(desk.visit_as(one, "/me").text) for one in (mia, desk.story.tim, bo))
    assert "A decision is about you as a member of this account" in hers
    assert "Suspended until" not in owners and ref not in his
    assert "In good standing" in owners and "aused" not in owners and "You answered." in owners
    assert "This is about Mia Lund, a member of this account. Nothing is taken from the account" in owners
    assert "This is about Mia Lund" not in hers and "Tim Okafor answered." in hers
    letters = [words_of(desk.visit_as(one, f"/me/actions/{ref}").text) for one in (mia, desk.story.tim)]
    assert all("What Tim Okafor told us Tim Okafor wrote" in letter and "You wrote" not in letter for letter in letters)
    with desk.market.office.database.read() as session:
        question = session.scalars(select(Message.ref).where(Message.kind == "question")).one()
    asked = [words_of(desk.visit_as(one, f"/me/questions/{question}").text) for one in (mia, desk.story.tim)]
    assert "Tim Okafor answered, and then we decided" in asked[0] and "Tim Okafor wrote" in asked[0]
    assert "You wrote" not in asked[0]
    assert "You answered, and then we decided" in asked[1] and "You wrote" in asked[1]
    receipt = answer_received_text(case, desk.story.tim.person)
    assert receipt(language("en"), mia.person).subject == f"We have the answer of Tim Okafor ({case})"
    assert receipt(language("en"), desk.story.tim.person).subject == f"We have your answer ({case})"
    for page in (hers, owners):
        assert "We made a decision about Mia Lund, a member of this account." in page


def test_a_member_reads_of_money_to_withdraw_only_who_can(desk: Desk) -> None:
    case, (mia, her) = desk.taken(), joined(desk, "Mia Lund")
    desk.heard(case, member_id=her)
    ref = str(started(desk, case, her).headers["Location"]).rpartition("/")[2].partition("?")[0]
    fields = desk.decision(measure="suspension", ends_on="2026-12-10")
    del fields["version"]
    fields["would_change"] = str(fields["would_change"]).split("\n")
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    hers, owners = (words_of(desk.visit_as(one, f"/me/actions/{ref}").text) for one in (mia, desk.story.tim))
    assert "is yours to withdraw now." in owners and "Withdraw $" in owners
    assert "is yours to withdraw now." not in hers and "Withdraw $" not in hers and "Your money now" not in hers
    assert "Your money now" in owners


def test_members_for_whom_the_letter_is_not_read_what_applies_to_them_and_whom_to_ask(desk: Desk) -> None:
    case = desk.taken()
    readers = {role: joined(desk, name, role)[0] for role, name in (("worker", "Bo Lind"), ("finance", "Fay Noor"))}
    desk.heard(case)
    ref = desk.drafted(case)
    fields = desk.decision(measure="suspension", ends_on="2026-12-10")
    del fields["version"]
    fields["would_change"] = str(fields["would_change"]).split("\n")
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    owner, name = desk.story.tim.person.name, desk.story.tim.account.name
    for role, reader in readers.items():
        me, page = (words_of(desk.visit_as(reader, path).text) for path in ("/me", f"/me/actions/{ref}"))
        assert f"{name} is suspended until the end of Thursday 10 December 2026" in page and f"Whom you can ask {owner}" in page
        assert "We decided that rule 6.4 applies to this account." in page
        assert "Nobody can work in this account meanwhile." in page
        assert ("Open funds" in page) is (role == "finance")
        assert f"Our letter with the reasons is for its owners: {owner}." in me and "Read what applies to you" in me
        assert f"Only an owner of this account can answer it or appeal. Please ask: {owner}." in me
        for told in (fields["facts"], fields["why"], fields["spoke_for"], fields["weighed"], *fields["would_change"]):
            assert told not in page and told not in me
        for path in (f"/me/actions/{ref}.json", f"/me/actions/{ref}.pdf", f"/appeals/new?action={ref}"):
            answer = desk.visit_as(reader, path)
            assert answer.status_code == 403
            assert f"This is for the owners of the account {name}: {owner}." in words_of(answer.text)
        [told] = told_of(desk, reader)
        assert not any(said in str(told.body) for said in (fields["facts"], fields["why"], *fields["would_change"]))
        assert f"Account: {name}" in page
    assert f"Account: {name}" not in words_of(desk.visit_as(desk.story.tim, f"/me/actions/{ref}").text)


def test_a_report_is_read_by_whoever_wrote_it_and_the_owners_and_others_know_of_it(desk: Desk) -> None:
    (bo, _his), (fay, _hers) = joined(desk, "Bo Lind"), joined(desk, "Fay Noor", "finance")
    account, owner, words = desk.story.tim.account, desk.story.tim.person.name, "She asked me to be paid outside the marketplace."
    members = replace(bo.actor, account_ids=frozenset({bo.account.id, account.id}))
    sent = {"account_id": account.id, "happened": words}
    contract = desk.story.contract.ref
    refs = [desk.market.do(report_account, members, contract_ref=contract, **sent)["report"],
            desk.market.do(report_somebody, members, named="P-NOBODY", **sent)["report"]]
    for ref in refs:
        for reader in (bo, desk.story.tim):
            assert words in words_of(desk.visit_as(reader, f"/reports/{ref}").text)
            assert f'href="/reports/{ref}"' in desk.visit_as(reader, "/reports/new").text
        hidden = desk.visit_as(fay, f"/reports/{ref}")
        assert hidden.status_code == 403 and f"the owners of the account {account.name}: {owner}." in words_of(hidden.text)
        known = desk.visit_as(fay, "/reports/new").text
        assert f"Report {ref}" in words_of(known) and f"Please ask: {owner}." in words_of(known)
        assert f'href="/reports/{ref}"' not in known and ref not in desk.visit_as(fay, "/me").text
        assert desk.visit_as(fay, f"/reports/{ref}/complaint").status_code in (403, 404)
        assert desk.visit_as(desk.story.stacy, f"/reports/{ref}").status_code == 404
        hers, his = (words_of(desk.visit_as(one, f"/reports/{ref}").text) for one in (desk.story.tim, bo))
        assert "Bo Lind wrote" in hers and "We have the report of Bo Lind" in hers and "You wrote" not in hers
        assert "You wrote" in his and f"The owners of your account read it too: {owner}." in his
        hers, his = (words_of(desk.visit_as(one, "/me").text) for one in (desk.story.tim, bo))
        assert "Bo Lind reported " in hers and "You reported" not in hers and "Only you and we" not in hers + his
    for page in ("/reports/new?somebody=1", f"/reports/new?contract={contract}"):
        told = [f"The owners of your account read it too: {owner}." in words_of(desk.visit_as(one, page).text)
                for one in (desk.story.tim, fay)]
        assert told == [False, True], page


def test_each_member_is_told_what_a_restriction_of_the_account_means_for_them(desk: Desk) -> None:
    readers = {role: joined(desk, name, role)[0] for role, name in (("worker", "Bo Lind"), ("finance", "Fay Noor"))}
    bench = Bench(desk.market, desk.story, desk.taken())
    one = awaited(bench, **bench.hold(hold_contract_ref=desk.story.other_contract.ref))
    name, owner = desk.story.tim.account.name, desk.story.tim.person.name
    heard, after = "A part of the account Tim Okafor is restricted until", "Something has changed about the decision"
    for role, reader in readers.items():
        page = words_of(desk.visit_as(reader, f"/me/actions/{one.ref}").text)
        assert "What is taken away meanwhile: The profile in search New contracts New offers" in page
        assert "identity" not in page, "that a check is there is its owner's alone"
        assert ("$400.00 USD of “Bakery website” is on hold because of this decision" in page) is (role == "finance")
        [told] = told_of(desk, reader)
        assert heard in str(told.body) and heard in str(told.mail_body) and f"Please ask them: {owner}." in str(told.body)
        assert ("can be paid out at any time" in str(told.body)) is (role == "finance")
        fields = bench.form()
        assert not any(str(fields[field]) in str(told.body) for field in ("facts", "why"))
        assert one.item not in words_of(desk.visit_as(reader, "/me").text)
    one.over("accepted")
    for reader in readers.values():
        assert [after in str(told.body) and name in str(told.body) for told in told_of(desk, reader)] == [False, True]
    assert told_of(desk, desk.story.tim) == [] and one.sound


def told_of(desk: Desk, reader: Party) -> list[Notice]:
    with desk.market.office.database.read() as session:
        query = select(Notice).where(Notice.recipient_id == reader.person.id, Notice.kind.in_((APPLIES, CHANGED)))
        return list(session.scalars(query.order_by(Notice.created_at)))


def test_a_former_member_finds_what_was_about_them(desk: Desk) -> None:
    case, (mia, her) = desk.taken(), joined(desk, "Mia Lund")
    desk.heard(case, member_id=her)
    ref = str(started(desk, case, her).headers["Location"]).rpartition("/")[2].partition("?")[0]
    fields = desk.decision(measure="suspension", ends_on="2026-12-10")
    del fields["version"]
    fields["would_change"] = str(fields["would_change"]).split("\n")
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    desk.market.make(lambda work: work.db.execute(update(Member).where(Member.id == her).values(ended_at=work.now)))
    me = desk.visit_as(mia, "/me").text
    assert f"{desk.story.tim.account.name}, which you have left" in words_of(me)
    for path in re.findall(r'href="(/me/(?:actions|questions)/[^"]+)"', me):
        assert desk.visit_as(mia, path).status_code == 200
    assert f"/me/actions/{ref}" in me and "/me/questions/" in me
    assert desk.visit_as(mia, f"/appeals/new?action={ref}").status_code == 200
    body = "I had written to the client from home that evening, and they confirmed it to me in our messages."
    appeal = str(desk.market.do(file_appeal, mia.actor, action_ref=ref, grounds=["other"], body=body)["appeal"])
    for reader, wrote in ((mia, "You wrote"), (desk.story.tim, "Mia Lund wrote")):
        page = words_of(desk.visit_as(reader, f"/appeals/{appeal}").text)
        assert wrote in page and "We wrote" not in page


def test_a_member_is_picked_with_the_question_and_asked_too(desk: Desk) -> None:
    case = desk.taken()
    (mia, her), (bo, _his) = joined(desk, "Mia Lund"), joined(desk, "Bo Lind")
    picked = {"clause": str(desk.clause(RULE).id), "day": desk.market.day(5).isoformat(), "go": "ask", "member": str(her)}
    address = str(desk.send(f"/desk/cases/{case}/clause", picked).headers["Location"])
    assert f"member={her}" in address and f'selected value="{her}"' in desk.get(address)
    sent = {"clause": picked["clause"], "question": "What happened on Tuesday?", "days": "5", "member": str(her), "go": "send"}
    assert desk.send(f"/desk/cases/{case}/ask", sent).status_code == 303
    for reader, asked in ((mia, True), (desk.story.tim, True), (bo, False)):
        inbox = words_of(desk.visit_as(reader, "/me/inbox").text)
        assert ("We have a question" in inbox) is asked
        with desk.market.office.database.read() as session:
            ref = session.scalars(select(Message.ref).where(Message.kind == "question")).one()
        assert (ref in desk.visit_as(reader, "/me").text) is asked
        assert desk.visit_as(reader, f"/me/questions/{ref}").status_code == (200 if asked else 404)


def test_the_appeal_of_a_member_is_read_by_the_owners_and_that_member(desk: Desk) -> None:
    case = desk.taken()
    (mia, her), (bo, _his) = joined(desk, "Mia Lund"), joined(desk, "Bo Lind")
    desk.heard(case, member_id=her)
    action = str(started(desk, case, her).headers["Location"]).rpartition("/")[2].partition("?")[0]
    fields = desk.decision(measure="suspension", ends_on="2026-12-10")
    del fields["version"]
    fields["would_change"] = str(fields["would_change"]).split("\n")
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=action, version=1, fields=fields)
    hers = replace(mia.actor, account_ids=frozenset({desk.story.tim.account.id}))
    body = "I had written to the client from home that evening, and they confirmed it to me in our messages."
    ref = str(desk.market.do(file_appeal, hers, action_ref=action, grounds=["other"], body=body)["appeal"])
    for reader, status in ((desk.story.tim, 200), (mia, 200), (bo, 404)):
        assert desk.visit_as(reader, f"/appeals/{ref}").status_code == status
        assert (ref in desk.visit_as(reader, "/me").text) is (status == 200)
    owners, own = (words_of(desk.visit_as(one, "/me").text) for one in (desk.story.tim, mia))
    assert f"Mia Lund appealed against the decision {action}." in owners and "Our answer to the appeal of Mia Lund," in owners
    assert "Add something to the appeal of Mia Lund until it is decided" in owners and "your appeal" not in owners.lower()
    assert "Ask that the decision waits until the appeal of Mia Lund is answered" in owners
    desk.market.do(ask_pause, hers, appeal_ref=ref, why="The client waits.")
    owners, page = (words_of(desk.visit_as(desk.story.tim, path).text) for path in ("/me", f"/appeals/{ref}"))
    for read in (owners, page):
        assert "you asked" not in read.lower() and "You wrote The client waits" not in read
    assert f"It was asked that the decision {action} waits until the appeal of Mia Lund is answered." in owners
    assert "It was asked that the decision waits (" in page and "The client waits." in page
    assert "We have the appeal of Mia Lund." in words_of(desk.visit_as(desk.story.tim, f"/appeals/{ref}").text)
    assert "We have your appeal." in words_of(desk.visit_as(mia, f"/appeals/{ref}").text)
    assert "Our answer to your appeal," in own and f"You appealed against the decision {action}." in own
    assert "the appeal of" not in own.lower()
    letter, hers = (words_of(desk.visit_as(one, f"/me/actions/{action}").text) for one in (desk.story.tim, mia))
    assert "The appeal of Mia Lund" in letter and "It was asked that the decision waits. We have not answered" in letter
    assert "Your appeal" not in letter and "Open my appeal" not in letter and "you asked" not in letter.lower()
    assert "Your appeal" in hers and "You asked that the decision waits." in hers and "the appeal of Mia" not in hers
    assert "Mia Lund wrote" in page and "You wrote" not in page
    hers = words_of(desk.visit_as(mia, f"/appeals/{ref}").text)
    assert "You wrote" in hers and "Mia Lund wrote" not in hers
    with desk.market.office.database.read() as session:
        asked = {one.recipient_id: one.body for one in session.scalars(select(Notice).where(Notice.kind == "pause_asked"))}
    assert asked[desk.story.tim.person.id].startswith("We wrote the following to Mia Lund, who sent this.")
    assert "to Mia Lund" not in asked[mia.person.id]
