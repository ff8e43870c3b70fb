"""Operations of appeals: the person's and the reviewer's; loading them names the handlers of their clocks."""

from portal.appeals import lapses, pause_lapses
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
from portal.appeals.pausing import answer_pause, ask_pause
from portal.appeals.reopening import decide_complaint
from portal.appeals.reviewing import ask_appellant, begin_review, draw_again, keep_answer, refuse_appeal
from portal.appeals.showing import show_withheld
from portal.appeals.withholding import contest_withheld, decide_withheld

__all__ = [
    "add_to_appeal", "answer_pause", "ask_appellant", "ask_pause", "attach_file", "attach_to_appeal", "attach_to_complaint",
    "begin_review", "contest_withheld", "decide_appeal", "decide_complaint", "decide_withheld", "draw_again", "file_appeal",
    "file_complaint", "keep_answer", "lapses", "pause_lapses", "refuse_appeal", "remove_complaint_file", "remove_file",
    "save_appeal_draft", "show_withheld", "withdraw_appeal", "withdraw_complaint",
]
