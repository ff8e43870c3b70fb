"""What a version announces is read as a list, and not a word of it is lost."""

from hypothesis import given
from hypothesis import strategies as st

from portal.rulebook.announced import changes_listed


def test_a_line_that_goes_on_belongs_to_its_change() -> None:
    text = "4.2 Paying elsewhere: for two years, and there is a\nfee for those who leave.\n6.4 Silence: 14 days\nand not 21.\n"
    assert changes_listed(text) == [
        "4.2 Paying elsewhere: for two years, and there is a fee for those who leave.",
        "6.4 Silence: 14 days and not 21.",
    ]
    assert changes_listed("This is the first\nversion.") == ["This is the first version."]
    assert changes_listed("  \n\n ") == []


@given(st.text(alphabet="4.2 ab\n-§", max_size=200))
def test_every_word_stays_in_its_order(text: str) -> None:
    assert " ".join(changes_listed(text)).split() == text.split()
