"""What is kept stays within its bound, and is worked out once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.core.keeping import Kept


def test_the_longest_unused_goes_first() -> None:
    kept = Kept[str, str](10, weigh=len)
    assert [kept.get(key, lambda: "1234") for key in ("a", "b", "a", "c")] == ["1234"] * 4
    assert kept.size == 8 and len(kept) == 2
    assert kept.get("a", lambda: "made anew") == "1234"
    assert kept.get("b", lambda: "5678") == "5678"


def test_what_is_longer_than_everything_is_not_kept() -> None:
    kept = Kept[str, str](10, weigh=len)
    kept.get("a", lambda: "1234")
    assert kept.get("b", lambda: "x" * 11) == "x" * 11
    assert len(kept) == 1 and kept.get("a", lambda: "?") == "1234"


def test_things_of_any_kind_count_as_one() -> None:
    kept = Kept[tuple[int, int], tuple[str, ...]](2)
    for key in ((1, 1), (2, 2), (1, 1), (3, 3)):
        kept.get(key, lambda: ("a", "long", "one"))
    assert kept.size == len(kept) == 2
    assert kept.get((1, 1), lambda: ()) == ("a", "long", "one")
    assert kept.get((2, 2), lambda: ()) == ()


def test_what_could_not_be_made_is_asked_for_again() -> None:
    kept = Kept[str, str](2)
    with pytest.raises(LookupError):
        kept.get("a", lambda: {}["nothing"])
    assert kept.get("a", lambda: "made") == "made"


def test_the_bound_holds_while_threads_share_it() -> None:
    kept = Kept[int, str](50, weigh=len)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: kept.get(n % 23, lambda: str(n % 23) * 5), range(5_000)))
    assert found == [str(n % 23) * 5 for n in range(5_000)]
    assert kept.size <= 50
