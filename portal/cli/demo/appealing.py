"""Appeals of the demo, in every stage, and identity checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.cli.demo.cases import Plot


def appeal_later(plot: Plot) -> None:
    """Nothing yet."""
