"""What `flask verify` proves of account actions: each function names the rows that break one promise of DESIGN 2."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Row, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.cases.models import Clock, Report
from portal.enforcement import (
    awaited_checks,
    looking_checks,
    member_checks,
    nature_checks,
    need_checks,
    notice_checks,
    order_checks,
    overturning_checks,
)
from portal.enforcement.amending_checks import heavier_needs_two, replaced_is_told_once, replaced_takes_nothing
from portal.enforcement.before_checks import (
    SAID,
    holds_are_made_once_more,
    nobody_acts_first_twice,
    nothing_is_decided_twice,
    overturned_is_decided_by_others,
    people_were_asked_first,
    what_came_first_is_decided,
)
from portal.enforcement.correcting_checks import corrected_facts_have_two, corrections_are_told, letters_supersede
from portal.enforcement.ending_checks import (
    decisions_end_by_their_clock,
    ended_early_takes_nothing,
    those_told_hear_of_the_end,
    withdrawn_before_effect,
)
from portal.enforcement.lead_checks import leads_rest_on_a_match, reliance_is_said
from portal.enforcement.many_checks import files_became_drafts_whole, together_is_interim
from portal.enforcement.models import (
    WHOLE_ACCOUNT,
    Action,
    ActionStatus,
    ChangeKind,
    Citation,
    Measure,
    Nature,
    Restriction,
    RestrictionChange,
    Signature,
    SignatureAs,
    Statement,
)
from portal.enforcement.origin import detected_alone, pointed, relies_on_match
from portal.enforcement.queries import restrictions_of
from portal.enforcement.rules import LEAST_FACTS, tells_counterparts
from portal.enforcement.timing import OPENED
from portal.ledger.models import Hold
from portal.log.models import Event
from portal.notices.models import Channel, Delivery, Notice
from portal.rulebook.clause_data import ClauseData, from_canonical
from portal.rulebook.models import ClauseVersion, Policy, PolicyVersion
from portal.rulebook.queries import why_version_unbound

Check = Callable[[Session], Iterator[str]]
TOLD, HOLD_ENDED = "counterpart_action", "hold_ended"
GRACE = timedelta(days=1)
Corrected, HoldEnd = aliased(Notice), aliased(Notice)


def _cited() -> Select[Action, Citation]:
    """Every action that was said, with each citation that it rests on."""
    joined = (Citation.action_id == Action.id) & (Citation.revision == Action.revision)
    return select(Action, Citation).join(Citation, joined).where(Action.status.in_(SAID)).order_by(Action.id)


# Each citation with its version as the rows say it now: what this process remembers of a clause proves nothing.
_CITED_VERSIONS = (
    _cited().where(Action.nature == Nature.CONDUCT).join(ClauseVersion, Citation.clause_version_id == ClauseVersion.id)
    .join(PolicyVersion, ClauseVersion.version_id == PolicyVersion.id).join(Policy, PolicyVersion.policy_id == Policy.id)
    .add_columns(PolicyVersion.id, Policy.slug)
)


def actions_cite_what_bound(session: Session) -> Iterator[str]:
    """Every issued action cites a clause; one about conduct a version that bound the account on the days of the conduct."""
    joined = (Citation.action_id == Action.id) & (Citation.revision == Action.revision)
    bare = select(Action.ref).outerjoin(Citation, joined).where(
        Action.status.in_(SAID), Action.nature != Nature.LEGAL, Citation.id.is_(None)
    )
    yield from (f"action {ref} cites no clause" for ref in session.scalars(bare))
    for action, citation, version_id, slug in session.execute(_CITED_VERSIONS):
        account = session.get_one(Account, action.account_id)
        for day in sorted({citation.conduct_from, citation.conduct_to}):
            why = why_version_unbound(session, account, slug, version_id, day)
            if why is not None:
                yield f"action {action.ref} cites a clause version that did not bind on {day}: {why.why}"


def actions_were_said(session: Session) -> Iterator[str]:
    """No action took effect before its statement of reasons was made."""
    first = (
        select(Statement.action_id, func.min(Statement.created_at).label("made_at")).group_by(Statement.action_id).subquery()
    )
    rows = session.execute(
        select(Action.ref, Action.effective_at, first.c.made_at).outerjoin(first, first.c.action_id == Action.id)
        .where(Action.status.in_(SAID)).order_by(Action.id)
    )
    for ref, effective_at, made_at in rows:
        if made_at is None:
            yield f"action {ref} was issued without a statement"
        elif effective_at is None or made_at > effective_at:
            yield f"action {ref} took effect before its statement was made"


def statuses_follow_the_record(session: Session) -> Iterator[str]:
    """An action is issued, withdrawn or discarded exactly when its events, its instants and its statement say so."""
    kinds = ("action.issued", "action.discarded")
    found = session.execute(select(Event.subject_ref, Event.kind).where(Event.kind.in_(kinds)))
    events = {(ref, kind) for ref, kind in found}
    stated = set(session.scalars(select(Statement.action_id)))
    actions = select(Action.id, Action.ref, Action.status, Action.issued_at, Action.withdrawn_at).order_by(Action.id)
    for key, ref, status, issued_at, withdrawn_at in session.execute(actions):
        said = issued_at is not None or key in stated or (ref, "action.issued") in events
        facts = (said, withdrawn_at is not None, (ref, "action.discarded") in events)
        if facts != (status in SAID, status == ActionStatus.WITHDRAWN, status == ActionStatus.DISCARDED):
            yield f"action {ref} is marked as {status}, and its record says otherwise"


def restrictions_are_finite(session: Session) -> Iterator[str]:
    """Every restriction has an end or a review date, and every action but a warning or termination its own end."""
    endless = select(Restriction.id).where(Restriction.ends_at.is_(None), Restriction.review_at.is_(None))
    yield from (f"restriction {key} has neither an end nor a review date" for key in session.scalars(endless))
    open_ended = select(Action.ref).where(
        Action.status.in_(SAID), Action.ends_at.is_(None), Action.measure != Measure.TERMINATION
    )
    yield from (f"action {ref} has no end" for ref in session.scalars(open_ended))


def nothing_begins_before_it_was_said(session: Session) -> Iterator[str]:
    """Whatever begins on a day of its own begins with its action or later, so never before the statement was made."""
    early = select(Action.ref).join(Restriction, Restriction.action_id == Action.id).where(
        Action.status.in_(SAID), Restriction.starts_at < Action.effective_at
    )
    yield from (f"action {ref} takes something away before it takes effect" for ref in session.scalars(early.distinct()))


def second_person_signed(session: Session) -> Iterator[str]:
    """Whatever needs a second person's signature has one, by somebody who neither proposed nor issued it."""
    signatures: dict[object, list[Signature]] = {}
    for signature in session.scalars(select(Signature)):
        signatures.setdefault(signature.action_id, []).append(signature)
    data = cache(lambda text: from_canonical(json.loads(text)))
    needing = dict[Action, list[ClauseData]]()
    permits = _cited().join(ClauseVersion, Citation.clause_version_id == ClauseVersion.id).add_columns(ClauseVersion.data)
    for action, _, text in session.execute(permits):
        needing.setdefault(action, []).append(data(text))
    for action, rules in needing.items():
        signed = signatures.get(action.id, [])
        others = {s.person_id for s in signed if s.signed_as != SignatureAs.COSIGNER}
        seconds = {s.person_id for s in signed if s.signed_as == SignatureAs.COSIGNER}
        if not others:
            yield f"action {action.ref} is signed by nobody"
        if seconds & others:
            yield f"action {action.ref} is co-signed by whoever proposed or issued it"
        if not seconds and _needs_second(session, action, rules):
            yield f"action {action.ref} lacks a second person's signature"


