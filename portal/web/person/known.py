"""What a member reads of a decision about their account whose letter is for the owners: what applies, and whom to ask."""

from __future__ import annotations

from flask import g, render_template

from portal.accounts.queries import account_by_id
from portal.enforcement.models import Action
from portal.enforcement.queries import owner_zone, rules_cited
from portal.enforcement.told import held_from
from portal.web.person.decided import decision, effect_now
from portal.web.person.history_words import OWN_DAY
from portal.web.person.scope import looks_after
from portal.web.shell.letter import NOW_OR_AHEAD


def page(action: Action) -> str:
    """The rule, what it takes away from when until when, and who reads the letter; nothing of what is said to have happened."""
    effect = effect_now(action)
    found = decision(action, in_effect=effect == "in_effect", replaced_by=None, letter_read=False)
    return render_template(
        "person/known.html", current="me", action=action, account=account_by_id(g.db, action.account_id), found=found,
        effect=effect, applies=effect in NOW_OR_AHEAD, rules=[] if found.said else rules_cited(g.db, action),
        zone=owner_zone(g.db, action.account_id), own_day=OWN_DAY,
        held=[one for listed in held_from(g.db, action).values() for one in listed] if looks_after(action.account_id) else [],
    )
