"""What anybody can open: the three doors, signing in, the rules, the figures, the log."""

from flask import Blueprint

from portal.web.public import cannot_sign_in, clauses, comparing, counting, home, paying, records, rules, searching, signing_in

blueprint = Blueprint("public", __name__, template_folder="templates")
home.add_routes(blueprint)
signing_in.add_routes(blueprint)
for part in (cannot_sign_in, rules, clauses, comparing, searching, paying, records, counting):
    part.add_routes(blueprint)
