"""What people wrote is read by those for whom it is, and stands in no mail and no log."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portal.tables import metadata
from portal.web.desk import reach
from tests.attacks.ground import Ground
from tests.attacks.leaks import in_mail, in_pages, leaked


def test_words_are_in_every_table_that_keeps_any(ground: Ground) -> None:
    """Of more than a hundred sentences, each another one, in some fifty columns: what is not looked for proves nothing."""
    with ground.database.read() as session:
        columns = [(table, column) for table in metadata.tables.values() for column in table.columns
                   if isinstance(column.type, sa.String | sa.Text)]
        holding = {str(column) for table, column in columns
                   if any(ground.words.of(str(value)) for value in session.scalars(sa.select(column).select_from(table)))}
    assert len(ground.words.written) > 100 and len(holding) > 45


def test_nobody_reads_on_a_page_what_is_not_for_them(ground: Ground) -> None:
    wrong = leaked(ground, 60)
    assert not wrong, "\n".join(wrong)


def test_mail_and_logs_have_nobodys_words(ground: Ground) -> None:
    mails, words = in_mail(ground)
    assert (mails > 200, words) == (True, set())
    assert ground.lines and not ground.words.of("\n".join(ground.lines))


def test_a_desk_that_shows_every_case_to_everybody_is_found(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = ground.viewer("reviewer with nothing")
    with ground.database.read() as session:
        case_ref = session.scalars(sa.text("SELECT ref FROM \"case\" ORDER BY id")).all()[5]
    monkeypatch.setattr(reach, "require_reader", lambda *_args: None)
    assert ground.words.of(nobody.browser.get(f"/desk/cases/{case_ref}").text) - {("report_somebody", "happened")}
    assert in_pages(ground, ground.viewer("owner"), 60), "the pages of those for whom it is do show it"
