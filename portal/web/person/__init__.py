"""The pages of the person concerned and of those who work with them: account, statement, money, questions, disputes."""

from flask import Blueprint

from portal.web.person import (
    appeals,
    bound,
    chargebacks,
    collaborators,
    contracts,
    destinations,
    dispute_hearing,
    disputes,
    drafts,
    evidence,
    exhibits,
    funds,
    funds_history,
    identity,
    inbox,
    me,
    needs,
    new_dispute,
    questions,
    quoting,
    record,
    reinstatements,
    reports,
    scope,
    security,
    settling,
    statement,
)

blueprint = Blueprint("person", __name__, template_folder="templates")
blueprint.context_processor(lambda: {
    "quoted": quoting.quoted, "looks_after": scope.looks_after, "owns": scope.owns, "owners_named": scope.owners_named,
    "shared": scope.shared, "whose": scope.whose, "report_by": scope.report_by,
})
for _part in (
    me, needs, statement, funds, funds_history, destinations, questions, drafts, inbox, new_dispute, disputes, collaborators,
    record, reports, security, appeals, identity, exhibits, bound, settling,
    dispute_hearing, chargebacks, contracts, reinstatements, evidence,
):
    _part.add_routes(blueprint)
