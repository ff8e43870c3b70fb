"""What all breaks are made of: who owns the database breaks exactly what one sentence of `flask verify` says, in one row."""

from __future__ import annotations

from dataclasses import dataclass

LONG_AGO = "'2024-01-01T00:00:00.000000Z'"
FAR_AHEAD = "'2099-01-01T00:00:00.000000Z'"


@dataclass(frozen=True)
class Break:
    """`row` finds the reference or key that a violation has to name; `hand` then breaks the promise there, as `:row`.

    `says` is the sentence that names the row, as the code writes it, with "…" for each value in it. `without` names the
    constraints and unique indexes ("table.name") that are taken away before.
    """

    query: str
    says: str
    row: str
    hand: tuple[str, ...]
    without: tuple[str, ...] = ()


def first(table: str, where: str, column: str = "ref") -> str:
    """The oldest row for which that is true."""
    return f'SELECT {column} FROM {table} WHERE {where} ORDER BY id LIMIT 1'


IN_EFFECT = (
    "SELECT ref FROM action WHERE nature = 'conduct' AND member_id IS NULL AND status = 'issued' AND reversed_at IS NULL "
    "AND lifted_at IS NULL ORDER BY id DESC LIMIT 1"
)
TAKEN_BACK = first("action", "status = 'withdrawn'")
SETTLES = "SELECT k.ref FROM contract k JOIN contract_choice c ON c.contract_id = k.id WHERE c.way = 'settle'"
THE_ACTION = "(SELECT id FROM action WHERE ref = :row)"
OUTSIDE = (
    "SELECT n.id FROM notice n JOIN action a ON a.ref = n.about_ref WHERE n.kind = 'counterpart_action' "
    "AND a.reversed_at IS {}NULL ORDER BY n.id LIMIT 1"
)
REPLACING = first("action", "supersedes_id IS NOT NULL")
