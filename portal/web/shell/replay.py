"""A form that arrives after its session ended: the sign-in page takes it along, and it is sent with one button after."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import current_app, g, render_template, request, session
from flask_login import current_user
from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from portal.accounts.queries import person_of_session
from portal.core.ids import token_hash

OURS = {"csrf_token", "form_key", "password", "code", "kept"}
SECRET = ("password", "code")
NAMED = ("action", "contract", "milestone")
"""Fields of a form that its page takes in its address: without them that page could not be opened again."""
LEFT = "left"
KEPT_SECONDS = 3600


class Stamp(TimestampSigner):
    """Signs with the time of this request."""

    def get_timestamp(self) -> int:
        return int(g.now.timestamp())


def _signer() -> URLSafeTimedSerializer:
    keys = [*reversed(current_app.config["SECRET_KEY_FALLBACKS"]), current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(keys, salt="kept-form", signer=Stamp)


def keep(*, files: bool = True) -> str:
    """This request's form, signed for the person whose session it was; nothing when there was none.

    `files`: whether chosen files are lost with it; false where they were taken in already.
    """
    owner = _owner()
    if owner is None:
        return ""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in OURS - {"form_key"}]
    chosen = files and any(file.filename for file in request.files.values())
    form = {"target": request.full_path.rstrip("?"), "fields": fields, "files": chosen}
    return str(_signer().dumps({"person": str(owner), "form": form}))


def send_again() -> Any:
    """The page in place of one that could not be made because we were busy: this request's form, sent with one button.

    Nothing when there is none, or when it holds what is not written into a page (a password, a code).
    """
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in OURS - {"form_key"}]
    if request.method != "POST" or not fields or any(request.form.get(name) for name in SECRET):
        return None
    return render_template(
        "shell/replay.html", errors=[], bare=True, busy=True, token=request.form.get("csrf_token", ""), fields=fields,
        target=request.full_path.rstrip("?"), files=any(file.filename for file in request.files.values()),
    )


def left(token: str) -> None:
    """Marks this browser as the one that left this session: a form still open in another window is kept for its person."""
    session[LEFT] = token_hash(token)


def _owner() -> UUID | None:
    """Whose form this is: of the person signed in, else of the one whose session this browser had, or has left."""
    if current_user.is_authenticated:
        signed_in: UUID = current_user.person.id
        return signed_in
    token = session.get("_user_id")
    known = token_hash(str(token)) if token else session.get(LEFT)
    return person_of_session(g.db, str(known)) if known else None


def kept(text: str, person_id: UUID) -> dict[str, Any] | None:
    """What was kept for this person, or nothing: not signed by us, somebody else's, or older than an hour."""
    try:
        found: dict[str, Any] = _signer().loads(text, max_age=KEPT_SECONDS)
    except BadData:
        return None
    form: dict[str, Any] = found["form"]
    return form if found["person"] == str(person_id) else None


def sign_in_again() -> Any:
    """The sign-in page in place of the one asked for: a page is opened after it, a form is kept for it."""
    carried = keep() if request.method == "POST" else ""
    opens = request.method != "POST" or current_app.create_url_adapter(request).test(method="GET")  # type: ignore[union-attr]
    target = _address() if opens and not carried else ""
    return render_template(
        "public/sign_in.html", kept=carried, target=target, errors=[], email="", ask_code=False,
        lost=request.method == "POST" and not carried,
    ), 401


def _address() -> str:
    """The page of this request, with what a form says it is about."""
    if request.method != "POST":
        return request.full_path.rstrip("?")
    about = {name: request.form[name] for name in NAMED if request.form.get(name)}
    return f"{request.path}?{urlencode({**request.args, **about})}".rstrip("?")


def password_needed() -> Any:
    """In place of a page that a session opened by a link does not reach: why, and the way to it."""
    return render_template("public/password_needed.html", target=_address(), errors=[]), 403
