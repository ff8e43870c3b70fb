"""The desk: the queue, cases, and deciding with the rule first."""

from flask import Blueprint

from portal.web.desk import asking, cases, clauses, deciding, previewing, queue, signing

blueprint = Blueprint("desk", __name__, template_folder="templates")
for part in (queue, cases, clauses, asking, deciding, previewing, signing):
    part.add_routes(blueprint)
