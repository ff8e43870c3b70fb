"""The second person at the desk: reads what the first one wrote, signs it or gives it back."""

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Member
from portal.cases.models import Case
from portal.enforcement.queries import action_by_ref
from portal.log.operations import add
from tests.web.desk_support import Desk, hidden, taking, words_of
from tests.web.test_desk_deciding import ahead


class TestTheSecondPerson:
    @pytest.fixture
    def proposed(self, desk: Desk, draft: str) -> str:
        seen, path = ahead(desk, draft, measure="termination"), f"/desk/actions/{draft}/propose"
        assert "Send for co-signature" in words_of(seen.text)
        assert desk.send(path, hidden(seen.text, path)).status_code == 303
        return draft

    def second(self, desk: Desk, proposed: str) -> FlaskClient:
        """Ola, who has taken it as the second person."""
        ola, page = desk.sign_in(desk.story.ola), f"/desk/actions/{proposed}"
        taken = taking(ola.get(page, base_url="https://localhost").text)
        with desk.market.office.database.read() as session:
            action = action_by_ref(session, proposed)
            case = session.get_one(Case, action.case_id).ref
        assert desk.send(f"/desk/cases/{case}/take", taken, ola).headers["Location"] == page
        return ola

    def test_the_writer_cannot_sign(self, desk: Desk, proposed: str) -> None:
        assert "You signed this yourself" in words_of(desk.get(f"/desk/actions/{proposed}"))
        answer = desk.send(f"/desk/actions/{proposed}/sign", {"go": "sign", "reason": "I agree with myself."})
        assert answer.status_code == 403

    def test_who_has_not_taken_it_reads_nothing_of_it(self, desk: Desk, proposed: str) -> None:
        ola = desk.sign_in(desk.story.ola)
        for sent in ({"go": "sign", "reason": ""}, {"go": "return", "reason": ""}, {"go": "sign", "reason": "I want to see it."}):
            answer = desk.send(f"/desk/actions/{proposed}/sign", sent, ola)
            said = words_of(answer.text)
            assert (answer.status_code, "On the first milestone" in said, "I was ill" in said) == (403, False, False), sent
        assert "I want to see it." in said, "what was typed is not lost"
        assert "You signed this yourself" in words_of(desk.get(f"/desk/actions/{proposed}")), "and nothing was done"

    def test_who_is_tied_to_an_account_does_not_learn_that_there_is_one(self, desk: Desk, proposed: str) -> None:
        ola, tied = desk.sign_in(desk.story.ola), desk.story.ola
        member = {"account_id": desk.story.stacy.account.id, "person_id": tied.person.id, "role": "worker"}
        desk.market.make(lambda work: add(work, Member(**member)))
        for reason in ("", "I want to see it."):
            answer = desk.send(f"/desk/actions/{proposed}/sign", {"go": "sign", "reason": reason}, ola)
            assert (answer.status_code, "On the first milestone" in words_of(answer.text)) == (404, False)

    def test_a_draft_is_no_proposal(self, desk: Desk, draft: str) -> None:
        desk.send(f"/desk/actions/{draft}/draft", desk.decision())
        for browser, status in ((desk.browser, 409), (desk.sign_in(desk.story.ola), 403)):
            for reason in ("", "I agree."):
                answer = desk.send(f"/desk/actions/{draft}/sign", {"go": "sign", "reason": reason}, browser)
                assert (answer.status_code, "On the first milestone" in words_of(answer.text)) == (status, False)

    def test_signing_twice_with_one_form_is_one_act_and_late_it_says_so(self, desk: Desk, proposed: str) -> None:
        ola, form = self.second(desk, proposed), {"go": "sign", "reason": "I would decide the same.", "form_key": "one-form"}
        answers = [desk.send(f"/desk/actions/{proposed}/sign", form, ola) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        late = desk.send(f"/desk/actions/{proposed}/sign", form | {"form_key": "another"}, ola)
        assert late.status_code == 409 and "not waiting for that any more" in words_of(late.text)

    def test_the_second_person_reads_all_and_signs(self, desk: Desk, proposed: str) -> None:
        ola = self.second(desk, proposed)
        assert "On the first milestone of $400.00" in words_of(desk.get(f"/desk/actions/{proposed}", ola))
        answer = desk.send(f"/desk/actions/{proposed}/sign", {"go": "sign", "reason": "I would decide the same."}, ola)
        assert answer.status_code == 303
        assert f"Co-signed by Reviewer {desk.story.ola.handle}" in words_of(desk.get(f"/desk/actions/{proposed}"))

    def test_a_reason_is_needed(self, desk: Desk, proposed: str) -> None:
        answer = desk.send(f"/desk/actions/{proposed}/sign", {"go": "sign", "reason": ""}, self.second(desk, proposed))
        assert answer.status_code == 422
        assert "Write your reason" in words_of(answer.text)

    def test_returned_it_is_the_writers_draft_again_with_everything(self, desk: Desk, proposed: str) -> None:
        reason = "Three good years should weigh more."
        desk.send(f"/desk/actions/{proposed}/sign", {"go": "return", "reason": reason}, self.second(desk, proposed))
        page = desk.get(f"/desk/actions/{proposed}")
        assert reason in words_of(page)
        assert "taking payment and delivering nothing" in page

    def test_it_waits_in_the_queue_with_its_own_page(self, desk: Desk, proposed: str) -> None:
        page = desk.get("/desk?filter=cosignature")
        assert f'href="/desk/actions/{proposed}"' in page
