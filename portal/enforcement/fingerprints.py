"""Numbers under a secret key: how they are made alike, so that the same number has the same fingerprint. Pure.

The number itself is never kept and never an argument of an act: pages make the fingerprint, operations receive that.
"""

from __future__ import annotations

import re
import unicodedata

from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.keys import Keyring
from portal.enforcement.return_models import FingerprintKind

LEAST, MOST = 5, 60
DOCUMENTS = {
    "passport": N_("Passport"), "id_card": N_("Identity card"), "residence_permit": N_("Residence permit"),
    "driving_licence": N_("Driving licence"),
}
COUNTRY = re.compile(r"[A-Z]{2}")
MADE = re.compile(r"[0-9a-f]{64}")


def alike(text: str) -> str:
    """What is compared of a number: letters and digits in one form, without spaces, dashes, dots or case."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def of_document(keyring: Keyring, kind: str, country: str, number: str) -> str:
    """The fingerprint of an identity document's number. `country`: the two letters of who issued it.

    Errors: `unknown_document`, `unknown_country`, `not_a_number` for what is too short to say anything, or too long.
    """
    place, plain = country.strip().upper(), alike(number)
    if kind not in DOCUMENTS:
        raise RuleBroken("unknown_document", N_("Choose what kind of document it is."), field="number_kind")
    if not COUNTRY.fullmatch(place):
        message = N_("Write the two letters of the country that issued it, for example ES.")
        raise RuleBroken("unknown_country", message, field="number_country")
    if not LEAST <= len(plain) <= MOST or not any(c.isdigit() for c in plain):
        message = N_("Write the number as it stands in the document: at least %(least)s letters and digits.")
        raise RuleBroken("not_a_number", message, field="number", least=LEAST)
    return _keyed(keyring, FingerprintKind.IDENTITY_NUMBER, f"{place}:{kind}:{plain}")


def of_instrument(keyring: Keyring, details: str) -> str | None:
    """The fingerprint of a place that money is paid to; None for what is too short to say anything."""
    plain = alike(details).removeprefix("iban")
    return _keyed(keyring, FingerprintKind.PAYOUT_INSTRUMENT, plain) if len(plain) >= LEAST else None


def _keyed(keyring: Keyring, kind: FingerprintKind, text: str) -> str:
    return keyring.sign(f"fingerprint:{kind}", text)


def require_made(value: str) -> str:
    """Errors: `not_a_fingerprint` for what was not made here."""
    if not MADE.fullmatch(value):
        raise RuleBroken("not_a_fingerprint", N_("This form is from an older page. Please reload the page and send it again."))
    return value
