"""Protecting an account over HTTP: begun on the case, read ahead, issued, renewed once, and read by everybody concerned."""

from typing import Any

from portal.accounts.models import Person
from portal.core.i18n import language
from portal.enforcement.operations import co_sign, lift_part
from portal.enforcement.queries import action_by_ref, statement_of
from tests.web.desk_support import Desk, hidden, words_of

SEEN = "Sign-ins from a device that is new"
FIXED = "We protect this account for a short time. No rule is said to have been broken."


def begun(desk: Desk, case: str) -> str:
    """Pressed on the case or on the action: the draft's reference."""
    answer = desk.send(f"/desk/cases/{case}/protect", {})
    assert answer.status_code == 303, words_of(answer.text)
    return str(answer.headers["Location"].rpartition("/")[2])


def typed(desk: Desk, ref: str, **other: Any) -> dict[str, Any]:
    page = desk.get(f"/desk/actions/{ref}")
    kept = hidden(page, f"/desk/actions/{ref}/preview")
    return {
        **kept, "measure": "suspension", "conduct_from": desk.market.day(1).isoformat(),
        "conduct_to": desk.market.day(0).isoformat(), "listing": SEEN, "exhibits": ["1"],
        "facts": "Twice somebody signed in from a device that this account had never used before.",
        "why": "Tim has signed in from one device for three years.",
        "would_change": "You tell us that it was you.\nYou sign out the browsers that you do not know.", **other,
    }


def protected(desk: Desk, case: str) -> str:
    ref = begun(desk, case)
    fields = typed(desk, ref)
    assert desk.send(f"/desk/actions/{ref}/preview", fields).status_code == 200
    answer = desk.send(f"/desk/actions/{ref}/issue", fields)
    assert answer.status_code == 303, words_of(answer.text)
    return ref


def test_it_is_written_on_a_page_of_its_own_and_read_ahead(desk: Desk) -> None:
    case = desk.taken()
    assert "Protect this account" in words_of(desk.get(f"/desk/cases/{case}"))
    ref = begun(desk, case)
    page = words_of(desk.get(f"/desk/actions/{ref}"))
    assert "Protect the account of Tim Okafor" in page and "1.8 Protecting an account" in page
    assert "Why this falls under the rule" not in page and "Act first" not in page
    seen = words_of(desk.send(f"/desk/actions/{ref}/preview", typed(desk, ref)).text)
    assert seen.count(FIXED) >= 2 and "How you get your account back" in seen and SEEN in seen
    assert "Issue this protection until" in seen
    assert not any(words in seen for words in ("We decided that rule", "rule 1.8", "Why this falls under the rule"))


def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(desk: Desk) -> None:
    ref = begun(desk, desk.taken())
    answer = desk.send(f"/desk/actions/{ref}/preview", typed(desk, ref, listing="", why=""))
    assert answer.status_code == 422
    assert "Say in a few words what was seen" in answer.text and "never used before" in answer.text
    again = desk.get(f"/desk/actions/{ref}")
    assert "never used before" in again


def test_the_person_reads_how_to_get_it_back_and_the_other_side_the_fixed_words(desk: Desk) -> None:
    ref = protected(desk, desk.taken())
    desk.clock.advance(hours=25)
    page = words_of(desk.visit_as(desk.story.tim, f"/me/actions/{ref}").text)
    for words in ("Your account is locked to protect you until", "No rule is said to have been broken.", "Protected",
                  "How you get your account back", "Tell us that it is you", "on file for 72 hours"):
        assert words in page, words
    assert "We decided that" not in page and "Your clients" in page
    form = words_of(desk.visit_as(desk.story.tim, f"/appeals/new?action={ref}").text)
    for one in (page, form):
        assert one.index("at the latest: sooner than our answer to an appeal is due.") < one.index("within 14 days")
    assert "what we took away is paused until we have answered" not in form and "the restriction pauses" not in page
    mine = words_of(desk.visit_as(desk.story.tim, "/me").text)
    assert "We protect your account" in mine and "We locked your account to protect you." in mine
    assert "Protected until" in mine and "We decided that this rule applies" not in mine
    theirs = words_of(desk.visit_as(desk.story.stacy, f"/collaborators/{desk.story.tim.account.ref}").text)
    assert FIXED in theirs and "is not available until" in theirs
    assert "device" not in theirs and "The rule" not in theirs


