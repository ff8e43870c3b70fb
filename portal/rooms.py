"""Loads every room that answers to clocks, so that each kind of clock finds its handler."""

from portal.appeals import operations as appeals
from portal.cases.clocks import HANDLERS
from portal.disputes import operations as disputes
from portal.enforcement import operations as enforcement
from portal.ledger import operations as ledger
from portal.verification import operations as verification

LOADED = (appeals, disputes, enforcement, ledger, verification, HANDLERS)
