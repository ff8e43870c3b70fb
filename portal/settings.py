"""Settings from the environment (prefix PORTAL_): read once, frozen; what is missing or unsafe is named at the start."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from portal.core.posting import Network, networks_of
from portal.core.sealing import Unsealable, known_public, new_secret, public_of

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
MOST_PROXIES, SHORTEST_KEY = 9, 32
MAIL_SCHEMES = {"file", "smtp", "smtps"}


class SettingsError(SystemExit):
    """A setting is missing or unsafe; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What one process needs to know. Every field can be set as PORTAL_<FIELD>; keys never appear in repr()."""

    instance: Path
    database_url: str
    policies_dir: Path
    checkpoints_url: str
    documents_url: str
    mail_url: str
    mail_from: str
    base_url: str
    marketplace: str
    country: str
    trusted_proxies: int
    webhook_networks: tuple[Network, ...]
    contact: str
    secret_key: str = field(repr=False)
    former_secret_keys: tuple[str, ...] = field(repr=False)
    signing_key: bytes = field(repr=False)
    master_public_key: str
    master_key: str = field(repr=False)

    @property
    def origin(self) -> str:
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def documents_path(self) -> Path:
        return Path(self.documents_url.removeprefix("file://"))


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Reads the environment. Errors: SettingsError naming the variable and what to do."""
    env = os.environ if environ is None else environ
    instance = Path(env.get("PORTAL_INSTANCE", str(ROOT / "instance"))).resolve()
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    base_url = _base_url(env.get("PORTAL_BASE_URL", "http://localhost:8000"))
    local = urlsplit(base_url).scheme == "http"
    mail_url = env.get("PORTAL_MAIL_URL", f"file://{instance / 'mail'}")
    if urlsplit(mail_url).scheme not in MAIL_SCHEMES:
        raise SettingsError("PORTAL_MAIL_URL must begin with file://, smtp:// or smtps://")
    secret_key = _key(env, "PORTAL_SECRET_KEY", instance / "secret.key", local, lambda: secrets.token_hex(32))
    master_public_key, master_key = _master_keys(env, instance / "master.key", local)
    return Settings(
        instance=instance,
        database_url=_database_url(env.get("PORTAL_DATABASE_URL", f"sqlite:///{instance / 'portal.db'}")),
        policies_dir=Path(env.get("PORTAL_POLICIES_DIR", str(ROOT / "policies"))).resolve(),
        checkpoints_url=env.get("PORTAL_CHECKPOINTS_URL", str(instance / "checkpoints")),
        documents_url=_documents_url(env.get("PORTAL_DOCUMENTS_URL", str(instance / "documents"))),
        mail_url=mail_url,
        mail_from=env.get("PORTAL_MAIL_FROM", "portal@localhost"),
        base_url=base_url,
        marketplace=env.get("PORTAL_MARKETPLACE", "Northlight"),
        country=env.get("PORTAL_COUNTRY", ""),
        contact=_contact(env.get("PORTAL_CONTACT", f"mailto:{env.get('PORTAL_MAIL_FROM', 'portal@localhost')}")),
        trusted_proxies=_proxies(env.get("PORTAL_TRUSTED_PROXIES", "0")),
        webhook_networks=_networks(env.get("PORTAL_WEBHOOK_NETWORKS", "")),
        secret_key=secret_key,
        former_secret_keys=_former_keys(env.get("PORTAL_FORMER_SECRET_KEYS", ""), secret_key),
        signing_key=bytes.fromhex(
            _key(env, "PORTAL_SIGNING_KEY", instance / "signing.key", local, _new_signing_key)
        ),
        master_public_key=master_public_key,
        master_key=master_key,
    )


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if (parts.scheme == "http" and parts.hostname in LOOPBACK) or (parts.scheme == "https" and parts.hostname):
        return url.rstrip("/")
    raise SettingsError("PORTAL_BASE_URL must be https://..., or http:// on this machine only (localhost)")


def _contact(address: str) -> str:
    """Where people reach somebody: their pages link to it."""
    parts = urlsplit(address)
    if (parts.scheme == "mailto" and "@" in parts.path) or (parts.scheme == "https" and parts.hostname):
        return address
    raise SettingsError("PORTAL_CONTACT must be mailto:somebody@example.com or https://...")


def _proxies(text: str) -> int:
    """How many proxies of our own stand before the portal, each of which adds where it was called from."""
    if not (text.isascii() and text.isdigit() and int(text) <= MOST_PROXIES):
        raise SettingsError(f"PORTAL_TRUSTED_PROXIES must be a number from 0 to {MOST_PROXIES}: the proxies before the portal")
    return int(text)


def _networks(text: str) -> tuple[Network, ...]:
    """Which networks beside the public internet messages to the marketplace may go to."""
    try:
        return networks_of(text)
    except ValueError as error:
        raise SettingsError(f"PORTAL_WEBHOOK_NETWORKS must be networks such as 10.1.0.0/16, ::1/128: {error}") from error


def _database_url(url: str) -> str:
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsError("PORTAL_DATABASE_URL must begin with sqlite:/// or postgresql://")
    return url


def _documents_url(url: str) -> str:
    path = url.removeprefix("file://")
    if "://" in path or not Path(path).is_absolute():
        raise SettingsError("PORTAL_DOCUMENTS_URL must be a folder with its whole path (/srv/portal/documents)")
    return url


def _master_keys(env: Mapping[str, str], path: Path, local: bool) -> tuple[str, str]:
    """The key that documents are sealed to, and the secret that opens them: "" in a process that has only the former."""
    public = env.get("PORTAL_MASTER_PUBLIC_KEY", "")
    name = "PORTAL_MASTER_PUBLIC_KEY"
    try:
        if public and not env.get("PORTAL_MASTER_KEY"):
            return known_public(public), ""
        name = "PORTAL_MASTER_KEY"
        secret = _key(env, name, path, local, new_secret)
        derived = public_of(secret)
    except Unsealable as error:
        raise SettingsError(f"{name} is not a key of the age format: {error}") from error
    if public and public != derived:
        raise SettingsError("PORTAL_MASTER_PUBLIC_KEY does not belong to PORTAL_MASTER_KEY")
    return derived, secret


def _former_keys(text: str, secret_key: str) -> tuple[str, ...]:
    """The secret keys of before, the newest first, with spaces between them."""
    found = tuple(text.split())
    if any(len(one) < SHORTEST_KEY for one in found) or secret_key in found or len({*found}) < len(found):
        raise SettingsError(f"PORTAL_FORMER_SECRET_KEYS must be keys of before, each once, of {SHORTEST_KEY} or more characters")
    return found


def _key(env: Mapping[str, str], name: str, path: Path, local: bool, make: object) -> str:
    if value := env.get(name):
        if len(value) < SHORTEST_KEY:
            raise SettingsError(f"{name} is too short: at least {SHORTEST_KEY} characters")
        return value
    if not local:
        raise SettingsError(f"{name} is missing: with an https address every key comes from the environment")
    if not path.exists():
        assert callable(make)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(make())
    return path.read_text().strip()


def _new_signing_key() -> str:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()).hex()
