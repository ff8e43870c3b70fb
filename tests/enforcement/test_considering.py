"""Nobody says "considered" of an appeal's exhibit that they have not opened; its number is given once and stays."""

import pytest

from portal.appeals.queries import appeal_by_ref, decision_of, files_of
from portal.core.errors import Refusal
from portal.documents.operations import open_document
from portal.documents.queries import shown_exhibits
from tests.appeals.conftest import Bench, bench, bench_maker

__all__ = ["bench", "bench_maker"]


def refusal(bench: Bench, ref: str, **other: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        bench.decide(ref, **other)
    return caught.value


@pytest.mark.parametrize("outcome", ["upheld", "reversed"])
def test_considered_means_opened(bench: Bench, outcome: str) -> None:
    document = bench.attach()["document"]
    ref, considered = bench.file(), {"2": "considered"}
    found = refusal(bench, ref, outcome=outcome, exhibits_considered=considered)
    assert (found.code, found.field) == ("unopened", "exhibit_2")
    assert bench.appeal(ref).state == "filed"
    opened = {"document_ref": document, "purpose": "appeal"}
    bench.market.do(open_document, bench.story.rae.actor, **opened)
    assert refusal(bench, ref, outcome=outcome, exhibits_considered=considered).code == "unopened"
    bench.market.do(open_document, bench.story.ola.actor, **opened)
    bench.decide(ref, outcome, exhibits_considered=considered)
    assert bench.appeal(ref).state == "decided"


def test_an_exhibit_keeps_the_number_with_which_it_entered_the_case(bench: Bench) -> None:
    bench.attach("The hospital's letter")
    ref = bench.file()
    bench.attach("A photo of the ward")
    with bench.office.database.read() as session:
        appeal = appeal_by_ref(session, ref)
        in_appeal = {shown.exhibit.number: shown.file.description for shown in files_of(session, appeal.id) if shown.exhibit}
        in_case = {one.number: one.description for one in shown_exhibits(session, appeal.case_id)}
    assert in_appeal == {2: "The hospital's letter", 3: "A photo of the ward"}
    assert in_appeal.items() <= in_case.items()
    elsewhere = {"weight": "not_considered", "why": "It is about another month."}
    bench.decide(ref, exhibits_considered={"2": elsewhere, "3": elsewhere})
    with bench.office.database.read() as session:
        decided = decision_of(session, appeal.id)
    assert decided is not None
    assert {one["number"]: one["description"] for one in (decided[0] or {})["exhibits"]} == in_appeal
