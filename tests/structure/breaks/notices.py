"""Breaks what `flask verify` proves of notices, of the rulebook and of documents."""

from __future__ import annotations

from tests.structure.breaks.making import FAR_AHEAD, LONG_AGO, Break, first

TOLD = "SELECT a.ref FROM account a JOIN binding b ON b.account_id = a.id WHERE b.told_at IS NOT NULL ORDER BY a.id LIMIT 1"
CORRECTION = first("policy_version", "corrects_id IS NOT NULL", "id")

BREAKS: tuple[Break, ...] = (
    Break("told_rests_on_a_notice", "account … counts as told of version …, and no notice of it says so", TOLD, (
        "DELETE FROM telling",
    )),
    Break("told_rests_on_a_notice", "account … counts as told of version …, and no notice of it says so", TOLD, (
        "UPDATE delivery SET result = 'bounced' WHERE channel = 'email' AND notice_id IN (SELECT notice_id FROM telling)",
    )),
    Break("told_rests_on_a_notice", "account … counts as told of version …, and no notice of it says so", TOLD, (
        f"UPDATE binding SET told_at = {LONG_AGO} WHERE told_at IS NOT NULL",
    )),
    Break("notice_periods_are_kept", "account … is bound by version … from …, which is not its day", TOLD, (
        "UPDATE binding SET binds_on = '2026-12-01' WHERE told_at IS NOT NULL",
    )),
    Break("messages_wait_for_their_answer", "message … was erased before its time",
          first("outgoing", "ended_at IS NULL", "message_id"), (
        f"UPDATE outgoing SET sealed = NULL, erased_at = {FAR_AHEAD} WHERE message_id = :row",
    )),
    Break("what_was_sent_was_tried", "delivery … counts as sent and no attempt says so",
          "SELECT d.id FROM delivery d WHERE d.channel = 'email' AND d.delivered_at IS NOT NULL ORDER BY d.id LIMIT 1", (
        "DELETE FROM attempt WHERE delivery_id = :row",
    )),
    Break("corrections_change_no_rule", "version …/….… (…) is called an editorial correction: …", CORRECTION, (
        "UPDATE clause_version SET text = replace(text, 'two years', 'nine years') WHERE version_id = :row",
    )),
    Break("corrections_change_no_rule", "version …/….… (…) does not say rightly what it corrects", CORRECTION, (
        "UPDATE policy_version SET corrects_id = NULL WHERE id = :row",
    )),
    Break("documents_can_be_opened", "document … was not erased and cannot be opened any more",
          first("document", "wrapped_key IS NOT NULL"), (
        "UPDATE document SET wrapped_key = NULL WHERE ref = :row",
    ), ("document.ck_document_ready_with_key",)),
)
