"""Reading a page as a browser does: the message at a field, what stands in its forms, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lxml import html  # type: ignore[import-untyped]


def seen(text: str) -> str:
    """A text as a page can show it: browsers show U+0000 as U+FFFD; white space is one space."""
    return " ".join(text.replace("\x00", "\ufffd").split())


@dataclass
class Page:
    """One answer's page."""

    root: Any

    @classmethod
    def of(cls, text: str) -> Page:
        return cls(html.document_fromstring(text.replace("\x00", "\ufffd").encode(), parser=PARSER))

    @property
    def title(self) -> str:
        return str(self.root.findtext(".//title"))

    @property
    def words(self) -> str:
        return seen(" ".join(self.root.itertext()))

    def messages(self, field_id: str) -> list[str]:
        """The messages at a field: in its error, which the field or its group names as its description."""
        errors = self.root.xpath("//*[@id=$id]", id=f"{field_id}-error")
        named = self.root.xpath(
            "//*[contains(concat(' ', @aria-describedby, ' '), $id)]", id=f" {field_id}-error "
        )
        closed = "ancestor::details[not(@open)]"
        return [seen(one.text_content()) for one in errors if not one.xpath(closed)] if named else []

    def linked(self, field_id: str) -> bool:
        """Whether the summary on top leads to the field."""
        links = self.root.xpath("//*[contains(@class, 'errors')]//a[@href=$to]", to=f"#{field_id}")
        return bool(links) and bool(self.root.xpath("//*[@id=$id]", id=field_id))

    def standing(self) -> dict[str, list[str]]:
        """What stands in the page's forms, by the name under which it would be sent."""
        found: dict[str, list[str]] = {}
        for one in self.root.xpath("//input[@name] | //textarea[@name] | //select[@name]"):
            found.setdefault(one.get("name"), []).extend(_values(one))
        return found

    def turns(self, word: str) -> bool:
        """Whether the text with that word stands in an element that finds its own direction."""
        holders = self.root.xpath("//body//*[text()[contains(., $word)]]", word=word)
        return bool(holders) and all(one.xpath("ancestor-or-self::*[@dir='auto']") for one in holders)


PARSER = html.HTMLParser(encoding="utf-8", huge_tree=True)


def _values(control: Any) -> list[str]:
    if control.tag == "textarea":
        return [seen(control.text or "")]
    if control.tag == "select":
        return [seen(one.get("value", "")) for one in control.xpath(".//option[@selected]")]
    if control.get("type") in ("radio", "checkbox") and control.get("checked") is None:
        return []
    return [seen(control.get("value", ""))]
