"""What people and programs read of an account: its own page, its money, the desk, the other side, the exports; as plain facts.

Words are read back through the translation that wrote them. Nothing here knows what they should say (`oracle_said.py`).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import html

from portal.accounts.models import Person
from portal.app import create_app
from portal.core.i18n import Language, language
from portal.enforcement.rules import SCOPES
from portal.settings import load_settings
from tests.factories.compiled import with_shared_templates
from tests.factories.market import Market
from tests.factories.told import SECRET
from tests.web.conftest import Browser, Doors

AWAKE = timedelta(days=12)
ENDS = (
    "The end of the protection, by %(until)s at the latest. It comes by itself; you need not ask.",
    "Our next look at the law or the order, by %(day)s (%(left)s). If it no longer obliges us, or if we do not look, this ends. "
    "If it still does, you get a new letter with a new day.",
    "We look at the law or the order again by %(day)s. If it no longer obliges us, or if we do not look, this ends.",
    "The end, on %(day)s (%(left)s). It comes by itself; you need not ask.",
)


def pattern(lang: Language, message: str) -> re.Pattern[str]:
    """What a sentence of ours looks like in that language, with a group for each thing that is put into it."""
    parts = re.split(r"%\((\w+)\)s", lang.gettext(message))
    return re.compile("".join(re.escape(part) if n % 2 == 0 else f"(?P<{part}>.+?)" for n, part in enumerate(parts)))


def said(lang: Language, messages: Sequence[str], texts: Sequence[str]) -> list[dict[str, str]]:
    """What was put into these sentences, for each text that is one of them, in the order of the texts."""
    forms = [pattern(lang, one) for one in messages]
    return [found.groupdict() for text in texts for form in forms if (found := form.search(text))]


def words(node: Any) -> str:
    return " ".join(node.text_content().split())


def all_words(node: Any, path: str) -> list[str]:
    return [words(one) for one in node.xpath(path)]


@dataclass
class Eyes:
    """Browsers of everybody who reads, and the command line, over the database of a market."""

    market: Market
    folder: Path
    doors: Doors = field(init=False)
    _open: dict[Any, tuple[datetime, Browser]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        office = self.market.office
        settings = load_settings({"PORTAL_INSTANCE": str(self.folder / "instance"), "PORTAL_SECRET_KEY": SECRET})
        app = create_app(settings, clock=office.clock, database=office.database)
        self.doors = Doors(with_shared_templates(app), self.market)

    def browser(self, person: Person) -> Browser:
        opened_at, browser = self._open.get(person.id, (None, None))
        if browser is None or opened_at is None or self.market.now - opened_at > AWAKE:
            browser = self.doors.open(person)
            self._open[person.id] = self.market.now, browser
        return browser

    def page(self, person: Person, path: str) -> Any:
        return html.fromstring(self.browser(person).page(path))

    def own(self, person: Person) -> Iterator[tuple[str, dict[str, Any]]]:
        """`/me`: by the account's name, the chips, which letters it names, what they take away and when that ends."""
        doc, lang = self.page(person, "/me"), language(person.language)
        for n, part in enumerate(doc.xpath("//section[@aria-label]")):
            chips = all_words((doc if n == 0 else part).xpath(".//p[@class='states']")[0], ".//span")
            wrong, _todo, waits = part.xpath("./div[@class='three']/section")
            links = (one.rpartition("/")[2] for one in wrong.xpath(".//a/@href") if one.startswith("/me/actions/"))
            taken = lang.gettext("What is taken away meanwhile:")
            ends = said(lang, ENDS, all_words(waits, "./p"))
            held = said(lang, ["%(amount)s on hold"], chips)
            yield part.get("aria-label"), {
                "standing": chips[0], "letters": sorted(links), "ends": sorted(one.get("until") or one["day"] for one in ends),
                "silent": any(lang.gettext("we cannot say more about it yet") in one for one in all_words(wrong, "./p")),
                "takes": sorted(one.removeprefix(taken).strip(" .") for one in all_words(wrong, "./p") if one.startswith(taken)),
                "held": [one["amount"] for one in held],
            }

    def money(self, person: Person) -> Iterator[tuple[str, dict[str, Any]]]:
        """`/me/funds`: by the account's name, the amounts under their words, and each amount on hold."""
        for part in self.page(person, "/me/funds").xpath("//section[@aria-label]"):
            parts = {words(one.find("dt")): words(one.find("dd")) for one in part.xpath(".//div[@class='money']//dl/div")}
            yield part.get("aria-label"), {"parts": parts, "holds": sorted(all_words(part, "./ul/li//strong/bdi"))}

    def others(self, person: Person) -> dict[str, str]:
        """`/collaborators`: the chip of each account, by its reference."""
        listed = self.page(person, "/collaborators").xpath("//ul[@class='doors']/li")
        return {one.xpath("./h2/a/@href")[0].rpartition("/")[2]: words(one.xpath("./p[@class='states']")[0]) for one in listed}

    def other(self, person: Person, ref: str) -> dict[str, Any]:
        """`/collaborators/<ref>`: the chip, and each amount on hold in the contracts with the reader."""
        doc = self.page(person, f"/collaborators/{ref}")
        return {"chip": words(doc.xpath("//p[@class='states']")[0]), "holds": sorted(all_words(doc, "//aside//li//strong/bdi"))}

    def case(self, person: Person, ref: str) -> dict[str, Any]:
        """The desk's page of a case: the standing of its account, and of each claim what is on hold now."""
        doc, lang = self.page(person, f"/desk/cases/{ref}"), language(person.language)
        facts = doc.xpath("//section[@aria-labelledby='money']//dl[@class='facts']/div")
        held = [words(one.find("dd")) for one in facts if words(one.find("dt")) == lang.gettext("On hold now")]
        return {"standing": words(doc.xpath("//p[@class='states']/span")[0]), "held": held}

    def action(self, person: Person, ref: str) -> dict[str, Any]:
        """The desk's page of an issued decision: its chips, its end, and who was told by which words, and whether it was sent."""
        doc, lang = self.page(person, f"/desk/actions/{ref}"), language(person.language)
        facts = {words(one.find("dt")): words(one.find("dd")) for one in doc.xpath("//div[@class='decide']/dl/div")}
        told = [
            (one.xpath("string(./span[@class='by'][1])").strip(" ·"), words(one.xpath("./span[contains(@class,'status')]")[0]),
             " ".join("".join(one.xpath("./text()")).split()))
            for one in doc.xpath("//div[@class='decide']/ol/li")
        ]
        return {
            "chips": all_words(doc.xpath("//p[@class='states']")[0], "./span"),
            "ends": facts.get(lang.gettext("Ends"), "").partition(" (")[0], "told": sorted(told),
        }

    def inbox(self, person: Person) -> list[str]:
        """The newest messages that have arrived for somebody, by their keys."""
        links = self.page(person, "/me/inbox").xpath("//ul[@class='inbox']/li/a/@href")
        return [one.rpartition("/")[2] for one in links]

    def letter(self, person: Person, ref: str) -> list[tuple[str, str]]:
        """What the newest record of a letter takes away now besides money on hold, each with its end or its review."""
        record = json.loads(self.browser(person).page(f"/me/actions/{ref}.json"))
        begun = [one for one in record["restrictions"] if datetime.fromisoformat(one["starts_at"]) <= self.market.now]
        taken = [one for one in begun if one["kind"] != "monetary" or one["scope"] in SCOPES]
        ends = [datetime.fromisoformat(one.get("ends_at") or one["review_at"]) for one in taken]
        return sorted((one["scope"], at.isoformat()) for one, at in zip(taken, ends, strict=True) if at > self.market.now)

    def run(self, *args: str) -> str:
        result = self.doors.app.test_cli_runner().invoke(args=list(args))
        assert result.exit_code == 0, result.output
        return str(result.output)

    def standings(self) -> dict[tuple[str, str | None], dict[str, Any]]:
        """`flask export standing`, by the account's reference and the member's address."""
        lines = [json.loads(line) for line in self.run("export", "standing").splitlines()]
        return {(one["ref"], one["member"]): one for one in lines}

    def ledger(self) -> dict[tuple[str, str], int]:
        """`flask export ledger`: what an account has in each kind of book in the end, in the smallest unit."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        for ref, kind, amount in re.findall(r"balance Liabilities:([\w-]+):(\w+):\w+  (-?[\d.]+) ", self.run("export", "ledger")):
            found[ref, kind] -= round(float(amount) * 100)
        return found
