"""A database in which much has happened: an overturned action, an upheld one, disputes decided and open, identity checks,
cases closed and complained about, rules corrected and new rules told.

Everything is made by the real operations. Nobody may change it: whoever breaks something does so in a transaction that is
rolled back.
"""

from __future__ import annotations

from pathlib import Path

from portal.accounts.throttles import ask_for_link
from portal.act import Office
from portal.core.access import Role
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.keys import Keyring
from portal.settings import Settings, load_settings
from tests.conftest import NOON
from tests.factories.told import SECRET
from tests.structure.came_back import ask_again, ask_back, close_three
from tests.structure.filled_cases import closing, identity_checks, incoming, needs, rules
from tests.structure.filled_decisions import RETURNED, actions, at_an_empty_desk, many, orders, protection, returned, until_shown
from tests.structure.filled_money import disputes, paid_out
from tests.structure.found_anew import found_anew
from tests.structure.owner import Filled, Known, work_round


def settings_of(database: Database, folder: Path) -> Settings:
    url = database.url.render_as_string(hide_password=False)
    return load_settings({"PORTAL_INSTANCE": str(folder), "PORTAL_DATABASE_URL": url, "PORTAL_SECRET_KEY": SECRET})


def fill(database: Database, clock: MovedClock, folder: Path) -> Filled:
    """Tells the whole story, delivers, sequences and signs."""
    office = Office(database, clock, Keyring(SECRET))
    made = Filled(office, settings_of(database, folder))
    market = Known(office)
    market.publish()
    three = close_three(market, at_an_empty_desk(market))
    work_round(made)
    clock.move_to(NOON - RETURNED)
    work_round(made)
    returned(made, market)
    story = market.story()
    actions(made, market, story)
    disputes(market, story, market.staff("Lee Marsh", Role.LEAD))
    identity_checks(market, story)
    paid_out(market, story)
    closing(market, story)
    incoming(market, story)
    needs(market, story)
    protection(made, market, story)
    until_shown(market, story)
    many(market, story)
    orders(made, market, story)
    found_anew(made, market, story)
    rules(made, market)
    ask_back(market, market.__dict__["hired"], three)
    clock.advance(hours=25)
    work_round(made)
    ask_again(market, three)
    work_round(made)
    market.do(ask_for_link, email="somebody@example.org")
    return made
