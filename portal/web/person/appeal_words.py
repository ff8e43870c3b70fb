"""What happened to an appeal, in words: to whoever sent it, and to the others of the account, who read whose it is."""

from __future__ import annotations

from portal.cases.queries import Moment as Logged
from portal.core.i18n import N_
from portal.web.person.history_words import ANSWERED, ANSWERED_OF, APPEAL, OF
from portal.web.person.redress import Contest
from portal.web.shell.context import lang


def awaited_words(one: Contest) -> str:
    """What comes next in an appeal."""
    say = lang().gettext
    if one.by:
        words = N_("Until then our question about the appeal of %(name)s can be answered")
        return say(words if one.waits_for_me else N_("Our answer to the appeal of %(name)s comes"), name=one.by)
    return say("You answer our question about your appeal") if one.waits_for_me else say("You get our answer to your appeal")


def appeal_words(one: Contest, logged: Logged) -> str:
    """One event of an appeal in words; none for what the page says elsewhere."""
    if logged.kind == "appeal.filed":
        if one.by:
            return lang().gettext("%(name)s appealed against the decision %(action)s.", name=one.by, action=one.action.ref)
        added = sum(each.kind == "appeal.exhibit_added" and each.at <= logged.at for each in one.log)
        count = sum(at <= logged.at for at in one.exhibits) - added
        if not count:
            return lang().gettext("You appealed against the decision %(action)s.", action=one.action.ref)
        return lang().ngettext(
            "You appealed against the decision %(action)s with %(num)s exhibit.",
            "You appealed against the decision %(action)s with %(num)s exhibits.", count, action=one.action.ref,
        )
    if logged.kind == "appeal.decided":
        words, answers = ANSWERED_OF if one.by else ANSWERED, [each.event_id for each in one.log if each.kind == logged.kind]
        return lang().gettext(words[one.outcomes[answers.index(logged.event_id)]], name=one.by or "")
    text = OF.get(logged.kind) if one.by else None
    text = text or APPEAL.get(logged.kind)
    return lang().gettext(text, action=one.action.ref, handle=logged.handle or "", name=one.by or "") if text else ""
