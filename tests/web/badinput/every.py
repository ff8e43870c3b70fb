"""Every scene there is: loading this loads each module of scenes."""

from __future__ import annotations

import importlib
import pkgutil

import tests.web.badinput

LOADED = [
    importlib.import_module(f"tests.web.badinput.{one.name}")
    for one in pkgutil.iter_modules(tests.web.badinput.__path__) if one.name.endswith("_scenes")
]
