"""What is kept stays within its bound, and is worked out once."""

from portal.core.keeping import Kept


def test_the_longest_unused_goes_first() -> None:
    kept = Kept(10)
    assert [kept.get(key, lambda: "1234") for key in ("a", "b", "a", "c")] == ["1234"] * 4
    assert kept.size == 8 and len(kept) == 2
    assert kept.get("a", lambda: "made anew") == "1234"
    assert kept.get("b", lambda: "5678") == "5678"


def test_what_is_longer_than_everything_is_not_kept() -> None:
    kept = Kept(10)
    kept.get("a", lambda: "1234")
    assert kept.get("b", lambda: "x" * 11) == "x" * 11
    assert len(kept) == 1 and kept.get("a", lambda: "?") == "1234"
