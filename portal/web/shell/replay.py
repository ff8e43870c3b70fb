"""A form that arrives after its session ended: the sign-in page takes it along, and it is sent with one button after."""

from __future__ import annotations

import json
from typing import Any

from flask import current_app, render_template, request
from itsdangerous import BadSignature, URLSafeSerializer

OURS = {"csrf_token", "form_key", "password", "code", "kept"}


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="kept-form")


def keep() -> str:
    """This request's form, signed, to be carried through the sign-in page."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in OURS - {"form_key"}]
    return str(_signer().dumps({"target": request.full_path.rstrip("?"), "fields": fields, "files": bool(request.files)}))


def kept(text: str) -> dict[str, Any] | None:
    """What was kept, or nothing when it was not ours."""
    try:
        found: dict[str, Any] = _signer().loads(text)
    except (BadSignature, json.JSONDecodeError):
        return None
    return found


def sign_in_again() -> Any:
    """The sign-in page in place of the one asked for: a page is opened after it, a form is kept for it."""
    carried = keep() if request.method == "POST" else ""
    target = "" if request.method == "POST" else request.full_path.rstrip("?")
    return render_template("public/sign_in.html", kept=carried, target=target, errors=[], email="", ask_code=False), 401
