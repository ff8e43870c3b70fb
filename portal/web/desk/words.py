"""The words of the desk: what kinds, stages, events and reasons are called on its pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.clock import last_day, local_day, zone
from portal.core.i18n import N_, Language, language
from portal.core.labels import label
from portal.core.money import Money
from portal.enforcement import taken_words
from portal.rulebook.binding import Binds, Ground, Reason, Unbound
from portal.web.shell import letter as shared_letter
from portal.web.shell.context import lang, reader_zone

RARE = N_("Now and then")
"""The filters under this heading are offered while something waits there."""
FILTERS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (N_("Waiting"), (
        ("all", N_("Everything")), ("need", N_("In danger or in need")), ("report", N_("Reports")),
        ("dispute", N_("Disputes")), ("question", N_("Questions")),
        ("interim", N_("Acted first")), ("action", N_("Drafts of actions")),
        ("cosignature", N_("Co-signatures")), ("appeal", N_("Appeals")),
        ("pause", N_("Requests for a pause")), ("reinstatement", N_("Requests to come back")),
        ("complaint", N_("Complaints")),
        ("identity", N_("Identity")), ("lead", N_("Leads")),
    )),
    (RARE, (
        ("chargeback", N_("Called back by banks")), ("money_returned", N_("Money that did not arrive")),
        ("withheld", N_("Withheld details")), ("identity_talk", N_("Identity checks to talk about")),
        ("restriction_review", N_("Second looks at a restriction")), ("legal_review", N_("Looks at a law or an order")),
        ("silence_review", N_("Letters that still wait")),
    )),
    (N_("Only"), (
        ("late", N_("Late")), ("safety", N_("Safety")), ("flagged", N_("From trusted flaggers")),
        ("mine", N_("Mine")), ("unclaimed", N_("With nobody yet")),
    )),
)

EMPTY = {
    "mine": N_("You have taken nothing yet. Open a line of the queue and press “Take this case”."),
    "late": N_("Nothing is late. Every promise of ours that is running still has time."),
    "need": N_("Nobody waits for help."),
    "safety": N_("Nobody is waiting because of their safety."),
}
EMPTY_ELSE = N_("Nothing waits here at this moment. New work shows up by itself, the most urgent first.")

KINDS = {
    "appeal": N_("Appeal"),
    "complaint": N_("Complaint about no action"),
    "withheld": N_("Withheld detail, contested"),
    "cosignature": N_("Co-signature"),
    "identity": N_("Identity check"),
    "dispute": N_("Dispute"),
    "chargeback": N_("A bank calls a payment back"),
    "money_returned": N_("Money that did not arrive"),
    "question": N_("Question to the person"),
    "report": N_("Report"),
    "action": N_("Draft of an action"),
    "interim": N_("We acted first: ask, and decide"),
    "need": N_("In danger or in need"),
    "pause": N_("Request for a pause"),
    "reinstatement": N_("Request to come back"),
    "lead": N_("Lead: a match with a closed account"),
    "identity_talk": N_("Identity check to talk about"),
    "restriction_review": N_("Second look at a restriction"),
    "legal_review": N_("Look again at a law or an order"),
    "silence_review": N_("Does a letter still have to wait?"),
}

TIMES = {1: N_("First time"), 2: N_("Second time")}

STAGES = {
    "new": N_("new"),
    "taken": N_("in work"),
    "from_file": N_("from a file, not opened yet"),
    "asked": N_("the person was asked"),
    "waiting": N_("waiting for the person"),
    "answered": N_("the answer is here"),
    "unanswered": N_("no answer came in time"),
    "opened": N_("opened"),
    "reopened": N_("opened again after a complaint"),
    "lapsed": N_("no answer came in time"),
    "late": N_("not answered in time"),
    "returned": N_("came back from the co-signer"),
    "proposed": N_("proposed"),
    "review": N_("its date for a second look has come"),
}

WAITS_FOR = {
    "freelancer": N_("waiting for the freelancer"),
    "client": N_("waiting for the client"),
    "person": N_("waiting for the person"),
}

THIS_MEASURE = {
    "warning": N_("this warning"),
    "restriction": N_("this restriction"),
    "suspension": N_("this suspension"),
    "termination": N_("this termination"),
}

THIS_OTHER = {"protective": N_("this protection"), "legal": N_("what the order asks for")}

MEASURE_HINTS = {
    "warning": N_("Takes nothing away. Counts when the same rule applies again. Clients are not told."),
    "restriction": N_("Takes away what you choose below, until a day. Everything else stays."),
    "suspension": N_(
        "No new work, and none on running contracts, until a day. Those stay open; the other side can end them. Available "
        "money can still be paid out."
    ),
    "termination": N_("The account ends after its notice period. Always needs a second signature."),
}

NO_EXHIBIT = {
    "protects_reporter": N_("It would show who reported"),
    "protects_other_person": N_("It shows another person's words or data"),
    "shows_detection": N_("It would show how our detection works"),
    "no_longer_exists": N_("It no longer exists"),
}

EXCEPTIONS = {
    "legal_obligation": N_("A law or an authority obliges us"),
    "imperative_reason": N_("An imperative reason under the law"),
    "repeated_infringement": N_("Rules were not kept repeatedly; earlier times count"),
}

SOURCES = ("counterpart", "user", "trusted_flagger", "detection", "reviewer")

STATES = {
    "good": (N_("in good standing"), "good"),
    "warned": (N_("warned"), "hold"),
    "restricted": (N_("restricted"), "hold"),
    "suspended": (N_("suspended"), "stop"),
    "terminated": (N_("terminated"), "stop"),
}

DISPUTE_TONES = {"opened": "hold", "answered": "good", "unanswered": "hold", "settled": "good"}

APPEAL_TONES = {
    "upheld": "good", "partially_reversed": "good", "reversed": "good", "withdrawn": "calm", "inadmissible": "calm",
}

WITHHELD = {"upheld": N_("stays withheld"), "reversed": N_("shown now")}
COMPLAINTS = {"upheld": N_("stays closed"), "reversed": N_("open again")}

ITEM_TONES = {"accepted": "good", "withdrawn": "calm"}

STATUS_TONES = {"proposed": "hold", "issued": "good"}

SECOND = {
    "termination": N_("The end of an account always needs a second signature. Nothing is issued until somebody else signs."),
    "more_than_permitted": N_("This is more than the rule permits this time, so somebody else has to sign it."),
    "heavier": N_("It takes more than the decision that it replaces, so somebody else has to sign it."),
    "overturned": N_("An earlier decision about the same conduct was overturned, so somebody else has to sign this one."),
    "held_before": N_("It holds money of this milestone once more, so somebody else has to sign it."),
    "detection_alone": N_("It rests on automated detection alone, so somebody else has to sign it."),
    "renewal": N_("It renews a measure that protects, so somebody else has to sign it. There is no third time."),
    "law": N_("What a law or an order asks for is signed by two people. Nothing is issued until somebody else signs."),
}

SECOND_FOR = {
    "termination": N_("The end of an account always needs two people."),
    "more_than_permitted": N_("It is more than the rule permits this time."),
    "heavier": N_("It takes more than the decision that it replaces."),
    "overturned": N_("An earlier decision about the same conduct was overturned."),
    "held_before": N_("Money of this milestone was on hold for us before. This is the one time more that there is."),
    "detection_alone": N_("It rests on automated detection alone."),
    "renewal": N_("A measure that protects can be renewed once, by two people."),
    "law": N_("What a law or an order asks for is signed by two people."),
}

ASKS_FOR = {"refund": N_("a full refund of this amount"), "partial": N_("a part of it back"),
            "redo": N_("the work done again")}

ROLES = {
    "person": N_("a user"), "link": N_("a user, by link"), "reviewer": N_("reviewer"), "lead": N_("lead"),
    "auditor": N_("auditor"), "admin": N_("administrator"), "worker": N_("by itself, as promised"),
    "operator": N_("the marketplace's own system"),
}


def word(table: dict[str, str], name: str) -> str:
    """The word for a name, in the reader's language; the name itself, made readable, when it is new."""
    known = table.get(name)
    return lang().gettext(known) if known else name.replace(".", " ").replace("_", " ")


