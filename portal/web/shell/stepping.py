"""The page on which somebody shows again that it is them, by the strongest thing that they have."""

from __future__ import annotations

from flask import g, render_template

from portal.accounts.queries import live_factor
from portal.web.shell import guard


def step_up_page(errors: list[tuple[str, str]], target: str, carried: str) -> str:
    """Asks for the authenticator's code, else the password, else offers a fresh link to the address on file (DESIGN 1)."""
    person = guard.person()
    way = "code" if live_factor(g.db, person.id) else "password" if person.password_hash else "link"
    return render_template("public/step_up.html", errors=errors, target=target, kept=carried, way=way, current="")
