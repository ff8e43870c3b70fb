"""The desk: the queue, cases, and deciding with the rule first."""

from flask import Blueprint

blueprint = Blueprint("desk", __name__, template_folder="templates")
