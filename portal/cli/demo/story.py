"""The story that is left untouched before its first step: Stacy's photo app, and Tim with $2,150."""

from __future__ import annotations

from functools import partial

from portal.cli.demo.stage import Stage


def prepare(stage: Stage) -> None:
    """Tim has $400 of Stacy's first milestone, released ten days ago, and the rest from other clients."""
    for name, language, zone, days in (
        ("Stacy", "en", "America/Chicago", 1900), ("Tim", "en", "America/New_York", 1130),
        ("Bea", "es", "America/Bogota", 900), ("Carl", "en", "Europe/Berlin", 700),
    ):
        stage.at(days, partial(stage.join, name, language=language, zone=zone, days_ago=days))
    stage.at(90, lambda: stage.destination(stage.players["tim"], 90))
    photo: list[tuple[str, int, float | None]] = [("Design", 400, 10), ("First version", 400, None), ("Launch", 400, None)]
    _contract(stage, "k-photo", "Photo app", "stacy", 24, photo)
    _contract(stage, "k-images", "Image hosting transfer", "bea", 120, [("Move", 900, 40), ("Check", 300, 20)])
    _contract(stage, "k-shop", "Shop pages", "carl", 200, [("Pages", 550, 35)], ended=30)


def _contract(
    stage: Stage, key: str, title: str, client: str, started: float, milestones: list[tuple[str, int, float | None]],
    ended: float | None = None,
) -> None:
    """A contract of Tim's, put on record on the day on which it begins."""
    stage.at(started, lambda: stage.contract(
        key, title, stage.players[client], stage.players["tim"], started, milestones, ended
    ))
