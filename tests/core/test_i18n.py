"""Until when something can be done is the same moment for whoever reads it, in whichever zone and language."""

import sys
from datetime import UTC, date, datetime, timedelta
from unicodedata import bidirectional

import pytest
from markupsafe import Markup

from portal.core.clock import end_of_day, ends_a_day
from portal.core.i18n import Language, language
from portal.core.money import Money
from portal.core.text import clean_line

EN, ES = language("en"), language("es")
CHICAGO_MIDNIGHT = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "last", "by"),
    [
        ("America/Chicago", "Sunday 29 November 2026", "by Sunday 29 November 2026, 24:00"),
        ("America/New_York", "Monday 30 November 2026, 01:00 your time", "by Monday 30 November 2026, 01:00 your time"),
        ("America/Denver", "Sunday 29 November 2026, 23:00 your time", "by Sunday 29 November 2026, 23:00 your time"),
        ("Europe/Berlin", "Monday 30 November 2026, 07:00 your time", "by Monday 30 November 2026, 07:00 your time"),
        ("UTC", "Monday 30 November 2026, 06:00 UTC", "by Monday 30 November 2026, 06:00 UTC"),
    ],
)
def test_no_day_is_promised_to_its_end_that_ends_earlier(zone: str, last: str, by: str) -> None:
    assert (EN.last_day(CHICAGO_MIDNIGHT, zone), EN.by(CHICAGO_MIDNIGHT, zone)) == (last, by)


def test_what_happens_by_itself_happens_at_the_end_of_its_day() -> None:
    assert EN.at_end(CHICAGO_MIDNIGHT, "America/Chicago") == "at the end of Sunday 29 November 2026"
    assert EN.at_end(CHICAGO_MIDNIGHT, "America/New_York") == "Monday 30 November 2026, 01:00 your time"
    assert ES.at_end(CHICAGO_MIDNIGHT, "America/Chicago") == "al final del domingo 29 de noviembre de 2026"


def test_a_last_day_reads_to_its_end() -> None:
    assert EN.until(CHICAGO_MIDNIGHT, "America/Chicago") == "the end of Sunday 29 November 2026"
    assert EN.first_day(CHICAGO_MIDNIGHT, "America/Chicago") == "Monday 30 November 2026"
    assert EN.first_day(CHICAGO_MIDNIGHT, "America/New_York") == "Monday 30 November 2026, 01:00 your time"


def test_another_persons_day_is_theirs_and_a_moment_is_the_readers() -> None:
    assert EN.until(CHICAGO_MIDNIGHT, "America/Chicago", "Europe/Berlin") == "the end of Sunday 29 November 2026"
    assert EN.until(CHICAGO_MIDNIGHT, "America/New_York", "UTC") == "Monday 30 November 2026, 06:00 UTC"


@pytest.mark.parametrize("zone", ["America/Santiago", "Africa/Cairo", "Asia/Beirut", "Europe/Berlin", "Pacific/Apia"])
def test_every_day_of_a_year_ends_with_itself(zone: str) -> None:
    """Also where the clocks change at midnight, and 00:00 does not exist."""
    for ordinal in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal()):
        day = date.fromordinal(ordinal)
        assert ends_a_day(end_of_day(day, zone), zone)
        assert EN.last_day(end_of_day(day, zone), zone) == EN.day(day)


@pytest.mark.parametrize(("said", "told"), [
    (EN.unbroken(), "Sunday 29~November~2026, 22:00~your~time · $1,750.00~USD · in~5~days · March~2026"),
    (ES.unbroken(), "domingo 29~de~noviembre de~2026, 22:00~en~su~hora~local · 1.750,00~USD · dentro~de~5~días · marzo~de~2026"),
])
def test_on_a_page_no_line_breaks_within_a_day_a_time_or_an_amount(said: Language, told: str) -> None:
    at, amount = CHICAGO_MIDNIGHT - timedelta(hours=2), Money(175_000, "USD")
    words = (said.instant(at, "America/Chicago"), said.money(amount), said.in_days(at + timedelta(days=5), at))
    assert " · ".join((*words, said.month(date(2026, 3, 1)))).replace("\N{NO-BREAK SPACE}", "~") == told
    assert "\N{NO-BREAK SPACE}" not in EN.instant(at) + EN.money(amount), "what is stored and mailed has plain spaces"


