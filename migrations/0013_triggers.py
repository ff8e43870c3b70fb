"""The triggers that keep frozen rows frozen and balances true."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TRIGGER appeal_message_keeps_rows BEFORE DELETE ON "appeal_message" BEGIN SELECT RAISE(ABORT, 'rows of appeal_message are kept as they are'); END""",
    """CREATE TRIGGER appeal_message_keeps_values BEFORE UPDATE ON "appeal_message" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.grounds IS NULL AND NEW.body IS NULL AND NEW.late_reason IS NULL AND NEW.appeal_id IS OLD.appeal_id AND NEW.n IS OLD.n AND NEW.kind IS OLD.kind AND NEW.person_id IS OLD.person_id AND NEW.said_at IS OLD.said_at AND NEW.language IS OLD.language AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of appeal_message are kept as they are'); END""",
    """CREATE TRIGGER attempt_keeps_rows BEFORE DELETE ON "attempt" BEGIN SELECT RAISE(ABORT, 'rows of attempt are kept as they are'); END""",
    """CREATE TRIGGER attempt_keeps_values BEFORE UPDATE ON "attempt" BEGIN SELECT RAISE(ABORT, 'rows of attempt are kept as they are'); END""",
    """CREATE TRIGGER checkpoint_keeps_rows BEFORE DELETE ON "checkpoint" BEGIN SELECT RAISE(ABORT, 'rows of checkpoint are kept as they are'); END""",
    """CREATE TRIGGER checkpoint_keeps_values BEFORE UPDATE ON "checkpoint" BEGIN SELECT RAISE(ABORT, 'rows of checkpoint are kept as they are'); END""",
    """CREATE TRIGGER citation_keeps_rows BEFORE DELETE ON "citation" BEGIN SELECT RAISE(ABORT, 'rows of citation are kept as they are'); END""",
    """CREATE TRIGGER citation_keeps_values BEFORE UPDATE ON "citation" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.facts IS NULL AND NEW.why IS NULL AND NEW.action_id IS OLD.action_id AND NEW.revision IS OLD.revision AND NEW.clause_version_id IS OLD.clause_version_id AND NEW.conduct_from IS OLD.conduct_from AND NEW.conduct_to IS OLD.conduct_to AND NEW.objects IS OLD.objects AND NEW.exhibits IS OLD.exhibits AND NEW.no_exhibit IS OLD.no_exhibit AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of citation are kept as they are'); END""",
    """CREATE TRIGGER clause_version_keeps_rows BEFORE DELETE ON "clause_version" BEGIN SELECT RAISE(ABORT, 'rows of clause_version are kept as they are'); END""",
    """CREATE TRIGGER clause_version_keeps_values BEFORE UPDATE ON "clause_version" BEGIN SELECT RAISE(ABORT, 'rows of clause_version are kept as they are'); END""",
    """CREATE TRIGGER contract_term_keeps_rows BEFORE DELETE ON "contract_term" BEGIN SELECT RAISE(ABORT, 'rows of contract_term are kept as they are'); END""",
    """CREATE TRIGGER contract_term_keeps_values BEFORE UPDATE ON "contract_term" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.text IS NULL AND NEW.contract_id IS OLD.contract_id AND NEW.ordinal IS OLD.ordinal AND NEW.number IS OLD.number AND NEW.agreed_on IS OLD.agreed_on AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of contract_term are kept as they are'); END""",
    """CREATE TRIGGER decision_keeps_rows BEFORE DELETE ON "decision" BEGIN SELECT RAISE(ABORT, 'rows of decision are kept as they are'); END""",
    """CREATE TRIGGER decision_keeps_values BEFORE UPDATE ON "decision" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.record IS NULL AND NEW.appeal_id IS OLD.appeal_id AND NEW.n IS OLD.n AND NEW.decided_by IS OLD.decided_by AND NEW.outcome IS OLD.outcome AND NEW.language IS OLD.language AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of decision are kept as they are'); END""",
    """CREATE TRIGGER dispute_acceptance_keeps_rows BEFORE DELETE ON "dispute_acceptance" BEGIN SELECT RAISE(ABORT, 'rows of dispute_acceptance are kept as they are'); END""",
    """CREATE TRIGGER dispute_acceptance_keeps_values BEFORE UPDATE ON "dispute_acceptance" BEGIN SELECT RAISE(ABORT, 'rows of dispute_acceptance are kept as they are'); END""",
    """CREATE TRIGGER dispute_decision_keeps_rows BEFORE DELETE ON "dispute_decision" BEGIN SELECT RAISE(ABORT, 'rows of dispute_decision are kept as they are'); END""",
    """CREATE TRIGGER dispute_decision_keeps_values BEFORE UPDATE ON "dispute_decision" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.reasons IS NULL AND NEW.dispute_id IS OLD.dispute_id AND NEW.n IS OLD.n AND NEW.decided_by IS OLD.decided_by AND NEW.read_by IS OLD.read_by AND NEW.outcome IS OLD.outcome AND NEW.refund_minor IS OLD.refund_minor AND NEW.contract_term_id IS OLD.contract_term_id AND NEW.clause_version_id IS OLD.clause_version_id AND NEW.language IS OLD.language AND NEW.decided_at IS OLD.decided_at AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of dispute_decision are kept as they are'); END""",
    """CREATE TRIGGER dispute_review_keeps_rows BEFORE DELETE ON "dispute_review" BEGIN SELECT RAISE(ABORT, 'rows of dispute_review are kept as they are'); END""",
    """CREATE TRIGGER dispute_review_keeps_values BEFORE UPDATE ON "dispute_review" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.reason IS NULL AND NEW.dispute_id IS OLD.dispute_id AND NEW.account_id IS OLD.account_id AND NEW.person_id IS OLD.person_id AND NEW.language IS OLD.language AND NEW.asked_at IS OLD.asked_at AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of dispute_review are kept as they are'); END""",
    """CREATE TRIGGER earning_keeps_rows BEFORE DELETE ON "earning" BEGIN SELECT RAISE(ABORT, 'rows of earning are kept as they are'); END""",
    """CREATE TRIGGER earning_keeps_values BEFORE UPDATE ON "earning" BEGIN SELECT RAISE(ABORT, 'rows of earning are kept as they are'); END""",
    """CREATE TRIGGER entry_keeps_rows BEFORE DELETE ON "entry" BEGIN SELECT RAISE(ABORT, 'rows of entry are kept as they are'); END""",
    """CREATE TRIGGER entry_keeps_values BEFORE UPDATE ON "entry" BEGIN SELECT RAISE(ABORT, 'rows of entry are kept as they are'); END""",
    """CREATE TRIGGER event_keeps_rows BEFORE DELETE ON "event" BEGIN SELECT RAISE(ABORT, 'rows of event are kept as they are'); END""",
    """CREATE TRIGGER event_keeps_values BEFORE UPDATE ON "event" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.payload IS NULL AND NEW.kind IS OLD.kind AND NEW.at IS OLD.at AND NEW.actor IS OLD.actor AND NEW.actor_role IS OLD.actor_role AND NEW.case_ref IS OLD.case_ref AND NEW.subject_ref IS OLD.subject_ref AND NEW.manifest IS OLD.manifest AND NEW.record_sha256 IS OLD.record_sha256 AND NEW.payload_hmac IS OLD.payload_hmac AND NEW.leaf_hash IS OLD.leaf_hash AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of event are kept as they are'); END""",
    """CREATE TRIGGER exhibit_keeps_rows BEFORE DELETE ON "exhibit" BEGIN SELECT RAISE(ABORT, 'rows of exhibit are kept as they are'); END""",
    """CREATE TRIGGER exhibit_keeps_values BEFORE UPDATE ON "exhibit" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.description IS NULL AND NEW.quoted IS NULL AND NEW.case_id IS OLD.case_id AND NEW.number IS OLD.number AND NEW.kind IS OLD.kind AND NEW.contract_id IS OLD.contract_id AND NEW.message_id IS OLD.message_id AND NEW.document_id IS OLD.document_id AND NEW.by_account_id IS OLD.by_account_id AND NEW.ground IS OLD.ground AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of exhibit are kept as they are'); END""",
    """CREATE TRIGGER informed_keeps_rows BEFORE DELETE ON "informed" BEGIN SELECT RAISE(ABORT, 'rows of informed are kept as they are'); END""",
    """CREATE TRIGGER informed_keeps_values BEFORE UPDATE ON "informed" BEGIN SELECT RAISE(ABORT, 'rows of informed are kept as they are'); END""",
    """CREATE TRIGGER leaf_keeps_rows BEFORE DELETE ON "leaf" BEGIN SELECT RAISE(ABORT, 'rows of leaf are kept as they are'); END""",
    """CREATE TRIGGER leaf_keeps_values BEFORE UPDATE ON "leaf" BEGIN SELECT RAISE(ABORT, 'rows of leaf are kept as they are'); END""",
    """CREATE TRIGGER message_keeps_rows BEFORE DELETE ON "message" BEGIN SELECT RAISE(ABORT, 'rows of message are kept as they are'); END""",
    """CREATE TRIGGER message_keeps_values BEFORE UPDATE ON "message" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.body IS NULL AND NEW.ref IS OLD.ref AND NEW.case_id IS OLD.case_id AND NEW.kind IS OLD.kind AND NEW.from_account_id IS OLD.from_account_id AND NEW.from_person_id IS OLD.from_person_id AND NEW.to_account_id IS OLD.to_account_id AND NEW.clause_version_id IS OLD.clause_version_id AND NEW.answers_id IS OLD.answers_id AND NEW.language IS OLD.language AND NEW.sent_at IS OLD.sent_at AND NEW.answer_by IS OLD.answer_by AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of message are kept as they are'); END""",
    """CREATE TRIGGER notice_keeps_rows BEFORE DELETE ON "notice" BEGIN SELECT RAISE(ABORT, 'rows of notice are kept as they are'); END""",
    """CREATE TRIGGER notice_keeps_values BEFORE UPDATE ON "notice" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.subject IS NULL AND NEW.body IS NULL AND NEW.mail_body IS NULL AND NEW.event_id IS OLD.event_id AND NEW.kind IS OLD.kind AND NEW.recipient_id IS OLD.recipient_id AND NEW.account_id IS OLD.account_id AND NEW.case_ref IS OLD.case_ref AND NEW.about_ref IS OLD.about_ref AND NEW.target IS OLD.target AND NEW.language IS OLD.language AND NEW.sha256 IS OLD.sha256 AND NEW.not_before IS OLD.not_before AND NEW.after_id IS OLD.after_id AND NEW.corrects_id IS OLD.corrects_id AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of notice are kept as they are'); END""",
    """CREATE TRIGGER policy_version_keeps_rows BEFORE DELETE ON "policy_version" BEGIN SELECT RAISE(ABORT, 'rows of policy_version are kept as they are'); END""",
    """CREATE TRIGGER policy_version_keeps_values BEFORE UPDATE ON "policy_version" BEGIN SELECT RAISE(ABORT, 'rows of policy_version are kept as they are'); END""",
    """CREATE TRIGGER proposal_keeps_rows BEFORE DELETE ON "proposal" BEGIN SELECT RAISE(ABORT, 'rows of proposal are kept as they are'); END""",
    """CREATE TRIGGER proposal_keeps_values BEFORE UPDATE ON "proposal" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.body IS NULL AND NEW.action_id IS OLD.action_id AND NEW.revision IS OLD.revision AND NEW.person_id IS OLD.person_id AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of proposal are kept as they are'); END""",
    """CREATE TRIGGER report_keeps_rows BEFORE DELETE ON "report" BEGIN SELECT RAISE(ABORT, 'rows of report are kept as they are'); END""",
    """CREATE TRIGGER report_keeps_values BEFORE UPDATE ON "report" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.body IS NULL AND NEW.ref IS OLD.ref AND NEW.case_id IS OLD.case_id AND NEW.source IS OLD.source AND NEW.reporter_account_id IS OLD.reporter_account_id AND NEW.language IS OLD.language AND NEW.received_at IS OLD.received_at AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of report are kept as they are'); END""",
    """CREATE TRIGGER restriction_keeps_rows BEFORE DELETE ON "restriction" BEGIN SELECT RAISE(ABORT, 'rows of restriction are kept as they are'); END""",
    """CREATE TRIGGER restriction_keeps_values BEFORE UPDATE ON "restriction" BEGIN SELECT RAISE(ABORT, 'rows of restriction are kept as they are'); END""",
    """CREATE TRIGGER restriction_change_keeps_rows BEFORE DELETE ON "restriction_change" BEGIN SELECT RAISE(ABORT, 'rows of restriction_change are kept as they are'); END""",
    """CREATE TRIGGER restriction_change_keeps_values BEFORE UPDATE ON "restriction_change" BEGIN SELECT RAISE(ABORT, 'rows of restriction_change are kept as they are'); END""",
    """CREATE TRIGGER signature_keeps_rows BEFORE DELETE ON "signature" BEGIN SELECT RAISE(ABORT, 'rows of signature are kept as they are'); END""",
    """CREATE TRIGGER signature_keeps_values BEFORE UPDATE ON "signature" BEGIN SELECT RAISE(ABORT, 'rows of signature are kept as they are'); END""",
    """CREATE TRIGGER statement_keeps_rows BEFORE DELETE ON "statement" BEGIN SELECT RAISE(ABORT, 'rows of statement are kept as they are'); END""",
    """CREATE TRIGGER statement_keeps_values BEFORE UPDATE ON "statement" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.record IS NULL AND NEW.action_id IS OLD.action_id AND NEW.n IS OLD.n AND NEW.language IS OLD.language AND NEW.sha256 IS OLD.sha256 AND NEW.supersedes_id IS OLD.supersedes_id AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of statement are kept as they are'); END""",
    """CREATE TRIGGER transfer_keeps_rows BEFORE DELETE ON "transfer" BEGIN SELECT RAISE(ABORT, 'rows of transfer are kept as they are'); END""",
    """CREATE TRIGGER transfer_keeps_values BEFORE UPDATE ON "transfer" BEGIN SELECT RAISE(ABORT, 'rows of transfer are kept as they are'); END""",
    """CREATE TRIGGER verification_request_keeps_rows BEFORE DELETE ON "verification_request" BEGIN SELECT RAISE(ABORT, 'rows of verification_request are kept as they are'); END""",
    """CREATE TRIGGER verification_request_keeps_values BEFORE UPDATE ON "verification_request" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.purpose IS NULL AND NEW.alternatives IS NULL AND NEW.new_words IS NULL AND NEW.ref IS OLD.ref AND NEW.item_id IS OLD.item_id AND NEW.n IS OLD.n AND NEW.case_id IS OLD.case_id AND NEW.clause_version_id IS OLD.clause_version_id AND NEW.asked_by_id IS OLD.asked_by_id AND NEW.language IS OLD.language AND NEW.written_at IS OLD.written_at AND NEW.needs_signature IS OLD.needs_signature AND NEW.new_reason IS OLD.new_reason AND NEW.held_until IS OLD.held_until AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of verification_request are kept as they are'); END""",
    """CREATE TRIGGER verification_review_keeps_rows BEFORE DELETE ON "verification_review" BEGIN SELECT RAISE(ABORT, 'rows of verification_review are kept as they are'); END""",
    """CREATE TRIGGER verification_review_keeps_values BEFORE UPDATE ON "verification_review" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.what_to_fix IS NULL AND NEW.alternatives IS NULL AND NEW.submission_id IS OLD.submission_id AND NEW.outcome IS OLD.outcome AND NEW.code IS OLD.code AND NEW.decided_by_id IS OLD.decided_by_id AND NEW.decided_at IS OLD.decided_at AND NEW.accepted_until IS OLD.accepted_until AND NEW.language IS OLD.language AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of verification_review are kept as they are'); END""",
    """CREATE TRIGGER verification_signature_keeps_rows BEFORE DELETE ON "verification_signature" BEGIN SELECT RAISE(ABORT, 'rows of verification_signature are kept as they are'); END""",
    """CREATE TRIGGER verification_signature_keeps_values BEFORE UPDATE ON "verification_signature" BEGIN SELECT RAISE(ABORT, 'rows of verification_signature are kept as they are'); END""",
    """CREATE TRIGGER verification_submission_keeps_rows BEFORE DELETE ON "verification_submission" BEGIN SELECT RAISE(ABORT, 'rows of verification_submission are kept as they are'); END""",
    """CREATE TRIGGER verification_submission_keeps_values BEFORE UPDATE ON "verification_submission" WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.note IS NULL AND NEW.ref IS OLD.ref AND NEW.item_id IS OLD.item_id AND NEW.n IS OLD.n AND NEW.request_id IS OLD.request_id AND NEW.person_id IS OLD.person_id AND NEW.language IS OLD.language AND NEW.sent_at IS OLD.sent_at AND NEW.answer_by IS OLD.answer_by AND NEW.documents IS OLD.documents AND NEW.sha256 IS OLD.sha256 AND NEW.id IS OLD.id AND NEW.created_at IS OLD.created_at)) BEGIN SELECT RAISE(ABORT, 'rows of verification_submission are kept as they are'); END""",
    """CREATE TRIGGER transfer_moves_balance AFTER INSERT ON transfer BEGIN
UPDATE book SET balance_minor = balance_minor - NEW.amount_minor WHERE id = NEW.debit_id AND owner_id IS NOT NULL;
UPDATE book SET balance_minor = balance_minor + NEW.amount_minor WHERE id = NEW.credit_id AND owner_id IS NOT NULL;
END""",
    """CREATE TRIGGER hold_within_claim BEFORE INSERT ON hold WHEN NEW.amount_minor > (SELECT amount_minor FROM claim WHERE id = NEW.claim_id)
BEGIN SELECT RAISE(ABORT, 'a hold is at most its claim'); END""",
    """CREATE TRIGGER signature_second_person BEFORE INSERT ON signature WHEN NEW.signed_as = 'cosigner' AND EXISTS (SELECT 1 FROM signature s WHERE s.action_id = NEW.action_id
AND s.person_id = NEW.person_id) OR NEW.signed_as <> 'cosigner' AND EXISTS (SELECT 1 FROM signature s
WHERE s.action_id = NEW.action_id AND s.person_id = NEW.person_id AND s.signed_as = 'cosigner')
BEGIN SELECT RAISE(ABORT, 'a co-signer is somebody else'); END""",
    """CREATE TRIGGER action_cited BEFORE UPDATE OF status ON action WHEN NEW.status IN ('proposed', 'issued') AND NEW.nature <> 'legal'
AND NOT EXISTS (SELECT 1 FROM citation WHERE citation.action_id = NEW.id AND citation.revision = NEW.revision)
BEGIN SELECT RAISE(ABORT, 'no action without a citation'); END""",
    """CREATE TRIGGER decision_somebody_else BEFORE INSERT ON decision WHEN NEW.outcome <> 'reversed' AND (EXISTS (SELECT 1 FROM signature s
JOIN appeal a ON a.action_id = s.action_id WHERE a.id = NEW.appeal_id AND s.person_id = NEW.decided_by)
OR EXISTS (SELECT 1 FROM appeal r JOIN appeal a ON a.action_id = r.action_id
WHERE a.id = NEW.appeal_id AND r.refused_by = NEW.decided_by)
OR EXISTS (SELECT 1 FROM decision d WHERE d.appeal_id = NEW.appeal_id AND d.decided_by = NEW.decided_by))
BEGIN SELECT RAISE(ABORT, 'who had a part can only overturn in full'); END""",
)

POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION portal_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows of % are kept as they are', TG_TABLE_NAME; END $$""",
    """CREATE OR REPLACE FUNCTION portal_move_balance() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
UPDATE book SET balance_minor = balance_minor - NEW.amount_minor WHERE id = NEW.debit_id AND owner_id IS NOT NULL;
UPDATE book SET balance_minor = balance_minor + NEW.amount_minor WHERE id = NEW.credit_id AND owner_id IS NOT NULL;
RETURN NULL; END $$""",
    """CREATE OR REPLACE FUNCTION portal_hold_within_claim() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF NEW.amount_minor > (SELECT amount_minor FROM claim WHERE id = NEW.claim_id) THEN RAISE EXCEPTION 'a hold is at most its claim'; END IF; RETURN NEW; END $$""",
    """CREATE OR REPLACE FUNCTION portal_second_person() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF NEW.signed_as = 'cosigner' AND EXISTS (SELECT 1 FROM signature s WHERE s.action_id = NEW.action_id
AND s.person_id = NEW.person_id) OR NEW.signed_as <> 'cosigner' AND EXISTS (SELECT 1 FROM signature s
WHERE s.action_id = NEW.action_id AND s.person_id = NEW.person_id AND s.signed_as = 'cosigner') THEN RAISE EXCEPTION 'a co-signer is somebody else'; END IF; RETURN NEW; END $$""",
    """CREATE OR REPLACE FUNCTION portal_action_cited() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF NEW.status IN ('proposed', 'issued') AND NEW.nature <> 'legal'
AND NOT EXISTS (SELECT 1 FROM citation WHERE citation.action_id = NEW.id AND citation.revision = NEW.revision) THEN RAISE EXCEPTION 'no action without a citation'; END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER appeal_message_keeps_rows BEFORE DELETE ON "appeal_message" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER appeal_message_keeps_values BEFORE UPDATE ON "appeal_message" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.grounds IS NULL AND NEW.body IS NULL AND NEW.late_reason IS NULL AND NEW.appeal_id IS NOT DISTINCT FROM OLD.appeal_id AND NEW.n IS NOT DISTINCT FROM OLD.n AND NEW.kind IS NOT DISTINCT FROM OLD.kind AND NEW.person_id IS NOT DISTINCT FROM OLD.person_id AND NEW.said_at IS NOT DISTINCT FROM OLD.said_at AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER appeal_message_keeps_table BEFORE TRUNCATE ON "appeal_message" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER attempt_keeps_rows BEFORE DELETE ON "attempt" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER attempt_keeps_values BEFORE UPDATE ON "attempt" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER attempt_keeps_table BEFORE TRUNCATE ON "attempt" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER checkpoint_keeps_rows BEFORE DELETE ON "checkpoint" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER checkpoint_keeps_values BEFORE UPDATE ON "checkpoint" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER checkpoint_keeps_table BEFORE TRUNCATE ON "checkpoint" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER citation_keeps_rows BEFORE DELETE ON "citation" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER citation_keeps_values BEFORE UPDATE ON "citation" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.facts IS NULL AND NEW.why IS NULL AND NEW.action_id IS NOT DISTINCT FROM OLD.action_id AND NEW.revision IS NOT DISTINCT FROM OLD.revision AND NEW.clause_version_id IS NOT DISTINCT FROM OLD.clause_version_id AND NEW.conduct_from IS NOT DISTINCT FROM OLD.conduct_from AND NEW.conduct_to IS NOT DISTINCT FROM OLD.conduct_to AND NEW.objects IS NOT DISTINCT FROM OLD.objects AND NEW.exhibits IS NOT DISTINCT FROM OLD.exhibits AND NEW.no_exhibit IS NOT DISTINCT FROM OLD.no_exhibit AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER citation_keeps_table BEFORE TRUNCATE ON "citation" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER clause_version_keeps_rows BEFORE DELETE ON "clause_version" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER clause_version_keeps_values BEFORE UPDATE ON "clause_version" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER clause_version_keeps_table BEFORE TRUNCATE ON "clause_version" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER contract_term_keeps_rows BEFORE DELETE ON "contract_term" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER contract_term_keeps_values BEFORE UPDATE ON "contract_term" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.text IS NULL AND NEW.contract_id IS NOT DISTINCT FROM OLD.contract_id AND NEW.ordinal IS NOT DISTINCT FROM OLD.ordinal AND NEW.number IS NOT DISTINCT FROM OLD.number AND NEW.agreed_on IS NOT DISTINCT FROM OLD.agreed_on AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER contract_term_keeps_table BEFORE TRUNCATE ON "contract_term" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER decision_keeps_rows BEFORE DELETE ON "decision" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER decision_keeps_values BEFORE UPDATE ON "decision" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.record IS NULL AND NEW.appeal_id IS NOT DISTINCT FROM OLD.appeal_id AND NEW.n IS NOT DISTINCT FROM OLD.n AND NEW.decided_by IS NOT DISTINCT FROM OLD.decided_by AND NEW.outcome IS NOT DISTINCT FROM OLD.outcome AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER decision_keeps_table BEFORE TRUNCATE ON "decision" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER dispute_acceptance_keeps_rows BEFORE DELETE ON "dispute_acceptance" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER dispute_acceptance_keeps_values BEFORE UPDATE ON "dispute_acceptance" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER dispute_acceptance_keeps_table BEFORE TRUNCATE ON "dispute_acceptance" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER dispute_decision_keeps_rows BEFORE DELETE ON "dispute_decision" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER dispute_decision_keeps_values BEFORE UPDATE ON "dispute_decision" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.reasons IS NULL AND NEW.dispute_id IS NOT DISTINCT FROM OLD.dispute_id AND NEW.n IS NOT DISTINCT FROM OLD.n AND NEW.decided_by IS NOT DISTINCT FROM OLD.decided_by AND NEW.read_by IS NOT DISTINCT FROM OLD.read_by AND NEW.outcome IS NOT DISTINCT FROM OLD.outcome AND NEW.refund_minor IS NOT DISTINCT FROM OLD.refund_minor AND NEW.contract_term_id IS NOT DISTINCT FROM OLD.contract_term_id AND NEW.clause_version_id IS NOT DISTINCT FROM OLD.clause_version_id AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.decided_at IS NOT DISTINCT FROM OLD.decided_at AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER dispute_decision_keeps_table BEFORE TRUNCATE ON "dispute_decision" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER dispute_review_keeps_rows BEFORE DELETE ON "dispute_review" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER dispute_review_keeps_values BEFORE UPDATE ON "dispute_review" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.reason IS NULL AND NEW.dispute_id IS NOT DISTINCT FROM OLD.dispute_id AND NEW.account_id IS NOT DISTINCT FROM OLD.account_id AND NEW.person_id IS NOT DISTINCT FROM OLD.person_id AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.asked_at IS NOT DISTINCT FROM OLD.asked_at AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER dispute_review_keeps_table BEFORE TRUNCATE ON "dispute_review" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER earning_keeps_rows BEFORE DELETE ON "earning" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER earning_keeps_values BEFORE UPDATE ON "earning" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER earning_keeps_table BEFORE TRUNCATE ON "earning" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER entry_keeps_rows BEFORE DELETE ON "entry" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER entry_keeps_values BEFORE UPDATE ON "entry" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER entry_keeps_table BEFORE TRUNCATE ON "entry" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER event_keeps_rows BEFORE DELETE ON "event" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER event_keeps_values BEFORE UPDATE ON "event" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.payload IS NULL AND NEW.kind IS NOT DISTINCT FROM OLD.kind AND NEW.at IS NOT DISTINCT FROM OLD.at AND NEW.actor IS NOT DISTINCT FROM OLD.actor AND NEW.actor_role IS NOT DISTINCT FROM OLD.actor_role AND NEW.case_ref IS NOT DISTINCT FROM OLD.case_ref AND NEW.subject_ref IS NOT DISTINCT FROM OLD.subject_ref AND NEW.manifest IS NOT DISTINCT FROM OLD.manifest AND NEW.record_sha256 IS NOT DISTINCT FROM OLD.record_sha256 AND NEW.payload_hmac IS NOT DISTINCT FROM OLD.payload_hmac AND NEW.leaf_hash IS NOT DISTINCT FROM OLD.leaf_hash AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER event_keeps_table BEFORE TRUNCATE ON "event" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER exhibit_keeps_rows BEFORE DELETE ON "exhibit" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER exhibit_keeps_values BEFORE UPDATE ON "exhibit" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.description IS NULL AND NEW.quoted IS NULL AND NEW.case_id IS NOT DISTINCT FROM OLD.case_id AND NEW.number IS NOT DISTINCT FROM OLD.number AND NEW.kind IS NOT DISTINCT FROM OLD.kind AND NEW.contract_id IS NOT DISTINCT FROM OLD.contract_id AND NEW.message_id IS NOT DISTINCT FROM OLD.message_id AND NEW.document_id IS NOT DISTINCT FROM OLD.document_id AND NEW.by_account_id IS NOT DISTINCT FROM OLD.by_account_id AND NEW.ground IS NOT DISTINCT FROM OLD.ground AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER exhibit_keeps_table BEFORE TRUNCATE ON "exhibit" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER informed_keeps_rows BEFORE DELETE ON "informed" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER informed_keeps_values BEFORE UPDATE ON "informed" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER informed_keeps_table BEFORE TRUNCATE ON "informed" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER leaf_keeps_rows BEFORE DELETE ON "leaf" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER leaf_keeps_values BEFORE UPDATE ON "leaf" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER leaf_keeps_table BEFORE TRUNCATE ON "leaf" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER message_keeps_rows BEFORE DELETE ON "message" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER message_keeps_values BEFORE UPDATE ON "message" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.body IS NULL AND NEW.ref IS NOT DISTINCT FROM OLD.ref AND NEW.case_id IS NOT DISTINCT FROM OLD.case_id AND NEW.kind IS NOT DISTINCT FROM OLD.kind AND NEW.from_account_id IS NOT DISTINCT FROM OLD.from_account_id AND NEW.from_person_id IS NOT DISTINCT FROM OLD.from_person_id AND NEW.to_account_id IS NOT DISTINCT FROM OLD.to_account_id AND NEW.clause_version_id IS NOT DISTINCT FROM OLD.clause_version_id AND NEW.answers_id IS NOT DISTINCT FROM OLD.answers_id AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sent_at IS NOT DISTINCT FROM OLD.sent_at AND NEW.answer_by IS NOT DISTINCT FROM OLD.answer_by AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER message_keeps_table BEFORE TRUNCATE ON "message" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER notice_keeps_rows BEFORE DELETE ON "notice" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER notice_keeps_values BEFORE UPDATE ON "notice" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.subject IS NULL AND NEW.body IS NULL AND NEW.mail_body IS NULL AND NEW.event_id IS NOT DISTINCT FROM OLD.event_id AND NEW.kind IS NOT DISTINCT FROM OLD.kind AND NEW.recipient_id IS NOT DISTINCT FROM OLD.recipient_id AND NEW.account_id IS NOT DISTINCT FROM OLD.account_id AND NEW.case_ref IS NOT DISTINCT FROM OLD.case_ref AND NEW.about_ref IS NOT DISTINCT FROM OLD.about_ref AND NEW.target IS NOT DISTINCT FROM OLD.target AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.not_before IS NOT DISTINCT FROM OLD.not_before AND NEW.after_id IS NOT DISTINCT FROM OLD.after_id AND NEW.corrects_id IS NOT DISTINCT FROM OLD.corrects_id AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER notice_keeps_table BEFORE TRUNCATE ON "notice" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER policy_version_keeps_rows BEFORE DELETE ON "policy_version" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER policy_version_keeps_values BEFORE UPDATE ON "policy_version" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER policy_version_keeps_table BEFORE TRUNCATE ON "policy_version" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER proposal_keeps_rows BEFORE DELETE ON "proposal" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER proposal_keeps_values BEFORE UPDATE ON "proposal" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.body IS NULL AND NEW.action_id IS NOT DISTINCT FROM OLD.action_id AND NEW.revision IS NOT DISTINCT FROM OLD.revision AND NEW.person_id IS NOT DISTINCT FROM OLD.person_id AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER proposal_keeps_table BEFORE TRUNCATE ON "proposal" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER report_keeps_rows BEFORE DELETE ON "report" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER report_keeps_values BEFORE UPDATE ON "report" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.body IS NULL AND NEW.ref IS NOT DISTINCT FROM OLD.ref AND NEW.case_id IS NOT DISTINCT FROM OLD.case_id AND NEW.source IS NOT DISTINCT FROM OLD.source AND NEW.reporter_account_id IS NOT DISTINCT FROM OLD.reporter_account_id AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.received_at IS NOT DISTINCT FROM OLD.received_at AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER report_keeps_table BEFORE TRUNCATE ON "report" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER restriction_keeps_rows BEFORE DELETE ON "restriction" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER restriction_keeps_values BEFORE UPDATE ON "restriction" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER restriction_keeps_table BEFORE TRUNCATE ON "restriction" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER restriction_change_keeps_rows BEFORE DELETE ON "restriction_change" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER restriction_change_keeps_values BEFORE UPDATE ON "restriction_change" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER restriction_change_keeps_table BEFORE TRUNCATE ON "restriction_change" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER signature_keeps_rows BEFORE DELETE ON "signature" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER signature_keeps_values BEFORE UPDATE ON "signature" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER signature_keeps_table BEFORE TRUNCATE ON "signature" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER statement_keeps_rows BEFORE DELETE ON "statement" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER statement_keeps_values BEFORE UPDATE ON "statement" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.record IS NULL AND NEW.action_id IS NOT DISTINCT FROM OLD.action_id AND NEW.n IS NOT DISTINCT FROM OLD.n AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.supersedes_id IS NOT DISTINCT FROM OLD.supersedes_id AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER statement_keeps_table BEFORE TRUNCATE ON "statement" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER transfer_keeps_rows BEFORE DELETE ON "transfer" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER transfer_keeps_values BEFORE UPDATE ON "transfer" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER transfer_keeps_table BEFORE TRUNCATE ON "transfer" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER verification_request_keeps_rows BEFORE DELETE ON "verification_request" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER verification_request_keeps_values BEFORE UPDATE ON "verification_request" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.purpose IS NULL AND NEW.alternatives IS NULL AND NEW.new_words IS NULL AND NEW.ref IS NOT DISTINCT FROM OLD.ref AND NEW.item_id IS NOT DISTINCT FROM OLD.item_id AND NEW.n IS NOT DISTINCT FROM OLD.n AND NEW.case_id IS NOT DISTINCT FROM OLD.case_id AND NEW.clause_version_id IS NOT DISTINCT FROM OLD.clause_version_id AND NEW.asked_by_id IS NOT DISTINCT FROM OLD.asked_by_id AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.written_at IS NOT DISTINCT FROM OLD.written_at AND NEW.needs_signature IS NOT DISTINCT FROM OLD.needs_signature AND NEW.new_reason IS NOT DISTINCT FROM OLD.new_reason AND NEW.held_until IS NOT DISTINCT FROM OLD.held_until AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER verification_request_keeps_table BEFORE TRUNCATE ON "verification_request" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER verification_review_keeps_rows BEFORE DELETE ON "verification_review" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER verification_review_keeps_values BEFORE UPDATE ON "verification_review" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.what_to_fix IS NULL AND NEW.alternatives IS NULL AND NEW.submission_id IS NOT DISTINCT FROM OLD.submission_id AND NEW.outcome IS NOT DISTINCT FROM OLD.outcome AND NEW.code IS NOT DISTINCT FROM OLD.code AND NEW.decided_by_id IS NOT DISTINCT FROM OLD.decided_by_id AND NEW.decided_at IS NOT DISTINCT FROM OLD.decided_at AND NEW.accepted_until IS NOT DISTINCT FROM OLD.accepted_until AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER verification_review_keeps_table BEFORE TRUNCATE ON "verification_review" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER verification_signature_keeps_rows BEFORE DELETE ON "verification_signature" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER verification_signature_keeps_values BEFORE UPDATE ON "verification_signature" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER verification_signature_keeps_table BEFORE TRUNCATE ON "verification_signature" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER verification_submission_keeps_rows BEFORE DELETE ON "verification_submission" FOR EACH ROW EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER verification_submission_keeps_values BEFORE UPDATE ON "verification_submission" FOR EACH ROW WHEN (NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.note IS NULL AND NEW.ref IS NOT DISTINCT FROM OLD.ref AND NEW.item_id IS NOT DISTINCT FROM OLD.item_id AND NEW.n IS NOT DISTINCT FROM OLD.n AND NEW.request_id IS NOT DISTINCT FROM OLD.request_id AND NEW.person_id IS NOT DISTINCT FROM OLD.person_id AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.sent_at IS NOT DISTINCT FROM OLD.sent_at AND NEW.answer_by IS NOT DISTINCT FROM OLD.answer_by AND NEW.documents IS NOT DISTINCT FROM OLD.documents AND NEW.sha256 IS NOT DISTINCT FROM OLD.sha256 AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at)) EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER verification_submission_keeps_table BEFORE TRUNCATE ON "verification_submission" EXECUTE FUNCTION portal_refuse()""",
    """CREATE TRIGGER transfer_moves_balance AFTER INSERT ON transfer FOR EACH ROW EXECUTE FUNCTION portal_move_balance()""",
    """CREATE TRIGGER hold_within_claim BEFORE INSERT ON hold FOR EACH ROW EXECUTE FUNCTION portal_hold_within_claim()""",
    """CREATE TRIGGER signature_second_person BEFORE INSERT ON signature FOR EACH ROW EXECUTE FUNCTION portal_second_person()""",
    """CREATE TRIGGER action_cited BEFORE UPDATE OF status ON action FOR EACH ROW EXECUTE FUNCTION portal_action_cited()""",
    """CREATE OR REPLACE FUNCTION portal_somebody_else() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF NEW.outcome <> 'reversed' AND (EXISTS (SELECT 1 FROM signature s
JOIN appeal a ON a.action_id = s.action_id WHERE a.id = NEW.appeal_id AND s.person_id = NEW.decided_by)
OR EXISTS (SELECT 1 FROM appeal r JOIN appeal a ON a.action_id = r.action_id
WHERE a.id = NEW.appeal_id AND r.refused_by = NEW.decided_by)
OR EXISTS (SELECT 1 FROM decision d WHERE d.appeal_id = NEW.appeal_id AND d.decided_by = NEW.decided_by)) THEN RAISE EXCEPTION 'who had a part can only overturn in full'; END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER decision_somebody_else BEFORE INSERT ON decision FOR EACH ROW EXECUTE FUNCTION portal_somebody_else()""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for statement in reversed(SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL):
        words = statement.split()
        if words[1] == "TRIGGER":
            table = "" if op.get_context().dialect.name == "sqlite" else " ON " + words[words.index("ON") + 1]
            op.execute(f"DROP TRIGGER {words[2]}{table}")
        else:
            op.execute(f"DROP FUNCTION {words[4]}")
