"""What a server has loaded is not looked through again."""

import subprocess
import sys

LOADED = """
import gc, portal.app
from portal.core.memory import OBJECTS, settle
many = len(gc.get_objects())
settle()
print(many > 10_000, len(gc.get_objects()) < many / 100, gc.get_freeze_count() > many / 2, gc.get_threshold()[0] == OBJECTS)
"""


def test_only_what_is_new_is_looked_through() -> None:
    said = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["True"] * 4
