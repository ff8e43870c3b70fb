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
    stage.at(10, lambda: contracts(stage))


def contracts(stage: Stage) -> None:
    stacy, tim, bea, carl = (stage.players[key] for key in ("stacy", "tim", "bea", "carl"))
    stage.contract(
        "k-photo", "Photo app", stacy, tim, 24, [("Design", 400, 10), ("First version", 400, None), ("Launch", 400, None)]
    )
    stage.contract("k-images", "Image hosting transfer", bea, tim, 120, [("Move", 900, 40), ("Check", 300, 20)])
    stage.contract("k-shop", "Shop pages", carl, tim, 200, [("Pages", 550, 35)], ended=30)
