"""The worker: settles what is due, delivers, puts the log in order and signs it, round after round; sweeps once a day."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import rooms
from portal.accounts.throttles import forget_tries
from portal.act import Office, act
from portal.cases.clocks import due_scopes
from portal.cases.models import Case
from portal.core.access import WORKER, Permission
from portal.core.ids import new_id
from portal.core.store import FolderStore
from portal.core.work import Work
from portal.disputes.chargeback_losses import book_rest, rests_not_booked
from portal.documents.operations import erase_document
from portal.documents.queries import retention_due
from portal.documents.sweeping import sweep
from portal.enforcement.looking import reports_to_sort
from portal.enforcement.receiving import sort_by_reference
from portal.ledger.refunds import look_after_refund, refunds_nobody_has
from portal.log.checkpoints import Signer, folder_of, origin_of
from portal.log.sequencer import sequence
from portal.notices.delivery import Post, deliver, release
from portal.notices.journal import Journal
from portal.notices.links import links_asked, send_asked_links
from portal.notices.lookout import Lookout
from portal.notices.mailer import Mailer
from portal.notices.operations import presume_informed
from portal.notices.outgoing import route_messages, strays
from portal.notices.outgoing_erasing import erase_messages, messages_due
from portal.notices.queries import cases_presumed_informed
from portal.notices.rule_changes import announce
from portal.notices.told import settle_tellings, tellings_due
from portal.notices.webhooks import Courier, post_messages
from portal.settings import Settings
from portal.surviving import Survived, log_line

ROUND_SECONDS = 1.0
LONGEST_REST_SECONDS = 60.0
SIGN_EVERY = timedelta(minutes=1)
WHOLE_EVERY_ROUNDS = 3600
STRAYS_EVERY_ROUNDS = 60
TRY_AGAIN = timedelta(minutes=5)
SWEEP_EVERY = timedelta(days=1)
RULES_SECONDS = 5.0
"""How long a step about new rules goes on before the other steps have their turn; it goes on in the next round."""
Scope = tuple[UUID | None, UUID | None]
Found = TypeVar("Found")


@dataclass(slots=True)
class Tally:
    """What one round did, and what it could not do."""

    settled: int = 0
    sorted: int = 0
    links: int = 0
    released: int = 0
    sent: int = 0
    waiting: int = 0
    failed: int = 0
    informed: int = 0
    sequenced: int = 0
    signed: int = 0
    erased: int = 0
    swept: int = 0
    announced: int = 0
    told: int = 0
    posted: int = 0
    unposted: int = 0
    troubles: int = 0

    def __str__(self) -> str:
        return " ".join(f"{name}={count}" for name, count in asdict(self).items())


class Worker:
    """One worker and what it remembers between rounds. Any number of workers can run side by side."""

    def __init__(self, office: Office, mailer: Mailer, settings: Settings) -> None:
        assert rooms.LOADED
        self.office = office
        self.post = Post(mailer, settings.mail_from, settings.base_url, Journal(settings.instance / "outbox"))
        folder, origin = folder_of(settings.checkpoints_url), origin_of(settings.base_url)
        self._signer = Signer(office.database, folder, settings.signing_key, origin)
        self._store = FolderStore(settings.documents_path)
        self._signed_at: datetime | None = None
        self._swept_at: datetime | None = None
        self._courier = Courier(settings.webhook_networks)
        self._lookout = Lookout()
        self._put_off: dict[Scope, datetime] = {}
        self._rounds = 0

    def round(self, *, sign_every: timedelta = timedelta(0)) -> Tally:
        """Does everything that is due now. A step that fails is logged and the others go on."""
        tally = Tally()
        steps: tuple[tuple[str, Callable[[Tally], None]], ...] = (
            ("settle", self._settle), ("sort", self._sort), ("links", self._links), ("inform", self._inform),
            ("announce", self._announce),
            ("deliver", self._deliver), ("told", self._told), ("post", self._post), ("sweep", self._sweep),
            ("sequence", self._sequence),
        )
        for name, step in steps:
            with Survived(name, tally):
                step(tally)
        if self._signed_at is None or self.office.clock() - self._signed_at >= sign_every:
            with Survived("sign", tally):
                self._sign(tally)
        self._rounds += 1
        return tally

    def close(self) -> None:
        if self.post.journal is not None:
            self.post.journal.close()

    def _asks(self, question: Callable[..., Found], *given: Any) -> Found:
        """What a question to the database is answered with."""
        with self.office.database.read() as session:
            return question(session, *given)

    def _sort(self, tally: Tally) -> None:
        """Reports that name an account by its reference are put into a case."""
        if self._asks(reports_to_sort):
            tally.sorted += act(self.office, sort_by_reference, WORKER, str(new_id()))["sorted"]

    def _settle(self, tally: Tally) -> None:
        """Each case and account with a lapsed clock in an act of its own; what fails is put off for five minutes."""
        now = self.office.clock()
        self._put_off = {scope: until for scope, until in self._put_off.items() if until > now}
        while scopes := self._due():
            for (case_id, account_id), case_ref in scopes.items():
                self._put_off[case_id, account_id] = now + TRY_AGAIN
                with Survived("settle", tally, case=case_ref, account=account_id):
                    act(self.office, settle, WORKER, str(new_id()), case_ref=case_ref, account_id=account_id)
                    del self._put_off[case_id, account_id]
                    tally.settled += 1

    def _due(self) -> dict[Scope, str | None]:
        with self.office.database.read() as session:
            due = due_scopes(self.office.work(session, WORKER), limit=100 + len(self._put_off))
            found = [scope for scope in due if scope not in self._put_off]
            return dict(zip(found, _case_refs(session, [case_id for case_id, _ in found]), strict=True))

    def _links(self, tally: Tally) -> None:
        """Links that people asked for who cannot sign in."""
        while self._asks(links_asked):
            done = act(self.office, send_asked_links, WORKER, str(new_id()))
            tally.links += done["links"]

    def _inform(self, tally: Tally) -> None:
        with self.office.database.read() as session:
            cases = cases_presumed_informed(session, self.office.clock())
        for case_ref in cases:
            with Survived("inform", tally, case=case_ref):
                answer = act(self.office, presume_informed, WORKER, str(new_id()), case_ref=case_ref)
                tally.informed += answer["informed"]

    def _announce(self, tally: Tally) -> None:
        """New rules to every account, batch by batch; who was told is known from the rows, so any worker can go on."""
        now, started = self.office.clock(), time.monotonic()
        with self.office.database.read() as session:
            due = self._lookout.due(session, now)
        for version_id in due:
            while time.monotonic() - started < RULES_SECONDS and self._somebody_untold(version_id, now):
                after = self._lookout.after(version_id)
                done = act(self.office, announce, WORKER, str(new_id()), version_id=version_id, after=after)
                tally.announced += done["accounts"]
                self._lookout.told(version_id, done["last"])

    def _somebody_untold(self, version_id: UUID, now: datetime) -> bool:
        with self.office.database.read() as session:
            return self._lookout.finds(session, version_id, now)

    def _told(self, tally: Tally) -> None:
        """Since when each account is told of new rules, once their notices were sent."""
        started = time.monotonic()
        while time.monotonic() - started < RULES_SECONDS and self._asks(tellings_due, self.office.clock()):
            done = act(self.office, settle_tellings, WORKER, str(new_id()))
            tally.told += done["told"]
            if not done["looked_at"]:
                return

    def _deliver(self, tally: Tally) -> None:
        """Inbox first, then mail; a mail that was accepted may let go what waited for it."""
        while True:
            released = release(self.office)
            counts: Counter[str] = deliver(self.office, self.post)
            tally.released += released
            tally.sent, tally.waiting = tally.sent + counts["sent"], tally.waiting + counts["waiting"]
            tally.failed, tally.troubles = tally.failed + counts["failed"], tally.troubles + min(counts["down"], 1)
            if counts["down"]:
                log_line("mail.down", level=logging.WARNING, waiting=counts["down"])
            if not released and not counts["sent"]:
                return

    def _post(self, tally: Tally) -> None:
        """Messages to the marketplace's addresses."""
        if self._rounds % STRAYS_EVERY_ROUNDS == 0 and self._asks(strays):
            act(self.office, route_messages, WORKER, str(new_id()))
        counts = post_messages(self.office, self._courier)
        tally.posted, tally.unposted = counts["sent"], counts["waiting"] + counts["failed"]
        if counts["down"]:
            tally.troubles += 1
            log_line("webhook.down", level=logging.WARNING, waiting=counts["down"])

    def _sweep(self, tally: Tally) -> None:
        """Once a day: gives somebody what nobody has, books what earlier versions left, forgets old tries, erases what was kept
        long enough, sweeps the store, and has the tables counted."""
        now = self.office.clock()
        if self._swept_at is not None and now - self._swept_at < SWEEP_EVERY:
            return
        for ref in self._asks(refunds_nobody_has):
            with Survived("look_after", tally, refund=ref):
                act(self.office, look_after_refund, WORKER, str(new_id()), refund_ref=ref)
        for ref in self._asks(rests_not_booked):
            with Survived("book_rest", tally, chargeback=ref):
                act(self.office, book_rest, WORKER, str(new_id()), chargeback_ref=ref)
        with Survived("forget", tally):
            act(self.office, forget_tries, WORKER, str(new_id()))
        with Survived("forget", tally):
            while self._asks(messages_due, now):
                act(self.office, erase_messages, WORKER, str(new_id()))
        tried: set[str] = set()
        while due := self._kept_long_enough(now, tried):
            for ref in due:
                tried.add(ref)
                with Survived("erase", tally, document=ref):
                    gone = act(self.office, erase_document, WORKER, str(new_id()), document_ref=ref, reason="retention")
                    tally.erased += 1
                    self._store.delete(gone["store_key"])
        with Survived("count", tally):
            self.office.database.count_for_planner()
        with self.office.database.read() as session:
            swept = sweep(session, self._store, now)
        tally.swept, self._swept_at = swept.removed + swept.parts, now
        for ref in swept.missing:
            log_line("document.missing", level=logging.ERROR, document=ref)

    def _kept_long_enough(self, now: datetime, tried: set[str]) -> list[str]:
        with self.office.database.read() as session:
            return [ref for ref in retention_due(session, now, limit=100 + len(tried)) if ref not in tried]

    def _sequence(self, tally: Tally) -> None:
        tally.sequenced = sequence(self.office, whole=self._rounds % WHOLE_EVERY_ROUNDS == 0)

    def _sign(self, tally: Tally) -> None:
        head = self._signer.checkpoint(self.office.clock())
        if head is not None:
            self._signed_at, tally.signed = self.office.clock(), head.size


