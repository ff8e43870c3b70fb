"""What people read when the rules change: what changes, from when, where to read it, and what they can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portal.core.i18n import Language
from portal.notices.operations import Text
from portal.rulebook.addresses import comparison_path, version_path
from portal.rulebook.announced import changes_listed
from portal.rulebook.models import PolicyKind, PolicyVersion


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A version that people are told of, the one before it, and its translations by language."""

    slug: str
    kind: str
    version: PolicyVersion
    before: PolicyVersion
    translations: Mapping[str, PolicyVersion]

    @property
    def effective_on(self) -> date:
        return self.version.effective_on

    @property
    def path(self) -> str:
        return version_path(self.slug, self.effective_on)

    @property
    def comparison(self) -> str:
        return comparison_path(self.slug, self.before.effective_on, self.effective_on)

    def said_in(self, language: str) -> PolicyVersion:
        """The version in a language, else the binding one."""
        return self.translations.get(language, self.version)


def text_of(change: RuleChange, lang: Language, days: int) -> Text:
    """The notice in one language; `days`: how long after this message the version counts at the earliest.

    Mail and inbox say the same: nothing in it is private.
    """
    said, day = change.said_in(lang.code), lang.day(change.effective_on)
    parts = [*_promises(said, day, lang)] if change.kind == PolicyKind.PROMISES else [*_rules(days, said, day, lang)]
    body = "\n\n".join(parts)
    return Text(lang.gettext("New version from %(day)s: %(title)s", day=day, title=said.title), body, body)


def _rules(days: int, said: PolicyVersion, day: str, lang: Language) -> list[str]:
    say, title = lang.gettext, said.title
    return [
        say("We publish a new version of “%(title)s”. It takes effect on %(day)s.", title=title, day=day),
        *_what_changes(said, lang),
        say("For you it counts from that day, and never before %(days)s days after this message have passed. What you do "
            "until then is judged by the version that you have now.", days=days),
        say("On the page behind the link you can read the new version, see what is different word by word, and accept it "
            "earlier if you wish. You need not do anything."),
        say("If you do not agree, you can close your account before the new version counts for you, without giving a "
            "reason. Money that is available to you can be paid out in any case."),
    ]


def _promises(said: PolicyVersion, day: str, lang: Language) -> list[str]:
    say = lang.gettext
    return [
        say("We publish a new version of “%(title)s”: what we promise to you. It takes effect on %(day)s.", title=said.title,
            day=day),
        *_what_changes(said, lang),
        say("What began before that day stays under the promise that we made then. On the page behind the link you can read "
            "the new version and see what is different word by word."),
        say("If you do not agree, you can close your account before that day, without giving a reason. Money that is "
            "available to you can be paid out in any case."),
    ]


def _what_changes(said: PolicyVersion, lang: Language) -> list[str]:
    changes = changes_listed(said.changes)
    return [lang.gettext("What changes:"), "\n".join(changes)] if changes else []
