"""A chargeback in plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

from tests.ledger.model import Part


@dataclass(eq=False)
class Called:
    """So much of what its client still paid is called back, besides what was only `paid_in` and what is `stopped` of refunds that
    were not sent; `known`: how many earnings there were; `end`: won or lost.

    `past`: the client has paid anew since.
    """

    ref: str
    part: Part
    claimed: int
    paid_in: int
    stopped: int
    known: int
    end: str | None = None
    taken: int = 0
    loss: int = 0
    past: bool = False
