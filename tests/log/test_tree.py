"""The hash tree against another implementation, and its proofs against the verification of RFC 9162."""

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from portal.log.rules import leaf_hash
from portal.log.tree import consistency_proof, inclusion_proof, root_of

ENTRIES = st.lists(st.binary(max_size=8), min_size=1, max_size=40)


def hashes(entries: list[bytes]) -> list[bytes]:
    return [bytes.fromhex(leaf_hash(entry)) for entry in entries]


def other_tree(entries: list[bytes]) -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    for entry in entries:
        tree.append_entry(entry)
    return tree


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """RFC 9162, section 2.1.4.2, step by step."""
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for step in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(step, fr), node(step, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, step)
        fn, sn = fn >> 1, sn >> 1
    return (fr, sr, sn) == (old_root, new_root, 0)


def test_the_empty_tree_has_the_root_of_the_standard() -> None:
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@settings(max_examples=60, deadline=None)
@given(ENTRIES)
def test_every_root_is_that_of_the_other_tree(entries: list[bytes]) -> None:
    other = other_tree(entries)
    for size in range(1, len(entries) + 1):
        assert root_of(hashes(entries)[:size]) == other.get_root(size)


@settings(max_examples=60, deadline=None)
@given(ENTRIES, st.data())
def test_every_inclusion_proof_is_that_of_the_other_tree(entries: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    path = other_tree(entries).prove_inclusion(place + 1, len(entries)).serialize()["path"]
    assert [digest.hex() for digest in inclusion_proof(hashes(entries), place)] == path[1:]


@settings(max_examples=100, deadline=None)
@given(ENTRIES, st.data())
def test_every_consistency_proof_convinces_and_no_other_root_does(entries: list[bytes], data: st.DataObject) -> None:
    new, known = len(entries), hashes(entries)
    old = data.draw(st.integers(1, new))
    proof, other = consistency_proof(known, old), other_tree(entries)
    old_root, new_root = other.get_root(old), other.get_root(new)
    if old == new:
        assert proof == []
        return
    assert consistent(old, new, old_root, new_root, proof)
    assert not consistent(old, new, bytes(32), new_root, proof)
    assert not consistent(old, new, old_root, bytes(32), proof)
