"""Searching the rules: what is found, what comes first, and that both databases find what the words themselves say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from portal.act import Office, act
from portal.app import create_app
from portal.core.access import OPERATOR
from portal.core.ids import new_id
from portal.core.keeping import Kept
from portal.core.migrate import migrate
from portal.core.words import Wanted, search_text, wanted
from portal.rulebook import indexing, rendering
from portal.rulebook.indexing import put_words, read_ahead, stale_words
from portal.rulebook.models import ClauseSearch, ClauseVersion
from portal.rulebook.searching import Found, matching, search
from portal.settings import load_settings
from tests.factories.rules import Rulebook
from tests.factories.told import SECRET

TODAY, BETWEEN = date(2026, 11, 22), date(2025, 6, 1)


def find(office: Office, query: str, day: date = TODAY, language: str = "en") -> Found:
    with office.database.read() as session:
        return search(session, query, day, language)


def keys(found: Found) -> list[str]:
    return [hit.place.key for hit in found.hits]


@pytest.mark.parametrize(("query", "first"), [
    ("4.2", "off-platform-payment"), ("Rule 4.2", "off-platform-payment"), ("§ 4.2", "off-platform-payment"),
    ("artículo 4.2", "off-platform-payment"), ("section 4.2 fee", "off-platform-payment"), ("b.3", "lettered"),
    ("Section B.3", "lettered"), ("chargeback", "chargebacks"), ("CHARGEBACKS", "chargebacks"),
    ("opening dispute", "dispute-opening"), ("cafe", "street"), ("strasse", "street"), ("10000.50", "street"),
    ("figures", "street"), ("付款", "pay"), ("里程碑", "pay"), ("ชำระเงิน", "thai"), ("भुगतान", "thai"), ("$10,000", "identity"),
    ("disputa abrir", "dispute-opening"), ("hardship food", "hardship-answer"), ("1e5", "signs"), ("near", "signs"),
])
def test_what_is_looked_for_comes_first(published: Office, query: str, first: str) -> None:
    found = find(published, query)
    if query == "hardship food":
        assert not found.every and first in keys(found)
        return
    assert found.every and keys(found)[0] == first


def test_each_clause_once_in_the_readers_language_and_the_version_in_force(published: Office) -> None:
    hit = next(h for h in find(published, "paying outside two years").hits if h.place.key == "off-platform-payment")
    assert hit.in_force and hit.place.language == "en" and hit.place.effective_on == date(2026, 3, 1)
    found = find(published, "dinero", language="es")
    assert {hit.place.language for hit in found.hits} == {"es"}
    assert len(keys(found)) == len(set((hit.place.slug, hit.place.key) for hit in found.hits))


def test_older_versions_are_reachable_and_come_last(published: Office) -> None:
    gone = find(published, "contact details before contract")
    assert [hit.place.number for hit in gone.hits if not hit.in_force] == ["5.4"]
    order = [hit.in_force for hit in find(published, "contact").hits]
    assert order == sorted(order, reverse=True)
    then = find(published, "paying outside", day=BETWEEN).hits[0]
    assert then.in_force and then.place.effective_on == date(2024, 3, 1)
    assert date(2026, 3, 1) in {place.effective_on for place in then.elsewhere}


def test_some_of_the_words_where_no_clause_has_all(published: Office) -> None:
    found = find(published, "chargeback unicorn bank")
    assert not found.every and keys(found)[0] == "chargebacks"
    assert find(published, "unicorn") == Found((), 0)


@pytest.mark.parametrize("query", ["", "  ", "***", "' OR 1=1 --", "\"", "a:b*", "NEAR(", "(((", "<->", "!", "\\", "-x"])
def test_signs_of_a_query_language_mean_nothing(published: Office, query: str) -> None:
    assert find(published, query).count >= 0


def test_words_are_marked_in_heading_and_excerpt(published: Office) -> None:
    hit = find(published, "milestones released").hits[0]
    words = {piece.text.lower() for piece in (*hit.heading, *hit.excerpt) if piece.marked}
    assert words & {"milestone", "milestones"} and words & {"release", "released", "releases"}


def texts_of(office: Office) -> dict[str, str]:
    with office.database.read() as session:
        return {str(row.clause_version_id): row.search_text for row in session.scalars(sa.select(ClauseSearch))}


QUERIES = st.one_of(
    st.text(max_size=30), st.text(alphabet="abcdeiorst  .,4'\"*-áñß支付款ไทหि", max_size=25),
    st.lists(st.sampled_from(["pay", "dispute", "30", "4.2", "días", "dinero", "付款", "milestones", "ไทย", "भुग", "1e5"]),
             max_size=3).map(" ".join),
)


def test_each_database_finds_what_the_words_say(published: Office) -> None:
    """The property is the same on both engines, and does not ask the engine what a word is."""
    texts = texts_of(published)

    @limits(max_examples=150)
    @given(looked_for=QUERIES.map(wanted).filter(bool), every=st.booleans())
    def same(looked_for: tuple[Wanted, ...], every: bool) -> None:
        joint = all if every else any
        right = {key for key, text in texts.items() if joint(any(map(one.fits, text.split(" "))) for one in looked_for)}
        with published.database.read() as session:
            assert {str(place.id) for place in matching(session, looked_for, TODAY, every=every)} == right

    same()


def test_the_index_is_made_anew(published: Office) -> None:
    before = texts_of(published)
    with published.database.write() as session:
        session.execute(sa.text("UPDATE clause_search SET search_text = 'nothing' WHERE search_text LIKE '%chargeback%'"))
        gone = session.scalars(sa.select(ClauseVersion.id).limit(3)).all()
        session.execute(sa.delete(ClauseSearch).where(ClauseSearch.clause_version_id.in_(gone)))
    assert keys(find(published, "chargeback")) == []
    assert 3 < fill(published) < len(before)
    assert texts_of(published) == before
    assert keys(find(published, "chargeback"))[0] == "chargebacks"
    assert fill(published) == 0


def test_what_differs_comes_in_portions(published: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    before = texts_of(published)
    with published.database.write() as session:
        session.execute(sa.delete(ClauseSearch))
    small = indexing._CLAUSES.limit(7)
    monkeypatch.setattr(indexing, "_CLAUSES", small)
    with published.database.read() as session:
        assert max(map(len, stale_words(session))) == 7
    assert fill(published) == len(before)
    assert texts_of(published) == before


def test_publishing_renders_nothing_that_was_read_ahead(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others wait while an act publishes; what is not read ahead is worked out there."""
    rules = Rulebook(office, tmp_path / "policies")
    body = f"## 1 Words {{#words}}\n\nNobody has read {tmp_path.name} before.\n"
    rules.write(TODAY, body=body)
    read_ahead(rules.folder, ())

    def slow(_text: str, _number: str) -> str:
        raise AssertionError("rendered in the act")

    monkeypatch.setattr(rendering, "_safe_html", slow)
    monkeypatch.setattr(rendering, "_RENDERED", Kept[str, str](1, weigh=len))
    monkeypatch.setattr(rendering, "_PLAIN", Kept[str, str](1, weigh=len))
    assert rules.publish() == [f"terms-of-service/{TODAY}.en"]
    rules.write(TODAY, slug="another", body=body.replace("before", "until now"))
    with pytest.raises(AssertionError, match="rendered in the act"):
        rules.publish()


def fill(office: Office) -> int:
    """Writes what the index lacks; returns how much that was."""
    with office.database.read() as session:
        return sum(
            act(office, put_words, OPERATOR, f"fill {new_id()}", words=portion)["changed"] for portion in stale_words(session)
        )


def test_an_older_database_is_filled_by_flask_init(published: Office, tmp_path: Path) -> None:
    """What was published before there was a search is found after the upgrade."""
    before = texts_of(published)
    migrate(published.database, "0015")
    url = published.database.url.render_as_string(hide_password=False)
    kept = {"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_DATABASE_URL": url, "PORTAL_SECRET_KEY": SECRET}
    settings = load_settings(kept)
    app = create_app(settings, clock=published.clock, database=published.database)
    with app.app_context():
        done = app.test_cli_runner().invoke(args=["init"])
    assert done.exit_code == 0 and "Published: 0 versions" in done.output, done.output
    assert texts_of(published) == before
    assert keys(find(published, "chargeback"))[0] == "chargebacks"


def test_a_published_clause_of_the_greatest_length_can_be_indexed() -> None:
    many = "".join(chr(0x4E00 + n % 20_000) for n in range(0, 199_000 * 7, 7))
    assert len(search_text(many).encode()) <= 600_000
