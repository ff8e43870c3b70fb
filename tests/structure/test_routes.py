"""Every route has a permission or stands on a short public list, and every page can be reached from another."""

import re
from pathlib import Path

import pytest
from flask import Flask

from portal.app import create_app
from portal.core.access import TABLE, Permission
from portal.settings import ROOT, SettingsError, load_settings
from portal.web.shell import guard
from portal.web.shell.stepping import ACTS

PUBLIC = {
    "public.home", "public.menu", "public.choose_language", "public.log", "public.healthz", "public.readyz",
    "public.show_sign_in", "public.do_sign_in", "public.sign_out", "public.show_link", "public.do_link",
    "public.fresh_link", "public.cannot_sign_in", "public.ask_for_link",
    "public.book", "public.newest", "public.version", "public.clause", "public.choose", "public.compared",
    "public.find", "public.before_you_pay", "public.feed", "public.as_json",
    "public.transparency", "public.transparency_record", "static",
}
UNLINKED = {"public.healthz", "public.readyz", "public.show_link", "public.do_link", "public.fresh_link", "static"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("instance")
    return create_app(load_settings({"PORTAL_INSTANCE": str(folder)}))


def test_only_the_short_list_is_public(app: Flask) -> None:
    open_views = {name for name, view in app.view_functions.items() if view.permission is None}
    assert open_views == PUBLIC


def test_every_permission_is_in_the_table() -> None:
    assert set(TABLE) == set(Permission)


def test_what_needs_step_up_says_what_for(app: Flask) -> None:
    """Operations may ask for it on other routes too: then the page says nothing of them, or what `ACTS` has for them."""
    needing = {
        name for name, view in app.view_functions.items() if view.permission is not None and TABLE[view.permission].step_up
    }
    assert needing - ACTS.keys() == set()
    assert ACTS.keys() - needing == {"person.end_destination", "person.identity_send"}


def test_a_route_without_a_permission_stops_the_start() -> None:
    app = Flask("bare")
    app.add_url_rule("/x", "x", lambda: "x")
    with pytest.raises(RuntimeError, match="has no permission"):
        guard.prepare(app)


def test_every_address_is_linked_from_a_page(app: Flask) -> None:
    """Each rule's fixed beginning stands in some template, message or redirect."""
    sources = [*(ROOT / "portal").rglob("*.html"), *(ROOT / "portal").rglob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    for rule in app.url_map.iter_rules():
        if rule.endpoint in UNLINKED:
            continue
        start = re.split(r"<", rule.rule)[0]
        uses = len(re.findall(re.escape(start), text))
        assert uses >= 2, f"{rule.rule} is linked from nowhere"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_BASE_URL", "http://portal.example.org"),
        ("PORTAL_BASE_URL", "ftp://localhost"),
        ("PORTAL_DATABASE_URL", "mysql://x"),
        ("PORTAL_MAIL_URL", "carrier-pigeon://x"),
        ("PORTAL_SECRET_KEY", "short"),
    ],
)
def test_unsafe_settings_stop_the_start(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings({"PORTAL_INSTANCE": str(tmp_path), name: value})


def test_https_needs_its_keys_from_the_environment(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PORTAL_SECRET_KEY is missing"):
        load_settings({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_BASE_URL": "https://portal.example.org"})
