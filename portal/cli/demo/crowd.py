"""The marketplace around the story: people, contracts and money, and cases in every stage."""

from __future__ import annotations

from functools import partial
from itertools import product

from portal.cli.demo.abroad import play_abroad
from portal.cli.demo.bounced import play_bounced
from portal.cli.demo.came_back import play_back
from portal.cli.demo.many import send
from portal.cli.demo.plots import play
from portal.cli.demo.returned import play_return
from portal.cli.demo.stage import STARTED, Player, Stage
from portal.cli.demo.studio import play_studio, play_workshop

FIRST = (
    "Amara", "Bruno", "Chen", "Dalia", "Emeka", "Farah", "Gustav", "Hana", "Ines", "Jonas", "Kofi", "Lucia", "Mateo",
    "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Samir", "Talia",
)
LAST = ("Abe", "Berg", "Costa", "Diaz", "Eze", "Fuentes", "Gruber", "Haddad", "Ito", "Jansen")
PLACES = (
    ("en", "Europe/London"), ("es", "America/Bogota"), ("en", "Africa/Lagos"), ("es", "Europe/Madrid"),
    ("en", "Asia/Manila"), ("en", "Asia/Kolkata"), ("es", "America/Mexico_City"), ("en", "America/Toronto"),
)
WORK = (
    "Logo", "Newsletter", "Online shop", "Translation", "Product photos", "Data clean-up", "Podcast edit", "Help pages",
    "Booking site", "Price list", "Video captions", "Mobile menu",
)
CLIENT_SHARE = 5
RELEASED = 95
"""Days before now on which the only part, or the first one, of a contract of the crowd is released."""


def fill(stage: Stage, people: int) -> None:
    """People join over three years; each freelancer has one to three contracts; some conduct becomes a case."""
    names = [f"{first} {last}" for last, first in product(LAST, FIRST)][:people]
    keys = [name.lower().replace(" ", ".") for name in names]
    clients = [key for n, key in enumerate(keys) if n % CLIENT_SHARE < 2]
    freelancers = [key for n, key in enumerate(keys) if n % CLIENT_SHARE >= 2]
    for n, (name, key) in enumerate(zip(names, keys, strict=True)):
        language, zone = PLACES[n % len(PLACES)]
        days = 300 + (n * 37) % 700
        stage.at(days, partial(stage.join, name, language=language, zone=zone, days_ago=days, key=key))
    for n, key in enumerate(freelancers):
        stage.at(STARTED, partial(_destination, stage, key, n))
        stage.at(STARTED, partial(_contracts, stage, key, [clients[(n + step) % len(clients)] for step in range(1 + n % 3)], n))
    play(stage, freelancers)
    play_studio(stage, clients[0])
    play_workshop(stage, clients[2])
    play_return(stage, freelancers[-4], f"{4000 + len(freelancers) - 4}", freelancers[-5])
    play_bounced(stage, freelancers[-6])
    play_back(stage, clients[1])
    play_abroad(stage, clients[3])
    stage.at(0.1, partial(send, stage, freelancers[-3:]))


def _destination(stage: Stage, key: str, number: int) -> None:
    stage.destination(stage.players[key], STARTED, f"{4000 + number}")


def _contracts(stage: Stage, key: str, clients: list[str], number: int) -> None:
    """The first contract has a milestone that was just released, so that it can be contested."""
    freelancer = stage.players[key]
    for step, client in enumerate(clients):
        title = WORK[(number + step * 5) % len(WORK)]
        stage.at(STARTED - step, partial(
            _contract, stage, f"c-{key}-{step}", title, stage.players[client], freelancer, step, number
        ))


def _contract(
    stage: Stage, key: str, title: str, client: Player, freelancer: Player, step: int, number: int
) -> None:
    """The newest contract goes on, with a part that is paid in; the others ended when their only part was released."""
    price, goes_on = 120 + (number * 70 + step * 45) % 900, step == 0
    parts: list[tuple[str, int, float | None]] = [("First part", price, RELEASED - step)]
    if goes_on:
        parts.append(("Second part", price // 2 + 40, None))
    stage.contract(
        key, title, client, freelancer, STARTED - step, parts, ended=None if goes_on else RELEASED - step,
    )
