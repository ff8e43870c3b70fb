"""The desk: the queue, cases, and deciding with the rule first."""

from flask import Blueprint

from portal.web.desk import (
    amending,
    appeals,
    asking,
    cases,
    chargebacks,
    clauses,
    closing,
    complaints,
    correcting,
    corrections,
    deciding,
    dispute_steps,
    disputes,
    ending,
    extending,
    finding,
    identity,
    leads,
    looking_again,
    many,
    needs,
    other_deciding,
    outgoing,
    overdue,
    pauses,
    precedents,
    previewing,
    queue,
    reach,
    reinstatements,
    reports,
    returned,
    signing,
    withheld,
)

blueprint = Blueprint("desk", __name__, template_folder="templates")
for part in (
    reach, queue, finding, cases, clauses, closing, asking, deciding, other_deciding, previewing, signing, ending,
    looking_again, extending, correcting, amending, disputes, dispute_steps, chargebacks, returned, appeals, complaints,
    withheld, reports, precedents, identity, many, needs, pauses, reinstatements, leads, corrections, outgoing,
    overdue,
):
    part.add_routes(blueprint)
