"""Races: two processes of four threads each on the same money; what they were told, and what the books say, is the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from portal.settings import ROOT
from tests.battery.ground import Ground, differences

PROCESSES = 2


def race(ground: Ground, folder: Path, seconds: float) -> tuple[Counter[str], list[str]]:
    """How many requests of each kind were acknowledged, and what does not fit (best nothing)."""
    facts = folder / "facts.json"
    facts.write_text(json.dumps(ground.facts), encoding="utf-8")
    files = [folder / f"answers-{n}.ndjson" for n in range(PROCESSES)]
    command = [sys.executable, "-m", "tests.battery.hammer", str(facts), str(seconds)]
    running = [
        subprocess.Popen([*command, f"p{n}", str(file)], cwd=ROOT, env={**os.environ, **ground.environment},
                         stderr=subprocess.PIPE, text=True)
        for n, file in enumerate(files)
    ]
    said = [one.communicate(timeout=seconds + 120)[1] for one in running]
    if any(one.returncode for one in running) or any("Traceback" in text for text in said):
        raise RuntimeError("\n".join(said))
    told = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return Counter(what for what, _, _ in told), differences(ground, [(one[0], one[1], one[2]) for one in told])