def version_of(desk: Desk, ref: str) -> int:
    with desk.market.office.database.read() as session:
        return int(action_by_ref(session, ref).version)


def test_where_places_are_limited_the_letter_says_nothing_else_of_them(desk: Desk) -> None:
    ref, begins = begun(desk, desk.taken()), desk.market.day(-1)
    days = {"starts_on_search": begins.isoformat(), "ends_on_search": begins.isoformat()}
    fields = typed(desk, ref, measure="restriction", scope=["search", "new_places"], **days)
    assert desk.send(f"/desk/actions/{ref}/issue", fields).status_code == 303
    letter = words_of(desk.visit_as(desk.story.tim, f"/me/actions/{ref}").text)
    assert "Money goes only to places that could be used when this began." in letter and "on file for 72 hours" not in letter
    mine = words_of(desk.visit_as(desk.story.tim, "/me").text)
    assert f"from {language('en').day(begins)} This is taken away: the profile in search" in mine
    assert ", 24:00 This is taken away" not in mine, "a thing begins with its first day"
    given = {"version": version_of(desk, ref), "parts": ["new_places"]}
    desk.market.do(lift_part, desk.story.rae.actor, action_ref=ref, reason="Both places are their own.", **given)
    letter = words_of(desk.visit_as(desk.story.tim, f"/me/actions/{ref}").text)
    assert "What was given back" in letter and "we changed the end of this decision" in letter
    assert "Everything else in this letter is as it was" not in letter
    assert "on file for 72 hours" in letter, "what always holds counts again"


def test_it_is_renewed_from_its_own_page_by_two(desk: Desk) -> None:
    case = desk.taken()
    first = protected(desk, case)
    page = desk.get(f"/desk/actions/{first}")
    assert "Renew the protection once" in page
    second = begun(desk, case)
    seen = desk.send(f"/desk/actions/{second}/preview", typed(desk, second)).text
    assert "somebody else has to sign it" in words_of(seen) and f"It renews the protection {first}" in words_of(seen)
    answer = desk.send(f"/desk/actions/{second}/propose", typed(desk, second))
    assert answer.status_code == 303
    desk.market.do(co_sign, desk.story.ola.actor, action_ref=second, reason="The device is still signed in.")
    with desk.market.office.database.read() as session:
        renewed = action_by_ref(session, second)
        assert (renewed.status, renewed.supersedes_id) == ("issued", action_by_ref(session, first).id)
    assert "Renew the protection once" not in desk.get(f"/desk/actions/{second}")
    refusal = desk.send(f"/desk/cases/{case}/protect", {})
    assert refusal.status_code == 422 and "never begun anew" in words_of(refusal.text)
    mine = words_of(desk.visit_as(desk.story.tim, "/me").text)
    assert "Paused:" not in mine and mine.count("We protect your account:") == 1


def test_only_whoever_has_the_case_sees_the_button(desk: Desk) -> None:
    case = desk.taken()
    other = desk.sign_in(desk.story.ola)
    answer = other.get(f"/desk/cases/{case}", base_url="https://localhost")
    assert f"/desk/cases/{case}/protect" not in answer.text
    assert desk.send(f"/desk/cases/{case}/protect", {}, other).status_code in (403, 409)


def test_what_would_change_it_is_read_in_the_readers_language_in_letter_and_appeal(desk: Desk) -> None:
    ref, tim = protected(desk, desk.taken()), desk.story.tim
    with desk.market.office.database.read() as session:
        frozen = (statement_of(session, ref)[0] or {})["would_change"]
    desk.market.make(lambda work: setattr(work.db.get_one(Person, tim.person.id), "language", "es"))
    letter, form = (words_of(desk.visit_as(tim, path).text) for path in (f"/me/actions/{ref}", f"/appeals/new?action={ref}"))
    spoken = language("es").gettext("You sign out the browsers that you do not know.")
    assert frozen == ["You tell us that it was you.", "You sign out the browsers that you do not know."]
    for page in (letter, form):
        assert spoken in page and "You tell us that it was you." in page, "what the reviewer wrote stays as it was written"
        assert "You sign out the browsers" not in page