def _case_refs(session: Session, case_ids: list[UUID | None]) -> list[str | None]:
    known = dict(session.execute(select(Case.id, Case.ref).where(Case.id.in_([key for key in case_ids if key]))).all())
    return [known[key] if key else None for key in case_ids]


def settle(work: Work, *, case_ref: str | None = None, account_id: UUID | None = None) -> dict[str, Any]:
    """Nothing of its own: `act` has run whatever was due in this case or account before it got here."""
    work.require(Permission.RUN_CLOCKS)
    return {"case": case_ref, "account": str(account_id) if account_id else None}


def run_once(office: Office, mailer: Mailer, settings: Settings) -> Tally:
    """One round of everything, the log signed at its end."""
    worker = Worker(office, mailer, settings)
    try:
        return worker.round()
    finally:
        worker.close()


def run_forever(office: Office, mailer: Mailer, settings: Settings, stop: threading.Event) -> None:
    """Rounds until `stop` is set, a second apart; while something is in trouble, further apart, up to a minute."""
    worker, rest = Worker(office, mailer, settings), ROUND_SECONDS
    log_line("worker.started")
    try:
        while not stop.wait(rest):
            started = time.monotonic()
            tally = worker.round(sign_every=SIGN_EVERY)
            rest = min(rest * 2, LONGEST_REST_SECONDS) if tally.troubles else ROUND_SECONDS
            if any(asdict(tally).values()):
                log_line("worker.round", seconds_ms=int((time.monotonic() - started) * 1000), **asdict(tally))
    finally:
        worker.close()
        log_line("worker.stopped")
