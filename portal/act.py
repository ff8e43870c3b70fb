"""The one way to write: lock, begin, once per request key, what is due first, the operation, commit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import bindparam, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from portal.cases.operations import settle
from portal.core.access import Actor
from portal.core.clock import Clock
from portal.core.database import Database, passes
from portal.core.errors import Busy, Conflict, RuleBroken
from portal.core.ids import new_id
from portal.core.keys import Keyring
from portal.core.text import canonical, sha256
from portal.core.work import Operation, Work
from portal.log.models import RequestKey
from portal.log.operations import require_named
from portal.log.seals import require_own_log
from portal.scopes import scope_of

Made = TypeVar("Made")
TRIES = 3
TWIN = "request_key"
_KNOWN = select(RequestKey.body_sha256, RequestKey.answer).where(
    RequestKey.actor == bindparam("actor"), RequestKey.key == bindparam("key")
)


@dataclass(frozen=True, slots=True)
class Office:
    """What every act needs: the database, the clock, the keys. One for each process; tests pass their own clock."""

    database: Database
    clock: Clock
    keyring: Keyring
    marketplace: str = "Northlight"
    country: str = ""

    def work(self, session: Session, actor: Actor) -> Work:
        return Work(session, self.clock(), actor, self.keyring, self.marketplace, self.country)


def act(office: Office, operation: Operation, actor: Actor, key: str, /, **args: Any) -> dict[str, Any]:
    """Carries out one operation in one transaction and returns its answer (a small JSON-able dict of references).

    The same actor, key and arguments again give the same answer and no second effect; other arguments under the same
    key are refused (`key_reused`). Errors: those of the operation; `Busy` after 5 s without the write lock; `WrongKey`.
    """
    body = sha256(canonical([operation.__name__, {name: _told(value) for name, value in args.items()}]))
    for attempt in range(TRIES):
        try:
            with office.database.write() as session:
                return _once(office, session, operation, actor, key, body, args)
        except IntegrityError as error:
            if TWIN not in str(error.orig) or attempt + 1 == TRIES:
                raise _clash(error) from error
        except OperationalError as error:
            if not passes(error):
                raise
            if attempt + 1 == TRIES:
                raise Busy from error
    raise Busy


def rehearse(office: Office, operation: Callable[..., Made], actor: Actor, /, **args: Any) -> Made:
    """What an operation would answer now: it is carried out, and all of it is taken back.

    Errors: those of the operation; `Busy` after 5 s without the write lock.
    """
    try:
        with office.database.write() as session:
            try:
                return operation(office.work(session, actor), **args)
            finally:
                session.rollback()
    except OperationalError as error:
        if not passes(error):
            raise
        raise Busy from error


def by(office: Office, actor: Actor) -> tuple[Callable[..., dict[str, Any]], Callable[..., Any]]:
    """`act` and `rehearse` as one actor, for what is carried out in several acts: `do(operation, key, **args)`, `look(operation,
    **args)`."""
    def do(operation: Operation, key: str, /, **args: Any) -> dict[str, Any]:
        return act(office, operation, actor, key, **args)

    def look(operation: Callable[..., Made], /, **args: Any) -> Made:
        return rehearse(office, operation, actor, **args)

    return do, look


def _told(value: Any) -> Any:
    """An argument as the request key sees it."""
    return value.plain() if hasattr(value, "plain") else value


def _once(
    office: Office, session: Session, operation: Operation, actor: Actor, key: str, body: str, args: dict[str, Any]
) -> dict[str, Any]:
    known = session.execute(_KNOWN, {"actor": actor.name, "key": key}).one_or_none()
    if known is not None:
        return _same_answer(known.body_sha256, known.answer, body)
    require_own_log(session, office.keyring)
    work = office.work(session, actor)
    spent = RequestKey(id=new_id(), created_at=work.now, actor=actor.name, key=key, body_sha256=body, answer="")
    session.add(spent)
    session.flush()
    settle_due(work, args)
    answer = operation(work, **args)
    require_named(work)
    spent.answer = canonical(answer)
    return answer


def _same_answer(known_body: str, answer: str, body: str) -> dict[str, Any]:
    if known_body != body:
        message = "This form was already sent with other content. Reload the page and try again."
        raise RuleBroken("key_reused", message)
    result: dict[str, Any] = json.loads(answer)
    return result


def _clash(error: DBAPIError) -> Exception:
    """Two people met at one place and the database kept one of them: the other hears it as a conflict."""
    if "UNIQUE" in str(error.orig).upper():
        return Conflict("met", "Somebody else was faster. Reload the page to see what changed.")
    return error


def settle_due(work: Work, args: dict[str, Any]) -> None:
    """Whatever is due in the cases and accounts that this act touches happens first, counted from its due time."""
    scope = scope_of(work.db, args)
    settle(work, scope.case_ids, scope.account_ids)
