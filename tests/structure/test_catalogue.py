"""Every sentence that a person can read is in the Spanish catalogue, with the same parameters."""

import re
from collections.abc import Iterator

from babel.messages.extract import extract_from_dir

from portal.core.i18n import catalogue
from portal.settings import ROOT

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "say": None}
PARAMETER = re.compile(r"%\((\w+)\)s")
REFUSALS = re.compile(r"(?:RuleBroken|Conflict|NotAllowed|Refusal)\(\s*\"\w+\",\s*\"([^\"]+)\"")
CLAUSE = re.compile(r"\b(?:rules?|promises?|terms?) \d")
NEVER = (
    re.compile(
        r"\b(?:ban(?:ned)?|violat\w+|guilty|offenders?|fraudsters?|scammers?|strikes?|penalt\w+|tickets?|resolution|final)\b"
        r"|\bunfortunately\b|for security reasons", re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:apelaci\w+|infractor\w*|culpables?|estafador\w*|sanci\w+|lamentablemente)\b|por motivos de seguridad",
        re.IGNORECASE,
    ),
)
"""Words that no page says, in English and in Spanish, where an appeal is a "recurso" and nothing else."""
NAMED = re.compile(r"message = (?:\(\s*)?\"([^\"]+)\"")


def sentences() -> Iterator[str]:
    options = {"jinja2": {"extensions": "jinja2.ext.i18n", "silent": "false"}}
    folder = ROOT / "portal"
    for _file, _line, message, _comments, _context in extract_from_dir(
        str(folder), METHODS, {pattern: options.get(kind, {}) for pattern, kind in METHODS}, KEYWORDS
    ):
        yield message if isinstance(message, str) else message[0]
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        yield from REFUSALS.findall(text)
        yield from NAMED.findall(text)


def test_everything_is_translated() -> None:
    known = {(m.id[0] if isinstance(m.id, tuple) else m.id): m for m in catalogue("es") if m.id}
    missing = sorted({s for s in sentences() if s and (s not in known or not known[s].string)})
    assert missing == []


def test_nothing_is_translated_that_nobody_says() -> None:
    """What is not marked as a sentence is one all the same where its words stand in the source: labels, fixed wordings."""
    files = [path for kind in ("py", "html", "txt") for path in (ROOT / "portal").rglob(f"*.{kind}")]
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    words, said = re.sub(r"\"\s+f?\"", "", source), set(sentences())
    known = {m.id[0] if isinstance(m.id, tuple) else m.id for m in catalogue("es") if m.id}
    assert sorted(one for one in known - said if one.replace('"', '\\"') not in words) == []


def test_translations_keep_their_parameters() -> None:
    for message in catalogue("es"):
        if not message.id:
            continue
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set(PARAMETER.findall(originals[-1]))
        for string in strings[-1:]:
            assert set(PARAMETER.findall(string)) == wanted, message.id


def test_no_sentence_has_a_word_that_we_never_say() -> None:
    assert NEVER[0].search("You were banned.")
    assert NEVER[1].search("Su apelación")
    sides = [(side, never) for m in catalogue("es") if m.id for side, never in zip((m.id, m.string), NEVER, strict=True)]
    spoken = [(text, never) for side, never in sides for text in (side if isinstance(side, tuple) else (side,))]
    assert [text for text, never in spoken if never.search(text)] == []


def test_no_sentence_names_a_clause_by_a_number_that_somebody_typed() -> None:
    """Another marketplace's texts, or the next version of ours, have other numbers."""
    assert CLAUSE.search("Somebody else answers you (our promise 2.4).")
    assert sorted({s for s in sentences() if s and CLAUSE.search(s)}) == []


NUMBERS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|thirty|sixty|ninety"
TYPED = re.compile(rf"\b(?:\d[\d,.]*|{NUMBERS})[ -](?:calendar |working )?(?:minute|hour|day|week|month|year)s?\b", re.IGNORECASE)
NOT_PROMISED = {
    "five days": "who counts as informed, by the design: no promise of ours, and the same for every marketplace",
    "12 months": "the third request for one thing needs a second person, by the design: no promise says how long we look back",
    "twelve months": "how far back a reviewer is shown somebody's disputes: facts to weigh, nothing follows from the time",
    "30 minutes": "how long a link in a mail works: a matter of safety, and no promise",
    "one day": "how many files can be sent: a limit of the machine, and no promise",
    "three weeks": "an example of what a reviewer may write",
}
"""Times that a sentence may say by itself, and why they come from no promise."""


def test_no_sentence_says_a_time_that_we_promise() -> None:
    """What we promise can be changed by publishing: a page says it as the promise in force does."""
    assert TYPED.search("Money is on hold for at most 30 days.") and TYPED.search("It ends after seventy-two, or two hours.")
    found = {time.lower() for s in sentences() if s for time in TYPED.findall(s)}
    assert found - NOT_PROMISED.keys() == set(), "name the time by its promise: time_of() in templates, `promise` elsewhere"
    assert NOT_PROMISED.keys() - found == set(), "these are said nowhere any more"


def test_no_translation_says_a_time_that_its_original_does_not() -> None:
    said = re.compile(r"\b\d+ (?:minutos?|horas?|días?|semanas?|meses|años?)\b")
    single = [m for m in catalogue("es") if isinstance(m.id, str)]
    assert {m.id: m.string for m in single if said.search(str(m.string)) and not TYPED.search(m.id)} == {}
