"""A marketplace of so many cases: people, accounts, contracts, money, cases, decisions and notices, in the real shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tests.benchmarks.bulk import Line, Sheet

FIRST_MS = 1_735_689_600_000
KINDS = ("report", "dispute", "report", "appeal", "report", "identity", "dispute", "action", "report", "question")
TABLES = (
    "person", "account", "member", "binding", "contract", "contract_term", "milestone", "earning", "book", "entry",
    "transfer", "case", "case_key", "case_party", "work_item", "clock", "report", "message", "exhibit", "action", "citation",
    "signature", "restriction", "statement", "notice", "delivery", "attempt", "informed", "event", "leaf", "dispute",
    "claim", "hold", "request_key", "movement",
)
NUMBERS = {name: number for number, name in enumerate(TABLES)}
SPREAD = 9_973


def key(table: str, i: int) -> str:
    """A key in the form of a UUIDv7, in the order of `i`, as 32 digits: both engines take it."""
    return f"{FIRST_MS + i * 50:012x}7{NUMBERS[table]:03x}8{i:015x}"


def ref(letter: str, i: int) -> str:
    """A public reference of the usual length, not in the order of `i`."""
    return f"{letter}-{i * 2_654_435_761 % 100_000_000:08d}"


def instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Town:
    """How many of what, and who is what of whom. Two cases and three contracts for each freelancer."""

    cases: int
    now: datetime
    clauses: tuple[UUID, ...]
    staff: tuple[UUID, ...]
    versions: tuple[str, ...]
    first_leaf: int

    @property
    def freelancers(self) -> int:
        return max(self.cases // 2, 20)

    @property
    def clients(self) -> int:
        return max(self.cases // 4, 20)

    @property
    def accounts(self) -> int:
        return self.freelancers + self.clients

    @property
    def contracts(self) -> int:
        return 3 * self.freelancers

    def client_of(self, contract: int) -> int:
        return self.freelancers + contract * 7_919 % self.clients

    def about(self, case: int) -> int:
        return case % self.freelancers

    def contract_of(self, case: int) -> int:
        return 3 * self.about(case) + case // self.freelancers % 3

    @property
    def acted(self) -> range | list[int]:
        """The cases with a decision: three of five."""
        return [case for case in range(self.cases) if case % 5 < 3]

    @property
    def contested(self) -> range:
        return range(0, self.cases, 3)

    def days(self, first: float, last: float) -> list[str]:
        """Instants spread between two days counted from now."""
        step = timedelta(days=(last - first) / SPREAD)
        return [instant(self.now + timedelta(days=first) + step * n) for n in range(SPREAD)]


def sheets(town: Town) -> Iterator[Sheet]:
    """Everything, table by table."""
    for part in (people, _contracts, _money, _cases, _said, _decisions, _statements, _notices, _log, _disputes):
        yield from part(town)


def people(town: Town) -> Iterator[Sheet]:
    """Persons, accounts, and what each accepted."""
    every = range(town.accounts)
    yield Sheet("person", ("id", "name", "email", "email_norm"), (
        (key("person", a), f"Person {a}", f"p{a}@example.org", f"p{a}@example.org") for a in every
    ), "language = 'en'")
    yield Sheet("account", ("id", "ref", "external_id", "name", "search_text"), (
        (key("account", a), ref("P", a), f"b-{a}", f"Person {a}", f"person {a}") for a in every
    ))
    yield Sheet("member", ("id", "account_id", "person_id"), (
        (key("member", a), key("account", a), key("person", a)) for a in every
    ))
    for n, version in enumerate(town.versions):
        yield Sheet("binding", ("id", "account_id"), _twins("binding", "account", every, n), f"version_id = '{version}'")


def _twins(table: str, of: str, numbers: range | list[int], n: int = 0) -> Iterator[Line]:
    """One row for each row of another table; `n` keeps several such sheets of one table apart."""
    shift = n * 10_000_000
    return ((key(table, i + shift), key(of, i)) for i in numbers)


def _contracts(town: Town) -> Iterator[Sheet]:
    every = range(town.contracts)
    yield Sheet("contract", ("id", "external_id", "ref", "title", "client_id", "freelancer_id"), (
        (key("contract", k), f"b-{k}", ref("K", k), f"Work number {k}", key("account", town.client_of(k)),
         key("account", k // 3)) for k in every
    ), "ended_on IS NULL")
    yield Sheet("contract_term", ("id", "contract_id"), _twins("contract_term", "contract", every), "number = '3'")
    for n in range(2):
        yield Sheet("milestone", ("id", "contract_id", "number"), (
            (key("milestone", 2 * k + n), key("contract", k), n + 1) for k in every
        ), "state = 'released'")


def _money(town: Town) -> Iterator[Sheet]:
    every = range(town.contracts)
    yield Sheet("earning", ("id", "source_key", "milestone_id", "account_id"), (
        (key("earning", k), f"b-{k}", key("milestone", 2 * k), key("account", k // 3)) for k in every
    ))
    yield Sheet("book", ("id", "owner_id", "earning_id", "contract_id", "balance_minor"), (
        (key("book", k), key("account", k // 3), key("earning", k), key("contract", k), 40_000) for k in every
    ), "kind = 'earning'")
    yield Sheet("entry", ("id", "source_key"), ((key("entry", k), f"b-{k}") for k in every))
    yield Sheet("transfer", ("id", "entry_id", "credit_id"), (
        (key("transfer", k), key("entry", k), key("book", k)) for k in every
    ))
    yield Sheet("movement", ("id", "entry_id", "account_id", "n", "free_minor"), (
        (key("movement", k), key("entry", k), key("account", k // 3), k % 3 + 1, 40_000 * (k % 3 + 1)) for k in every
    ), "held_minor = 0 AND under_way_minor = 0 AND paid_minor = 0 AND refunded_minor = 0 AND escrow_minor = 0")


def _cases(town: Town) -> Iterator[Sheet]:
    every, born, due = range(town.cases), town.days(-700, -2), town.days(-3, 30)
    clauses, staff = [one.hex for one in town.clauses], [None, None, None, *(one.hex for one in town.staff)]
    yield Sheet("case", ("id", "ref", "about_account_id", "created_at"), (
        (key("case", i), ref("C", i), key("account", town.about(i)), born[i * SPREAD // town.cases]) for i in every
    ))
    yield Sheet("case_key", ("id", "case_ref"), ((key("case_key", i), ref("C", i)) for i in every))
    for n, side in enumerate(("subject", "counterpart")):
        yield Sheet("case_party", ("id", "case_id", "account_id"), (
            (key("case_party", 2 * i + n), key("case", i),
             key("account", town.client_of(town.contract_of(i)) if n else town.about(i))) for i in every
        ), f"side = '{side}'")
    yield Sheet("work_item", ("id", "case_id", "kind", "subject_ref", "due_at", "assignee_id", "clause_id", "safety",
                              "stake_minor"), (
        (key("work_item", i), key("case", i), KINDS[i % 10], ref("R", i), due[i * 7 % SPREAD], staff[i % len(staff)],
         clauses[i % len(clauses)], int(i % 97 == 0), 40_000 if i % 2 else 0) for i in every
    ), "closed_at IS NULL")
    yield Sheet("work_item", ("id", "case_id", "subject_ref"), (
        (key("work_item", 10_000_000 + i), key("case", i), ref("Q", i)) for i in every if i % 2
    ), "closed_at IS NOT NULL")
    yield Sheet("clock", ("id", "case_id", "subject_ref", "due_at"), (
        (key("clock", i), key("case", i), ref("R", i), due[SPREAD // 9 + i % (SPREAD // 2)]) for i in every
    ), "case_id IS NOT NULL AND ended_at IS NULL AND paused_at IS NULL")


def _said(town: Town) -> Iterator[Sheet]:
    every = range(town.cases)
    yield Sheet("report", ("id", "ref", "case_id", "reporter_account_id"), (
        (key("report", i), ref("R", i), key("case", i), key("account", town.client_of(town.contract_of(i))))
        for i in every if i % 2
    ))
    yield Sheet("message", ("id", "ref", "case_id", "to_account_id"), (
        (key("message", 2 * i), ref("M", 2 * i), key("case", i), key("account", town.about(i))) for i in every
    ), "kind = 'question'")
    yield Sheet("message", ("id", "ref", "case_id", "from_account_id", "answers_id"), (
        (key("message", 2 * i + 1), ref("M", 2 * i + 1), key("case", i), key("account", town.about(i)),
         key("message", 2 * i)) for i in every
    ), "kind = 'answer'")
    yield Sheet("exhibit", ("id", "case_id"), _twins("exhibit", "case", every))


def _decisions(town: Town) -> Iterator[Sheet]:
    acted, begun, ended = town.acted, town.days(-60, -3), town.days(-30, 30)
    yield Sheet("action", ("id", "case_id", "ref", "account_id", "issued_at", "effective_at", "ends_at"), (
        (key("action", i), key("case", i), ref("A", i), key("account", town.about(i)), begun[i % SPREAD], begun[i % SPREAD],
         _later(begun, ended, i)) for i in acted
    ), "status = 'issued' AND measure = 'suspension'")
    yield Sheet("citation", ("id", "action_id"), _twins("citation", "action", acted))
    for n, signed_as in enumerate(("proposer", "issuer")):
        yield Sheet("signature", ("id", "action_id"), _twins("signature", "action", acted, n), f"signed_as = '{signed_as}'")
    yield Sheet("restriction", ("id", "action_id", "starts_at", "ends_at"), (
        (key("restriction", i), key("action", i), begun[i % SPREAD], _later(begun, ended, i)) for i in acted
    ))


def _later(begun: list[str], ended: list[str], i: int) -> str:
    """An end after its beginning: about half are over, half are in effect."""
    return max(ended[i * 31 % SPREAD], begun[-1]) if i % 2 else ended[SPREAD // 2 + i * 31 % (SPREAD // 2)]


def _statements(town: Town) -> Iterator[Sheet]:
    yield Sheet("statement", ("id", "action_id"), _twins("statement", "action", town.acted))


def _notices(town: Town) -> Iterator[Sheet]:
    """The statement to the person, and what one client heard of it, each in the inbox and mailed."""
    acted, told = town.acted, town.days(-60, -2)
    columns = ("id", "event_id", "recipient_id", "account_id", "about_ref", "target", "created_at")

    def notice(n: int, who: Callable[[int], int], target: Callable[[int], str]) -> Iterator[Line]:
        return ((key("notice", 2 * i + n), key("event", 2 * i), key("person", who(i)), key("account", who(i)), ref("A", i),
                 target(i), told[i % SPREAD]) for i in acted)

    yield Sheet("notice", columns, notice(0, town.about, lambda i: f"/me/actions/{ref('A', i)}"), "kind = 'statement'")
    yield Sheet("notice", columns, notice(
        1, lambda i: town.client_of(town.contract_of(i)), lambda i: f"/collaborators/{ref('P', town.about(i))}"
    ), "kind = 'counterpart_action'")
    numbers = [2 * i + n for i in acted for n in range(2)]
    yield Sheet("delivery", ("id", "notice_id"), _twins("delivery", "notice", numbers),
                "channel = 'inbox' AND result = 'sent'")
    yield Sheet("delivery", ("id", "notice_id", "message_id", "informs_at"), (
        (key("delivery", 10_000_000 + m), key("notice", m), f"<{key('delivery', m)}@notices.portal>", None) for m in numbers
    ), "channel = 'email' AND result = 'sent'")
    yield Sheet("attempt", ("id", "delivery_id"), (
        (key("attempt", m), key("delivery", 10_000_000 + m)) for m in numbers
    ))
    yield Sheet("informed", ("id", "notice_id"), _twins("informed", "notice", numbers[::2]))


def _log(town: Town) -> Iterator[Sheet]:
    acted, at = town.acted, town.days(-60, -2)
    yield Sheet("event", ("id", "at", "case_ref", "subject_ref"), (
        (key("event", 2 * i), at[i % SPREAD], ref("C", i), ref("A", i)) for i in acted
    ), "kind = 'action.issued'")
    yield Sheet("event", ("id", "at", "case_ref", "subject_ref"), (
        (key("event", 2 * i + 1), at[i % SPREAD], ref("C", i), ref("C", i)) for i in range(town.cases)
    ), "kind <> 'action.issued' AND case_ref IS NOT NULL")
    numbers = [2 * i for i in acted] + [2 * i + 1 for i in range(town.cases)]
    yield Sheet("leaf", ("id", "seq", "event_id"), (
        (key("leaf", n), town.first_leaf + n, key("event", m)) for n, m in enumerate(numbers)
    ))
    yield Sheet("request_key", ("id", "key"), ((key("request_key", i), f"b{i}") for i in range(town.cases)))


def _disputes(town: Town) -> Iterator[Sheet]:
    contested, about, of = town.contested, town.about, town.contract_of
    yield Sheet("claim", ("id", "ref", "case_id", "contract_id", "milestone_id", "claimant_account_id"), (
        (key("claim", i), ref("L", i), key("case", i), key("contract", of(i)), key("milestone", 2 * of(i)),
         key("account", town.client_of(of(i)))) for i in contested
    ), "claimant = 'counterpart'")
    yield Sheet("hold", ("id", "ref", "claim_id", "account_id", "cause_event_id"), (
        (key("hold", i), ref("H", i), key("claim", i), key("account", about(i)), key("event", 2 * i + 1)) for i in contested
    ), "ended_at IS NULL")
    yield Sheet("dispute", ("id", "ref", "case_id", "claim_id", "contract_id", "milestone_id", "opened_by_account_id"), (
        (key("dispute", i), ref("D", i), key("case", i), key("claim", i), key("contract", of(i)),
         key("milestone", 2 * of(i)), key("account", town.client_of(of(i)))) for i in contested
    ))
    yield Sheet("book", ("id", "owner_id", "earning_id", "contract_id", "hold_id"), (
        (key("book", 10_000_000 + i), key("account", about(i)), key("earning", of(i)), key("contract", of(i)),
         key("hold", i)) for i in contested
    ), "kind = 'held'")
