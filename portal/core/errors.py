"""The few kinds of refusal that operations know; pages and API turn them into answers."""

from __future__ import annotations

from typing import Any, TypeVar

Row = TypeVar("Row")


class Refusal(Exception):
    """Something was not done. `code` is stable, `message` a sentence for people (a catalogue key), `field` the form field."""

    status = 422

    def __init__(self, code: str, message: str, *, field: str | None = None, **params: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.field, self.params = code, message, field, params


class RuleBroken(Refusal):
    """What was asked for breaks a rule: 422."""


class TooMany(RuleBroken):
    """It was tried too often: 429, with how many seconds to wait."""

    status = 429

    def __init__(self, code: str, message: str, *, seconds: int, **params: Any) -> None:
        super().__init__(code, message, **params)
        self.seconds = seconds


class Conflict(Refusal):
    """Somebody else was there first: 409, with the new facts."""

    status = 409


class NotAllowed(Refusal):
    """The person may know of it but may not do it: 403."""

    status = 403


class NotFound(Refusal):
    """It does not exist, or even its existence is private: 404."""

    status = 404

    def __init__(self, code: str = "not_found", message: str = "We found nothing here.", **params: Any) -> None:
        super().__init__(code, message, **params)


def existing(row: Row | None) -> Row:
    """What was looked for. Errors: `NotFound` where there is none."""
    if row is None:
        raise NotFound
    return row


class StepUpNeeded(Refusal):
    """The person has to show again that it is them before this: 403 with a way on."""

    status = 403

    def __init__(self) -> None:
        super().__init__("step_up", "Please confirm that it is you.")


class WrongKey(RuntimeError):
    """The secret key of this process is not the one of the records, so nothing is written with it: the operator has to see it."""

    def __init__(self) -> None:
        super().__init__(
            "PORTAL_SECRET_KEY is not the key that sealed the newest events, so nothing is written with it. Put that key back, "
            "or name it in PORTAL_FORMER_SECRET_KEYS (docs/running.md)."
        )


class Busy(Refusal):
    """The place is busy or down; nothing was done, nothing is lost: 503."""

    status = 503

    def __init__(self) -> None:
        super().__init__("busy", "We are busy. Nothing was lost. Please try again in a moment.")
