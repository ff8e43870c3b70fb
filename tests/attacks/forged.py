"""Cross-site requests: every unsafe route, as somebody who may use it, with a token or from a page that is not ours.

Source: SECURITY, "Abuse and fault cases".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from werkzeug.routing import Rule

from portal.core.ids import new_token
from tests.attacks.ground import AT, Ground, Viewer
from tests.attacks.references import Shown, Walk
from tests.attacks.watching import Watch
from tests.attacks.who import EVERYBODY
from tests.verification.pages import CSRF

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
OLD, FOREIGN, ELSEWHERE = "o" * 48, "f" * 48, "https://portal.elsewhere.example"
REFUSED = frozenset({403, 422})
TRIES: dict[str, tuple[str | None, dict[str, str]]] = {
    "no token": (None, {}), "an empty token": ("", {}), "another browser's token": (FOREIGN, {}),
    "the token from before signing in": (OLD, {}), "another origin": (CSRF, {"Origin": ELSEWHERE}),
    "another site": (CSRF, {"Sec-Fetch-Site": "cross-site"}), "a page of the same site": (CSRF, {"Sec-Fetch-Site": "same-site"}),
}
"""What is wrong, with the token that is sent and what the browser adds."""


def unsafe_routes(ground: Ground) -> list[Rule]:
    return [rule for rule in ground.app.url_map.iter_rules() if UNSAFE & (rule.methods or set())]


def forged(made: Walk, only: str = "") -> list[str]:
    """What was answered as if it were ours, and what it changed; best nothing."""
    wrong, watch = [], Watch(made.ground.database)
    for rule in unsafe_routes(made.ground):
        if only in ("", rule.endpoint):
            viewer, shown = _sender(made, rule)
            for what, status in _answers(viewer, shown):
                where = f"{shown.path} ({rule.endpoint}) with {what}"
                wrong += [] if status in REFUSED else [f"{where} was answered with {status}"]
                wrong += [f"{where} changed {table}" for table in watch.changed()]
    watch.close()
    return wrong


def _sender(made: Walk, rule: Rule) -> tuple[Viewer, Shown]:
    """Somebody whose own browser is made to send the form, and the form as their page shows it, where it does."""
    shown = made.forms.get(rule.endpoint)
    if rule.endpoint in EVERYBODY:
        return made.ground.viewer("anonymous"), shown or Shown(rule.rule.replace("<token>", new_token()), {}, None)
    if shown is None:
        address = next((one for _, one in made.addresses(1) if one.rule is rule), None)
        shown = Shown(address.path, dict(address.beside), address.thing) if address else Shown(rule.rule, {}, None)
    return next(one for one in made.ground.viewers if made.entitled(one, rule.endpoint, shown.thing)), shown


def _answers(viewer: Viewer, shown: Shown) -> Iterator[tuple[str, int]]:
    client = viewer.browser.client
    with client.session_transaction(base_url=AT) as cookie:
        cookie["csrf"] = OLD if viewer.person else CSRF
    for what, (token, headers) in TRIES.items():
        fields: dict[str, Any] = shown.fields | {"form_key": new_token()[:40], "csrf_token": token}
        sent = {name: value for name, value in fields.items() if value is not None}
        yield what, client.post(shown.path, data=sent, headers=headers, base_url=AT).status_code
