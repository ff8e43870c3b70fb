"""An address that a mail can go to is one address and says nothing else."""

from __future__ import annotations

import pytest

from portal.notices.mails import recipient

NONE = [
    "a@b,c", "a@b;c", "a@b:c", "a@b>c", "a@(b)c", 'a@"b"', "a@b\\c", "a@[127.0.0.1]", "a@b c", "a@b\rc", "a@b\x00c",
    "a@-b.example", "a@b-.example", "a@b..example", "a@.example", "a@example.", "a@", "@b", "a", "a@b@c", "a,b@c",
    "a@b%0ac", "a@" + "b" * 64, "a@" + ".".join(["b" * 60] * 5), "a@b=c", "a@b/c", "a@b\uff0cc",
]


@pytest.mark.parametrize("address", NONE)
def test_what_is_no_address_gets_no_mail(address: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - one of three reasons, two of them the library's
        assert recipient(address) == ""


@pytest.mark.parametrize(("address", "written"), [
    ("tim@example.org", "tim@example.org"), ("tim+work@mail.example.org", "tim+work@mail.example.org"),
    ("o'neil@a_b.example", "o'neil@a_b.example"), ("tim@localhost", "tim@localhost"), ("tim@3com.example", "tim@3com.example"),
    ("tim@b\u00fccher.example", "tim@xn--bcher-kva.example"),
])
def test_an_address_is_written_as_a_header_carries_it(address: str, written: str) -> None:
    assert recipient(address) == written