def _needs_second(session: Session, action: Action, rules: Iterable[ClauseData]) -> bool:
    if action.nature != Nature.CONDUCT:
        if action.nature == Nature.LEGAL or action.supersedes_id:
            return True
    elif not action.interim and (action.measure == Measure.TERMINATION or all(
        action.measure not in rule.permitted(action.occurrence) for rule in rules
    )):
        return True
    known = select(Report.source).where(Report.case_id == action.case_id, Report.received_at <= action.issued_at)
    matched = action.automated_detection or relies_on_match(session, action)
    sources = pointed(session, action.case_id, set(session.scalars(known)), action.issued_at or action.created_at)
    return detected_alone(sources, action.source, automated_detection=matched)


def nobody_is_told_first(session: Session) -> Iterator[str]:
    """No counterpart's notice was made or delivered before the person's own statement."""
    mine = aliased(Notice)
    arrived = (
        select(Delivery.notice_id, func.min(Delivery.delivered_at).label("at")).group_by(Delivery.notice_id).subquery()
    )
    theirs_at, mine_at = aliased(arrived), aliased(arrived)
    rows = session.execute(
        select(Notice.id, Notice.created_at, mine.created_at, theirs_at.c.at, mine_at.c.at)
        .outerjoin(mine, mine.id == Notice.after_id)
        .outerjoin(theirs_at, theirs_at.c.notice_id == Notice.id).outerjoin(mine_at, mine_at.c.notice_id == mine.id)
        .where(Notice.kind == TOLD).order_by(Notice.id)
    )
    for row in rows:
        yield from _told_first(row)