def test_languages_are_named_in_the_readers() -> None:
    assert (EN.called("en"), EN.called("es"), ES.called("en"), ES.called("es")) == ("English", "Spanish", "inglés", "español")
    assert ES.called("ckb-IQ") and ES.called("x-not-a-code") == "x-not-a-code"


@pytest.mark.parametrize(("at", "said"), [
    ("2026-12-07T00:00+00:00", "Sunday 6 December 2026"), ("2026-12-06T23:00+00:00", "Sunday 6 December 2026, 23:00 UTC"),
    ("2026-12-07T05:59+00:00", "Sunday 6 December 2026"), ("2026-12-07T06:00+00:00", "Monday 7 December 2026, 06:00 UTC"),
])
def test_a_heading_names_the_last_day_that_counts_whole(at: str, said: str) -> None:
    assert language("en").whole_day(datetime.fromisoformat(at), "UTC") == said


@pytest.mark.parametrize(("left", "said"), [
    (timedelta(days=1), "in 1 day"), (timedelta(hours=23), "in 23 hours"), (timedelta(hours=1), "in 1 hour"),
    (timedelta(minutes=59), "in less than an hour"), (timedelta(), "in less than an hour"),
    (timedelta(minutes=-59), "less than 1 h late"), (timedelta(hours=-3), "3 h late"), (timedelta(days=-2), "2 days late"),
])
def test_what_is_left_of_a_time_is_never_no_hours(left: timedelta, said: str) -> None:
    assert EN.in_days(CHICAGO_MIDNIGHT + left, CHICAGO_MIDNIGHT) == said


NAMES = ("عبد الرحمن بن محمد", "יעל בן־דוד לוי", "فاطمة 47", "Studio ירושלים")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_from_right_to_left_turns_no_amount_that_stands_beside_it(name: str) -> None:
    put, amount = f"\u2068{name}\u2069", "$200.00 USD"
    assert EN.gettext("All of it goes to %(name)s: %(amount)s", name=name, amount=amount) == f"All of it goes to {put}: {amount}"
    many = EN.ngettext("%(num)s case of %(name)s", "%(num)s cases of %(name)s", 2, name=name)
    assert many == f"2 cases of {put}"
    within = EN.gettext("By contract: %(what)s", what=EN.gettext("%(client)s and %(freelancer)s", client=name, freelancer="Tim"))
    assert within == f"By contract: \u2068{put} and Tim\u2069", "a sentence within a sentence stays whole"
    assert clean_line(within) == within, "it is kept as it is"


def test_every_sign_that_is_read_from_right_to_left_is_isolated() -> None:
    """Also those that nobody sees: one of them at the end of a name turns the amount that follows."""
    leftwards = [one for one in map(chr, range(sys.maxunicode + 1)) if bidirectional(one) in ("R", "AL", "AN", "RLE", "RLI")]
    bare = [f"{ord(one):04x}" for one in leftwards if EN.gettext("%(name)s", name=f"Tim{one}") != f"\u2068Tim{one}\u2069"]
    assert len(leftwards) > 1_000 and bare == []


def test_other_names_stay_as_they_are() -> None:
    for name in ("Tim Okafor", "Łukasz Żółć", "李小龍", "", 47):
        assert EN.gettext("%(name)s", name=name) == str(name)
    marked = EN.gettext("%(name)s: 5", name=Markup("<bdi>יעל</bdi>"))
    assert marked == "\u2068<bdi>יעל</bdi>\u2069: 5"