def stage(name: str, waiting_on: str) -> str:
    """How far something is: for whom it waits where that is none of us, else its stage."""
    return word(WAITS_FOR, waiting_on) if waiting_on in WAITS_FOR else word(STAGES, name)


def thing(scope: str) -> str:
    """What can be taken away, in the reader's language, where it stands alone."""
    return taken_words.heading(scope, lang())


def called(scope: str) -> str:
    """The same within a sentence."""
    return taken_words.named([scope], lang())


def time_word(occurrence: int) -> str:
    """Which time a rule is applied: the third and all later ones are treated alike."""
    return lang().gettext(TIMES.get(occurrence, N_("Third time or later")))


def state_word(table: dict[str, tuple[str, str]], name: str) -> tuple[str, str]:
    """A state's word and its tone."""
    text, tone = table.get(name, (name.replace("_", " "), "calm"))
    return lang().gettext(text), tone


def named(kind: str, value: str) -> str:
    """The word for a value of a closed list, from the one table of labels."""
    return label(lang(), kind, value)


UNBOUND = {
    Unbound.NOT_YET_IN_FORCE: N_("It takes effect on %(until)s."),
    Unbound.JOINED_LATER: N_("The account was opened later, on %(until)s."),
    Unbound.NEVER_TOLD: N_("Nothing shows that the account was told of it by then, and it had not accepted it."),
    Unbound.NOTICE_PERIOD: N_("The account was told on %(told)s. Its notice period was not over: it binds from %(until)s."),
    Unbound.REPLACED: N_("A later version binds since %(until)s."),
}
GROUNDS = {
    Ground.JOINED: N_("It was in force when the account was opened, on %(day)s."),
    Ground.ACCEPTED: N_("The account accepted it; it binds since %(day)s."),
    Ground.TOLD: N_("The account was told of it; it binds since %(day)s."),
}


