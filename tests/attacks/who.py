"""Who may open or send what: every route of the portal stands here once, or the walk fails.

`core/access.py` says which roles have a permission. This says of what thing an address is, and with that whose it is.
"""

from __future__ import annotations


def _named(text: str) -> frozenset[str]:
    return frozenset(text.split())


EVERYBODY = _named("""
public.home public.menu public.choose_language public.log public.healthz public.readyz public.show_sign_in public.do_sign_in
public.sign_out public.show_link public.do_link public.fresh_link public.cannot_sign_in public.ask_for_link public.book
public.newest public.version public.clause public.choose public.compared public.find public.before_you_pay public.feed
public.as_json public.transparency public.transparency_record static
""")
"""Nothing of anybody is behind these."""

THEIR_OWN = _named("""
person.me person.collaborators person.identity person.inbox person.record person.my_rules person.accept_rules person.security
person.funds person.destinations person.new_need person.say_need person.new_report public.show_step_up public.do_step_up
public.step_up_link
desk.queue desk.next_line desk.find desk.unsorted desk.saw desk.send_saw desk.many_new desk.many_send desk.many_refusals
desk.many_example_csv desk.many_example_ndjson desk.corrections desk.outgoing desk.overdue
""")
"""No reference is in the address: whoever has the permission sees what is theirs. The desk's show what all of it share."""