def _told_first(row: Row[tuple[object, ...]]) -> Iterator[str]:
    key, made, mine_made, arrived, mine_arrived = tuple(row)
    if mine_made is None:
        yield f"notice {key} to a counterpart does not wait for the person's statement"
    elif made < mine_made:
        yield f"notice {key} to a counterpart was made before the person's statement"
    elif arrived is not None and (mine_arrived is None or arrived < mine_arrived):
        yield f"notice {key} to a counterpart arrived before the person's statement"


def counterparts_hear_no_facts(session: Session) -> Iterator[str]:
    """No counterpart's notice contains what the statement says of the facts or the reasons."""
    rows = session.execute(
        _cited().with_only_columns(Notice.id, Notice.subject, Notice.body, Notice.mail_body, Citation.facts, Citation.why)
        .join(Notice, (Notice.about_ref == Action.ref) & (Notice.kind == TOLD)).order_by(None)
    )
    for key, subject, body, mail_body, facts, why in rows:
        read = "\n".join(text for text in (subject, body, mail_body) if text)
        if any(line in read for line in _telling_lines(f"{facts or ''}\n{why or ''}")):
            yield f"notice {key} to a counterpart contains the facts or reasons of the decision"


def _telling_lines(text: str) -> list[str]:
    """The lines long enough to be recognised as somebody's own words."""
    return [line.strip() for line in text.splitlines() if len(line.strip()) >= LEAST_FACTS]


def nobody_is_told_of_nothing(session: Session) -> Iterator[str]:
    """No counterpart's notice arrived once all was over of which it tells.

    One that was already on its way when the action ended arrives together with its correction, also where money of their
    contract stays on hold; one that told of such money alone, with what says that the hold has ended.
    """
    corrected = select(Corrected.corrects_id, func.min(Corrected.created_at).label("at")).group_by(Corrected.corrects_id)
    by = corrected.where(Corrected.corrects_id.is_not(None)).subquery()
    of_it = Hold.cause_event_id == Notice.event_id
    held = exists().where(of_it, or_(Hold.ended_at.is_(None), Hold.ended_at > Delivery.delivered_at))
    freed = exists().where(
        of_it, HoldEnd.about_ref == Hold.ref, HoldEnd.kind == HOLD_ENDED, HoldEnd.recipient_id == Notice.recipient_id,
        HoldEnd.created_at <= Delivery.delivered_at,
    )
    arrived = select(Notice.id, Action, Delivery.delivered_at, by.c.at, held, or_(held, freed)).select_from(Notice).join(
        Delivery, (Delivery.notice_id == Notice.id) & (Delivery.channel == Channel.INBOX)
    ).join(Action, Action.ref == Notice.about_ref).outerjoin(by, by.c.corrects_id == Notice.id)
    rows = session.execute(
        arrived.where(Notice.kind == TOLD, Delivery.delivered_at.is_not(None)).order_by(Notice.id)
    ).all()
    spans = restrictions_of(session, {row.Action.id for row in rows})
    for key, action, at, corrected_at, holds, told_of_money in rows:
        told = [span for row, span in spans[action.id] if tells_counterparts(action.measure, [row.scope], holds=False)]
        ahead = holds and any(span.starts_at > at for span in told)
        true = ahead or any(span.in_effect(at) for span in told) if told else told_of_money
        if not true and (corrected_at is None or corrected_at > at):
            yield f"notice {key} told a counterpart of action {action.ref} while nothing of it was in effect"