def unbound(reason: Reason) -> str:
    """Why a version cannot be cited for a day."""
    days = {"until": lang().day(reason.day) if reason.day else "", "told": lang().day(reason.told_on) if reason.told_on else ""}
    return lang().gettext(UNBOUND[reason.why], **days)


def ground(bound: Binds) -> str:
    """Why a version binds, and since when."""
    return lang().gettext(GROUNDS[bound.ground], day=lang().day(bound.since))


def this_decision(letter: Mapping[str, Any]) -> str:
    """What a decision is called on the button that issues it."""
    return lang().gettext(THIS_OTHER.get(letter["nature"], THIS_MEASURE[letter["measure"]]))


def issue_label(measure: str, letter: Mapping[str, Any]) -> str:
    """The button's words: what is issued, and until when."""
    say, zone_name = lang().gettext, letter["zone"]
    this = this_decision(letter)
    if measure in ("restriction", "suspension"):
        return say("Issue %(this)s until %(until)s", this=this, until=lang().until(letter["ends_at"], zone_name, reader_zone()))
    return say("Issue %(this)s", this=this)


@dataclass(frozen=True, slots=True)
class Purse:
    """A person's money in one currency, as it would stand after the decision."""

    available: Money
    held: Money
    pending: Money


def purses(money: Mapping[str, Any]) -> list[Purse]:
    """The money of a letter by currency: everything on hold together, whatever it is held for."""

    def of(amounts: list[Money], currency: str) -> Money:
        return sum((one for one in amounts if one.currency == currency), Money(0, currency))

    held = [one["amount"] for one in money["held"]]
    currencies = dict.fromkeys(one.currency for one in (*money["available"], *money["pending"], *held))
    return [Purse(of(money["available"], one), of(held, one), of(money["pending"], one)) for one in currencies]


def voice(letter: Mapping[str, Any]) -> shared_letter.Voice:
    """How the letter speaks to the person concerned: what the desk reads is what they read."""
    return shared_letter.voice(letter, language(letter["person_language"]).unbroken())


def due(speech: Language, due_at: datetime, now: datetime, zone_name: str) -> tuple[str, str]:
    """When something is due, in words, and its tone: late is a stop, today is urgent."""
    if due_at <= now:
        return speech.in_days(due_at, now), "stop"
    if last_day(due_at, zone_name) == local_day(now, zone_name):
        return _today(speech, due_at, zone_name), "hold"
    return speech.in_days(due_at, now), "good"


def _today(speech: Language, due_at: datetime, zone_name: str) -> str:
    """"today 24:00": a day that ends at midnight ends at 24:00, not tomorrow at 00:00."""
    ends_at_midnight = local_day(due_at, zone_name) != last_day(due_at, zone_name)
    clock = "24:00" if ends_at_midnight else due_at.astimezone(zone(zone_name)).strftime("%H:%M")
    return speech.gettext("today %(clock)s", clock=clock)
