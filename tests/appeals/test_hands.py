"""Since when somebody has an appeal, and what comes first when somebody may not work on it."""

import pytest
from sqlalchemy import update

from portal.appeals.operations import ask_appellant, begin_review, refuse_appeal
from portal.cases.models import WorkItem
from portal.core.work import Operation
from tests.appeals.conftest import Bench
from tests.factories.market import refused


def put_down(bench: Bench, ref: str) -> None:
    """The appeal is with nobody."""
    bare = update(WorkItem).where(WorkItem.subject_ref == ref).values(assignee_id=None, assigned_at=None)
    bench.market.make(lambda work: work.db.execute(bare))


def test_what_was_with_nobody_is_theirs_from_now_on(bench: Bench) -> None:
    ref = bench.file()
    bench.begin(ref)
    put_down(bench, ref)
    bench.later(hours=3)
    before = bench.item(ref)
    args = {"appeal_ref": ref, "version": bench.appeal(ref).version, "question": "When was that?", "days": 5}
    bench.market.do(ask_appellant, bench.story.ola.actor, **args)
    after = bench.item(ref)
    assert before is not None and after is not None
    assert (after.assignee_id, after.assigned_at) == (bench.story.ola.person.id, bench.market.now)
    assert after.version > before.version


@pytest.mark.parametrize(("operation", "more"), [
    (begin_review, {}), (ask_appellant, {"question": "When?", "days": 5}), (refuse_appeal, {"reason": "It came late."}),
])
def test_who_is_tied_to_the_case_learns_no_state(bench: Bench, operation: Operation, more: dict[str, object]) -> None:
    ref = bench.file()
    bench.join(bench.story.ola, bench.story.omar)
    assert refused(lambda: bench.market.do(operation, bench.story.ola.actor, appeal_ref=ref, version=99, **more)) == "conflicted"


def test_staff_of_a_counterpart_are_never_drawn(bench: Bench) -> None:
    bench.join(bench.story.ola, bench.story.omar)
    item = bench.item(bench.file())
    assert item is not None and item.assignee_id is None
