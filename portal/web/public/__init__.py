"""What anybody can open: the three doors, signing in, the rules, the log."""

from flask import Blueprint

from portal.web.public import home, rules, signing_in

blueprint = Blueprint("public", __name__, template_folder="templates")
home.add_routes(blueprint)
signing_in.add_routes(blueprint)
rules.add_routes(blueprint)
