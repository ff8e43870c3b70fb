"""Loads every room that answers to clocks, so that each kind of clock finds its handler."""

from portal.cases.clocks import HANDLERS
from portal.disputes import operations as disputes
from portal.enforcement import operations as enforcement
from portal.ledger import operations as ledger

LOADED = (disputes, enforcement, ledger, HANDLERS)
