"""A file proposes many decisions: checked whole, each a draft of its own; only interim measures are confirmed together."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Account, Member
from portal.cases.models import Case, WorkItem
from portal.cases.queries import draft_and_version
from portal.core.access import Role
from portal.core.errors import Refusal
from portal.enforcement.many import RefusedLines
from portal.enforcement.many_file import COLUMNS, NEEDED
from portal.enforcement.many_models import Batch, BatchLine
from portal.enforcement.many_queries import batch_by_ref, batch_rows
from portal.enforcement.models import Action
from portal.enforcement.operations import ask_first, issue_action
from portal.notices.models import Notice
from tests.enforcement.conftest import FACTS, Desk
from tests.enforcement.many import as_csv, as_ndjson, counted, first, refs, row, send, sent
from tests.factories.market import Market, Party, refused

HEADER = ",".join(NEEDED).encode()


def wrong(desk: Desk, content: bytes) -> list[tuple[int, str, str]]:
    """What is refused of a file: line, column and code; and that nothing of it was stored."""
    before = counted(desk.office)
    with pytest.raises(RefusedLines) as error:
        sent(desk, content)
    assert counted(desk.office) == before
    return [(one.line, one.column, one.error.code) for one in error.value.refused]


@pytest.mark.parametrize(("separator", "mark"), [(",", ""), (";", ""), (";", "\ufeff")])
def test_each_line_becomes_a_draft_in_a_case_of_its_own(
    desk: Desk, people: list[Party], separator: str, mark: str
) -> None:
    content = as_csv([row(desk, one) for one in people], separator, mark)
    sent(desk, content)
    with desk.office.database.read() as session:
        actions = list(session.scalars(select(Action).join(BatchLine, BatchLine.action_id == Action.id).order_by(BatchLine.line)))
        assert [one.account_id for one in actions] == [one.account.id for one in people]
        assert {one.status for one in actions} == {"draft"}
        assert len({one.case_id for one in actions}) == 3
        body, _ = draft_and_version(session, desk.story.rae.person.id, "action", actions[0].ref)
        assert body is not None
        assert body["facts"] == FACTS
        assert body["would_change"] == ["The work is delivered.", "Proof of an illness."]
        items = list(session.scalars(select(WorkItem).where(WorkItem.subject_ref.in_([one.ref for one in actions]))))
        assert {(one.kind, one.stage, one.assignee_id) for one in items} == {("action", "from_file", desk.story.rae.person.id)}
        assert session.scalars(select(Notice).where(Notice.recipient_id.in_([one.person.id for one in people]))).first() is None


def test_ndjson_says_the_same_as_csv(desk: Desk, people: list[Party]) -> None:
    rows: list[dict[str, Any]] = [
        row(desk, people[0]), first(desk, people[1]) | {"interim": True, "objects": ["listing:Photo apps"]},
    ]
    batch = sent(desk, as_ndjson(rows), "x.ndjson")
    with desk.office.database.read() as session:
        assert session.scalars(select(Batch.format)).all() == ["ndjson"]
        found = batch_rows(session, batch_by_ref(session, desk.story.rae.actor, batch), desk.story.rae.person.id)
        assert [one.interim for one in found] == [False, True]


def test_one_refused_line_and_nothing_is_stored_and_each_is_named(desk: Desk, people: list[Party]) -> None:
    day = desk.market.day
    rows = [
        row(desk, people[0]), row(desk, people[1], facts="Too short."), row(desk, people[2], account="m-nobody"),
        row(desk, people[0], clause="99.9", case="new"), row(desk, people[0], measure="ban", case="new"),
        row(desk, people[0], conduct_to=day(-3).isoformat(), case="new"),
        row(desk, people[0], would_change="One thing.", case="new"),
        row(desk, people[0], interim="perhaps"), row(desk, people[0], interim="yes", measure="suspension", case="new"),
        row(desk, people[0], objects="contract:c-of-nobody", case="new"), row(desk, people[0], no_exhibit="", case="new"),
        row(desk, people[0], conduct_from="2020-01-01", case="new"), row(desk, people[0], case="C-2222"),
        row(desk, people[0], measure="restriction", case="new"), row(desk, people[0], facts="\x00" + FACTS, case="new"),
    ]
    assert wrong(desk, as_ndjson(rows)) == [
        (2, "facts", "facts_too_short"), (3, "account", "unknown_account"), (4, "clause", "no_clause"),
        (5, "measure", "unknown_measure"), (6, "conduct_to", "period_in_future"), (7, "would_change", "would_change"),
        (8, "interim", "not_yes_or_no"), (9, "interim", "interim_not_permitted"), (10, "objects", "unknown_contract"),
        (11, "exhibits", "no_exhibit"), (12, "policy", "unknown_policy"), (13, "case", "unknown_case"),
        (14, "ends_on", "ends_on_missing"), (15, "facts", "unstorable_text"),
    ]


@pytest.mark.parametrize(("content", "found"), [
    (b"", [(1, "", "no_lines")]),
    (b"account,clause\n", [(1, "", "column_missing")]),
    (b"account;clause;colour\n", [(1, "colour", "unknown_column")]),
    (b"account,account\n", [(1, "account", "column_twice")]),
    ("account,clause\nm-\u00e4".encode("latin-1"), [(2, "", "not_utf8")]),
    (b'{"account": 1, "account": 2}', [(1, "", "not_json")]),
    (b'{"colour": 1}\n\n[]', [(1, "colour", "unknown_column"), (3, "", "not_json")]),
    (b"{" + b'"a":{' * 100_000, [(1, "", "not_json")]),
    (b'{"account": 1.5}', [(1, "account", "not_text")]),
    (b'{"account": "m-tim"}', [(1, "clause", "cell_missing")]),
    (b"a" * 2_000_001, [(1, "", "too_large")]),
    (b"\n".join([b"{}"] * 501), [(1, "", "too_many_lines")]),
    (HEADER + b"\na" * 501 + b'\n"read no further" than this', [(1, "", "too_many_lines")]),
])
def test_what_is_wrong_with_a_file_is_named_by_its_line(desk: Desk, content: bytes, found: list[tuple[int, str, str]]) -> None:
    assert wrong(desk, content) == found


def test_lines_are_counted_as_an_editor_counts_them(desk: Desk, people: list[Party]) -> None:
    header = ",".join(COLUMNS)
    given = row(desk, people[0], facts='"Two\nlines of ""facts"" about what happened here, long enough."')
    good = ",".join(given.get(name, "") for name in COLUMNS)
    bad = ",".join((given | {"account": "m-nobody"}).get(name, "") for name in COLUMNS)
    assert wrong(desk, f"{header}\n{good}\n\n{bad}\n{good},more".encode()) == [
        (5, "account", "unknown_account"), (7, "", "too_many_cells"),
    ]
    assert wrong(desk, f'{header}\n{good}\n"never closed'.encode()) == [(4, "", "not_csv")]


def test_a_line_goes_into_the_open_case_of_that_conduct(desk: Desk) -> None:
    """Tim's case about Stacy's contract is open; another contract makes a case of its own, and so does "new"."""
    story = desk.story
    about = f"contract:{story.contract.external_id}"
    batch = send(desk, [
        row(desk, story.tim, objects=about, exhibits="1", no_exhibit=""),
        row(desk, story.tim, objects=f"contract:{story.other_contract.ref}", exhibits="contract", no_exhibit=""),
        row(desk, story.tim, objects=about, case="new"),
    ])
    with desk.office.database.read() as session:
        cases = {one.ref: session.get_one(Case, one.case_id).ref for one in map(desk.action, refs(desk, batch))}
        assert next(iter(cases.values())) == desk.case_ref
        assert len(set(cases.values())) == 3
        second, _ = draft_and_version(session, story.rae.person.id, "action", list(cases)[1])
        assert second is not None
        assert second["exhibits"] == ["1"], "the terms of the contract were put on record"


def test_two_lines_about_one_case_are_named(desk: Desk) -> None:
    about = f"contract:{desk.story.contract.ref}"
    rows = [row(desk, desk.story.tim, objects=about), row(desk, desk.story.tim, objects=about)]
    assert wrong(desk, as_csv(rows)) == [(3, "case", "same_case")]


def test_a_case_in_other_hands_and_a_conflict_are_refused(desk: Desk, people: list[Party]) -> None:
    desk.ask(by=desk.story.ola)
    desk.join(desk.story.rae, people[0])
    rows = [row(desk, desk.story.tim, case=desk.case_ref), row(desk, people[0]), row(desk, people[1])]
    assert wrong(desk, as_csv(rows)) == [(2, "", "with_somebody_else"), (3, "", "conflicted")]


def test_the_draft_is_decided_in_the_ordinary_editor_with_every_ordinary_rule(desk: Desk, people: list[Party]) -> None:
    """Nobody is asked by a file: the person is asked in the case, and only then it is issued."""
    batch = send(desk, [row(desk, people[0], measure="suspension", ends_on=desk.market.day(-20).isoformat())])
    ref, rae = refs(desk, batch)[0], desk.story.rae
    with desk.office.database.read() as session:
        fields, _ = draft_and_version(session, rae.person.id, "action", ref)
        case = session.get_one(Case, desk.action(ref).case_id).ref
    issue = {"action_ref": ref, "version": 1, "fields": fields}
    assert refused(lambda: desk.market.do(issue_action, rae.actor, **issue)) == "not_asked"
    asked = desk.market.do(
        ask_first, rae.actor, case_ref=case, clause_version_id=desk.clause(), question="What happened?", days=5
    )
    assert asked
    assert refused(lambda: desk.market.do(issue_action, rae.actor, **issue)) == "answer_awaited"
    desk.later(days=6)
    desk.market.do(issue_action, desk.story.rae.actor, **issue)
    assert desk.action(ref).status == "issued"


def test_only_reviewers_and_leads_send_a_file_and_only_they_and_auditors_read_it(desk: Desk, people: list[Party]) -> None:
    content, market = as_csv([row(desk, people[0])]), desk.market
    auditor, lead = market.staff("Ida Holm", Role.AUDITOR), market.staff("Lee Marsh", Role.LEAD)
    for who in (auditor.actor, desk.story.tim.actor):
        with pytest.raises(Refusal):
            sent(desk, content, who=who)
    batch = send(desk, [row(desk, people[0])])
    with desk.office.database.read() as session:
        for actor in (auditor.actor, lead.actor):
            assert batch_by_ref(session, actor, batch).ref == batch
        assert refused(lambda: batch_by_ref(session, desk.story.ola.actor, batch)) == "not_found"


def test_the_name_of_the_file_is_the_senders_and_never_an_error(desk: Desk, people: list[Party]) -> None:
    for name, kept in (("a\x00b.csv", ""), ("a\nb\u2028c.csv", "a b c.csv"), ("x" * 500, "x" * 120)):
        batch = sent(desk, as_csv([row(desk, people[0], case="new", weighed=f"Named {kept}.")]), name)
        with desk.office.database.read() as session:
            assert batch_by_ref(session, desk.story.rae.actor, batch).name == kept


def test_an_account_without_anybody_is_refused(desk: Desk) -> None:
    market: Market = desk.market
    lone = market.party("Dee Moss")

    def leave(work: Any) -> None:
        account = work.db.get_one(Account, lone.account.id)
        for member in work.db.scalars(select(Member).where(Member.account_id == account.id)):
            member.ended_at = work.now

    market.make(leave)
    assert wrong(desk, as_csv([row(desk, lone)])) == [(2, "", "nobody_to_tell")]