OF: dict[str, str] = {
    "action": "person.statement person.statement_record person.statement_paper person.confirm_statement",
    "decided": "person.new_appeal person.send_appeal person.keep_appeal person.new_withheld person.send_withheld "
               "person.new_reinstatement person.send_reinstatement",
    "statement": "person.earlier_statement person.earlier_record person.earlier_paper",
    "cited": "person.cited_exhibit",
    "appeal": "person.appeal person.add_to_appeal person.add_appeal_file person.ask_pause person.withdraw_appeal "
              "person.reopen_appeal person.send_evidence person.mention_appeal person.unmention_appeal",
    "appeal_file": "person.appeal_file",
    "called": "person.chargeback person.say_to_bank",
    "near": "person.collaborator",
    "contract": "person.contract person.choose_way person.take_way_back",
    "reportable": "person.send_report",
    "dispute": "person.dispute person.accept_dispute person.say_pressed person.ask_dispute_review person.settlement "
               "person.offer_settlement person.show_dispute_file",
    "disputed": "person.answer_dispute_question person.withdraw_dispute",
    "milestone": "person.new_dispute person.send_dispute",
    "answered": "person.answer_dispute",
    "shown": "person.dispute_exhibit",
    "offer": "person.accept_settlement person.decline_settlement person.take_offer_back",
    "form": "person.keep",
    "money": "person.withdraw person.funds_history person.funds_beancount person.funds_csv person.add_destination",
    "place": "person.end_destination",
    "item": "person.identity_item person.identity_send person.identity_remove person.identity_contest",
    "paper": "person.identity_document",
    "receipt": "person.identity_receipt",
    "notice": "person.notice person.confirm_notice",
    "need": "person.need person.add_to_need person.close_need",
    "question": "person.question person.answer_question",
    "session": "person.end_other_session",
    "report": "person.report",
    "complained": "person.new_complaint person.send_complaint",
    "asked": "desk.ask",
    "case": "desk.case desk.send_question desk.keep_question desk.clause desk.picked desk.close desk.send_close "
            "desk.exhibits desk.add_exhibit desk.hand_over desk.identity_ask desk.identity_send desk.order desk.protect "
            "desk.take",
    "case_exhibit": "desk.case_exhibit",
    "decision": "desk.action desk.paper desk.correct desk.discard desk.draft desk.extend "
                "desk.issue desk.lift desk.lift_part desk.preview desk.propose "
                "desk.replace desk.shorten desk.sign desk.withdraw desk.keep_parts",
    "corrected": "desk.correction desk.sign_correction",
    "ordered": "desk.order_again desk.look_at_order",
    "redress": "desk.appeal desk.ask_appeal desk.begin_appeal desk.check_appeal desk.decide_appeal desk.disclose_appeal "
               "desk.draw_appeal desk.keep_appeal desk.refuse_appeal",
    "redress_file": "desk.appeal_file",
    "desk_called": "desk.chargeback desk.contest_chargeback",
    "complaint": "desk.complaint desk.ask_complaint desk.begin_complaint desk.decide_complaint desk.draw_complaint "
                 "desk.keep_complaint",
    "complaint_file": "desk.complaint_file",
    "desk_dispute": "desk.dispute desk.ask_client desk.check_dispute desk.decide_dispute desk.draw_dispute desk.keep_dispute "
                    "desk.note_misuse desk.second_dispute desk.take_dispute",
    "longer": "desk.extension desk.sign_extension",
    "request": "desk.identity_request desk.identity_sign",
    "desk_item": "desk.identity desk.identity_answer desk.identity_take desk.identity_talk desk.identity_withdraw",
    "desk_paper": "desk.identity_document",
    "lead": "desk.lead desk.lead_answer",
    "desk_need": "desk.need desk.need_answer desk.need_keep",
    "pause": "desk.pause desk.pause_answer desk.pause_keep",
    "withheld": "desk.withheld desk.ask_withheld desk.begin_withheld desk.decide_withheld desk.draw_withheld desk.keep_withheld",
    "many": "desk.many desk.many_confirm",
    "returned": "desk.returned desk.returned_write desk.returned_keep",
    "reinstatement": "person.reinstatement person.add_to_reinstatement person.add_reinstatement_file "
                     "person.withdraw_reinstatement",
    "reinstatement_file": "person.reinstatement_file",
    "desk_reinstatement": "desk.reinstatement desk.ask_reinstatement desk.begin_reinstatement desk.decide_reinstatement "
                          "desk.draw_reinstatement desk.keep_reinstatement",
    "desk_reinstatement_file": "desk.reinstatement_file",
    "incoming": "desk.sort_report",
    "fee": "desk.propose_correction desk.answer_correction",
    "rule": "desk.precedents",
}
THING = {endpoint: thing for thing, endpoints in OF.items() for endpoint in endpoints.split()}
OF_OWNERS = _named("""
person.identity_item person.identity_send person.identity_remove person.identity_contest person.identity_document
person.identity_receipt person.question person.answer_question
person.statement_record person.statement_paper person.confirm_statement person.cited_exhibit
person.earlier_statement person.earlier_record person.earlier_paper
person.new_appeal person.send_appeal person.keep_appeal person.new_withheld person.send_withheld
person.appeal person.add_to_appeal person.add_appeal_file person.appeal_file person.ask_pause person.withdraw_appeal
person.new_reinstatement person.send_reinstatement person.reinstatement person.add_to_reinstatement
person.add_reinstatement_file person.withdraw_reinstatement person.reinstatement_file
person.new_dispute person.send_dispute person.answer_dispute person.answer_dispute_question person.say_pressed
person.ask_dispute_review person.show_dispute_file person.dispute_exhibit person.say_to_bank
""")
OF_MONEY = _named("""
person.withdraw person.funds_history person.funds_csv person.funds_beancount person.add_destination person.end_destination
person.chargeback person.dispute person.accept_dispute person.withdraw_dispute person.settlement person.offer_settlement
person.accept_settlement person.decline_settlement person.take_offer_back
""")
"""What of an account is not every member's, but its owners', and that of those who look after its money. Of a decision about the
whole account every member reads on its page what applies to them (`person.statement`), and nothing of what was said."""
TAKES = _named("""
desk.take desk.clause desk.picked desk.keep_question desk.order desk.protect desk.begin_appeal desk.begin_complaint
desk.begin_withheld desk.begin_reinstatement desk.take_dispute desk.identity_take desk.send_question
""")
"""With these a reviewer takes what is with nobody."""
