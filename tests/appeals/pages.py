"""What the tests of an appeal's pages have in common: browsers of staff, and the form as it is sent."""

import io
from typing import Any

from sqlalchemy import select

from portal.accounts.models import UserSession
from portal.core.work import Work
from tests.appeals.conftest import BODY, Bench
from tests.documents.making import SAMPLES
from tests.factories.market import Staff
from tests.web.conftest import Browser, Doors


def staff_browser(doors: Doors, shop: Bench, who: Staff) -> Browser:
    browser = doors.open(who.person)

    def fresh(work: Work) -> None:
        for row in work.db.scalars(select(UserSession).where(UserSession.person_id == who.person.id)):
            row.stepped_up_at = work.now

    shop.market.make(fresh)
    return browser


def new_path(shop: Bench) -> str:
    return f"/appeals/new?action={shop.action_ref}"


def said(shop: Bench, step: str, **other: Any) -> dict[str, Any]:
    return {"action": shop.action_ref, "step": step, "grounds": ["not_the_rule", "would_change:1"], "body": BODY} | other


def picture(name: str = "letter.png") -> tuple[io.BytesIO, str]:
    return io.BytesIO(SAMPLES["image/png"]), name
