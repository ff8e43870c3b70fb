"""Operations of appeals: the person's and the reviewer's; loading them names the handlers of their clocks."""

from portal.appeals import lapses, pause_lapses, reinstatement_lapses
from portal.appeals.complaining import attach_to_complaint, file_complaint, remove_complaint_file, withdraw_complaint
from portal.appeals.deciding import decide_appeal
from portal.appeals.files import attach_to_appeal
from portal.appeals.filing import (
    add_to_appeal,
    attach_file,
    file_appeal,
    remove_file,
    save_appeal_draft,
    withdraw_appeal,
)
from portal.appeals.mentioning import keep_to_oneself, mention_appeal
from portal.appeals.pausing import answer_pause, ask_pause
from portal.appeals.reinstatement_deciding import decide_request
from portal.appeals.reinstatement_reviewing import ask_requester, begin_request, draw_request_again
from portal.appeals.reinstating import (
    add_file_to_request,
    add_to_request,
    ask_to_come_back,
    attach_to_request,
    remove_request_file,
    withdraw_request,
)
from portal.appeals.reopen import attach_evidence, remove_evidence, reopen_appeal
from portal.appeals.reopening import decide_complaint
from portal.appeals.reviewing import ask_appellant, begin_review, draw_again, keep_answer, refuse_appeal
from portal.appeals.showing import show_withheld
from portal.appeals.withholding import contest_withheld, decide_withheld

__all__ = [
    "add_file_to_request", "add_to_appeal", "add_to_request", "answer_pause", "ask_appellant", "ask_pause", "ask_requester",
    "ask_to_come_back", "attach_evidence", "attach_file", "attach_to_appeal", "attach_to_complaint", "attach_to_request",
    "begin_request", "begin_review", "contest_withheld", "decide_appeal", "decide_complaint", "decide_request",
    "decide_withheld", "draw_again", "draw_request_again", "file_appeal", "file_complaint", "keep_answer", "keep_to_oneself",
    "lapses", "mention_appeal", "pause_lapses", "refuse_appeal", "reinstatement_lapses", "remove_complaint_file",
    "remove_evidence", "remove_file", "remove_request_file", "reopen_appeal", "save_appeal_draft", "show_withheld",
    "withdraw_appeal", "withdraw_complaint", "withdraw_request",
]
