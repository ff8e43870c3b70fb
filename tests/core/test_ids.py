"""Tokens: secrets that sort by when they were made; only their hash is stored, and what was made before still opens."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from portal.core.ids import new_token, token_hash

TYPED = st.characters(exclude_categories=("Cs",))


def test_hashes_of_tokens_stand_in_the_order_in_which_they_were_made() -> None:
    tokens = [new_token() for _ in range(2_000)]
    stamps = [token[:12] for token in tokens]
    assert stamps == sorted(stamps) and [token_hash(token)[:12] for token in tokens] == stamps
    assert len({token[12:] for token in tokens}) == len({token_hash(token) for token in tokens}) == len(tokens)
    assert {len(token[12:]) for token in tokens} == {43}, "256 bits of chance beside the time"
    assert {len(token_hash(token)) for token in tokens} == {64}


def test_the_hash_says_nothing_of_the_secret() -> None:
    token = new_token()
    assert token[12:20] not in token_hash(token)
    assert token_hash(token)[12:] == hashlib.sha256(token.encode()).hexdigest()[12:]
    assert token_hash(token[:-1] + ("A" if token[-1] != "A" else "B")) != token_hash(token)


def test_a_token_without_a_time_is_hashed_whole() -> None:
    old = new_token()[12:]
    assert token_hash(old) == hashlib.sha256(old.encode()).hexdigest()


@given(st.text(TYPED, max_size=60) | st.text(TYPED, min_size=55, max_size=55))
def test_whatever_somebody_sends_as_a_token_can_be_looked_up(sent: str) -> None:
    stored = token_hash(sent)
    assert len(stored) == 64 and stored.isascii() and stored.isalnum()