def reviews_are_on_time(session: Session, now: datetime | None = None) -> Iterator[str]:
    """No restriction is open whose review date passed more than a day ago, or the later one of a safety rule; a termination goes
    on where its person was told that they can ask to come back.

    `now`: the last event on record when none is given.
    """
    now = now or session.scalar(select(func.max(Event.at)))
    if now is None:
        return
    moved = select(Clock.subject_ref).where(Clock.kind == "restriction_review_safety", Clock.due_at >= now - GRACE)
    opened = select(Event.subject_ref).where(Event.kind == OPENED)
    over = select(RestrictionChange.restriction_id).where(
        RestrictionChange.kind.in_((ChangeKind.LIFTED, ChangeKind.REVERSED)), RestrictionChange.at <= now
    )
    late = select(Action.ref, Restriction.review_at).join(Restriction, Restriction.action_id == Action.id).where(
        Action.status == ActionStatus.ISSUED, Restriction.review_at < now - GRACE, Restriction.id.not_in(over),
        Action.ref.not_in(moved), Action.ref.not_in(opened), Restriction.scope == WHOLE_ACCOUNT,
        (Action.ends_at.is_(None)) | (Action.ends_at < now - GRACE),
    )
    for ref, review_at in session.execute(late.order_by(Action.id)):
        yield f"action {ref} was to be reviewed on {review_at} and still restricts"


PROVES: dict[int, tuple[Check, ...]] = {
    1: (actions_cite_what_bound, *nature_checks.PROVES[1], *order_checks.PROVES[1]),
    2: (actions_were_said, nothing_begins_before_it_was_said, letters_supersede, corrections_are_told, reliance_is_said,
        *order_checks.PROVES[2], *member_checks.PROVES[2], *awaited_checks.PROVES[2]),
    3: (second_person_signed, corrected_facts_have_two, heavier_needs_two, people_were_asked_first, nothing_is_decided_twice,
        together_is_interim, *nature_checks.PROVES[3], *notice_checks.PROVES[3]),
    4: (restrictions_are_finite, reviews_are_on_time, decisions_end_by_their_clock, nobody_acts_first_twice,
        what_came_first_is_decided, *nature_checks.PROVES[4], *looking_checks.PROVES[4]),
    5: (holds_are_made_once_more, *nature_checks.PROVES[5], *overturning_checks.PROVES[5]),
    7: (nobody_is_told_first, counterparts_hear_no_facts, nobody_is_told_of_nothing, those_told_hear_of_the_end,
        replaced_is_told_once, *overturning_checks.PROVES[7]),
    8: order_checks.PROVES[8],
    9: (overturned_is_decided_by_others, ended_early_takes_nothing, replaced_takes_nothing, *overturning_checks.PROVES[9]),
    10: need_checks.PROVES[10],
    11: (statuses_follow_the_record, withdrawn_before_effect, files_became_drafts_whole, leads_rest_on_a_match),
}
CHECKS: tuple[Check, ...] = tuple(check for checks in PROVES.values() for check in checks)
