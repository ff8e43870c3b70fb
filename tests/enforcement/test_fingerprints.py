"""What is kept of a number: a keyed fingerprint, the same for every way to write it, erased with its account."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import RuleBroken
from portal.core.keys import Keyring
from portal.enforcement.fingerprints import alike, of_document
from portal.enforcement.lead_queries import explanations
from portal.enforcement.return_models import FingerprintKind
from tests.enforcement.returning import KEYS


@pytest.mark.parametrize(("kind", "country", "number", "code"), [
    ("passport", "ES", "12", "not_a_number"), ("passport", "ES", "ABCDEF", "not_a_number"),
    ("passport", "E1", "12345", "unknown_country"), ("passport", "", "12345", "unknown_country"),
    ("card", "ES", "12345", "unknown_document"), ("passport", "ES", "1" * 61, "not_a_number"),
])
def test_what_is_no_number_is_refused_at_its_field(kind: str, country: str, number: str, code: str) -> None:
    with pytest.raises(RuleBroken) as error:
        of_document(KEYS, kind, country, number)
    assert error.value.code == code


@given(st.text(alphabet="ABCDEF0123456789", min_size=6, max_size=20).filter(lambda t: any(c.isdigit() for c in t)), st.data())
def test_spaces_dashes_and_capitals_make_no_difference(number: str, data: st.DataObject) -> None:
    marks = data.draw(st.lists(st.sampled_from([" ", "-", ".", "/", ""]), min_size=len(number), max_size=len(number)))
    typed = "".join(c + m for c, m in zip(number.lower(), marks, strict=True))
    assert alike(typed) == alike(number)
    assert of_document(KEYS, "passport", "es", typed) == of_document(KEYS, "passport", "ES", number)
    assert of_document(KEYS, "passport", "ES", number) != of_document(KEYS, "id_card", "ES", number)
    assert of_document(KEYS, "passport", "ES", number) != of_document(KEYS, "passport", "PT", number)
    assert of_document(KEYS, "passport", "ES", number) != of_document(Keyring("another " * 5), "passport", "ES", number)


def test_each_kind_names_innocent_explanations() -> None:
    assert all(len(explanations([kind])) >= 3 for kind in FingerprintKind)
