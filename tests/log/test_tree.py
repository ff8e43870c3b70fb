"""The hash tree and its proofs against another implementation."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from portal.log.rules import leaf_hash
from portal.log.tree import inclusion_proof, root_of

ENTRIES = st.lists(st.binary(max_size=8), min_size=1, max_size=40)


def hashes(entries: list[bytes]) -> list[bytes]:
    return [bytes.fromhex(leaf_hash(entry)) for entry in entries]


def other_tree(entries: list[bytes]) -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    for entry in entries:
        tree.append_entry(entry)
    return tree


def test_the_empty_tree_has_the_root_of_the_standard() -> None:
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@settings(max_examples=60)
@given(ENTRIES)
def test_every_root_is_that_of_the_other_tree(entries: list[bytes]) -> None:
    other = other_tree(entries)
    for size in range(1, len(entries) + 1):
        assert root_of(hashes(entries)[:size]) == other.get_root(size)


@settings(max_examples=60)
@given(ENTRIES, st.data())
def test_every_inclusion_proof_is_that_of_the_other_tree(entries: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    path = other_tree(entries).prove_inclusion(place + 1, len(entries)).serialize()["path"]
    assert [digest.hex() for digest in inclusion_proof(hashes(entries), place)] == path[1:]
