"""What a decision that is appealed against rests on and its person cannot see: it is shown, or nothing of it is upheld.

Source: DESIGN 2, "may be withheld": the decider sees all of it, and nothing upheld rests on it alone.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.queries import handle_of
from portal.appeals.desk import locked_appeal
from portal.appeals.matter import require_live, require_reviewer
from portal.appeals.models import LIVE, AppealKind, AppealOutcome
from portal.appeals.queries import appeal_against
from portal.appeals.rules import MOST_TEXT
from portal.appeals.withheld_messages import withheld_shown_text
from portal.core.access import Permission
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import clean
from portal.core.work import Work
from portal.enforcement.desk import locked_action
from portal.enforcement.disclosing import Unshown, disclose, unshown
from portal.enforcement.members import told_of
from portal.enforcement.models import Action
from portal.enforcement.queries import rules_cited
from portal.enforcement.succession import stands_for
from portal.log.operations import record
from portal.notices.operations import tell

HIDDEN = N_(
    "Rule %(number)s rests only on what the person cannot see. Nothing is upheld on that alone: show it first, or overturn."
)


def hidden_rules(session: Session, action: Action) -> list[Unshown]:
    """The rules of what an answer to an appeal would reach for which its person was shown nothing."""
    return unshown(session, stands_for(session, action))


def require_shown(session: Session, action: Action, outcome: AppealOutcome, fallen: Collection[str] = ()) -> None:
    """Whatever rule stays after this answer was shown to its person; `fallen`: the cited clause versions that do not stay.

    Errors: `rests_on_withheld` at the outcome.
    """
    if outcome is AppealOutcome.REVERSED:
        return
    now = stands_for(session, action)
    gone = {clause.path for clause in rules_cited(session, now) if str(clause.id) in fallen}
    for one in unshown(session, now):
        if one.path not in gone:
            raise RuleBroken("rests_on_withheld", HIDDEN, field="outcome", number=one.number)


def show_withheld(work: Work, *, appeal_ref: str, version: int, shown: str = "") -> dict[str, Any]:
    """Shows the person, while their appeal waits, what rules of the decision rest on alone: a new letter supersedes the old one.

    Nothing is decided by this; whoever had a part in the decision may do it too. What else the letter withholds stays withheld.
    `shown`: what was withheld, in words, where the letter names no exhibit. Errors: `nothing_hidden`, `contested` while what
    is withheld is contested by itself, `nothing_shown`, `decided`, `stale`, those of `require_reviewer`.
    """
    work.require(Permission.DECIDE)
    appeal, action, case = locked_appeal(work, appeal_ref)
    if appeal.kind != AppealKind.ACTION:
        raise NotFound
    person_id, _first = require_reviewer(work, appeal, case)
    require_live(appeal, version)
    now, _case = locked_action(work, stands_for(work.db, action).ref)
    hidden = unshown(work.db, now)
    _require_to_show(work.db, now, hidden)
    changed = {"at": work.now, "appeal": appeal.ref, "by": handle_of(work.db, person_id)}
    numbers = {number for one in hidden for number in one.exhibits}
    in_words = any(not one.exhibits for one in hidden)
    words = clean(shown, limit=MOST_TEXT, field="shown")
    if in_words and not words:
        raise RuleBroken("nothing_shown", N_("Write what was withheld: the person reads it in the letter."), field="shown")
    letter = disclose(work, now, changed, words, numbers)
    now.version, appeal.version = now.version + 1, appeal.version + 1
    work.db.flush()
    event_id = new_id()
    told = tell(
        work, event_id=event_id, kind="statement", recipients=told_of(work.db, now), account_id=now.account_id, about_ref=now.ref,
        case_ref=case.ref, target=f"/me/actions/{now.ref}", compose=withheld_shown_text(appeal.ref, now.ref),
    )
    record(work, "withheld.shown", appeal.ref, case_ref=case.ref, event_id=event_id, rows=[letter, *told], action=now.ref)
    return {"appeal": appeal.ref, "action": now.ref}


def _require_to_show(session: Session, action: Action, hidden: Collection[Unshown]) -> None:
    if not hidden:
        message = N_("Each rule of this decision rests on something that the person can see. Nothing has to be shown first.")
        raise Conflict("nothing_hidden", message)
    contested = appeal_against(session, action.id, AppealKind.WITHHELD)
    if contested is not None and contested.state in LIVE:
        message = N_("%(ref)s contests what is withheld, by itself. Once that is answered, what it shows is shown here too.")
        raise Conflict("contested", message, ref=contested.ref)
