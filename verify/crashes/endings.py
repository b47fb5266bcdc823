"""How each scenario ends where nothing goes wrong, as it is written down: by it, a scenario judges itself.

`python -m verify.crashes endings` writes `endings.json` again, once it is right that a scenario ends otherwise.
"""

from __future__ import annotations

import functools
import json
from dataclasses import asdict
from pathlib import Path

from verify.crashes.ending import Ending
from verify.crashes.play import play
from verify.crashes.scenarios import SCENARIOS

FILE = Path(__file__).with_name("endings.json")


@functools.cache
def endings() -> dict[str, Ending]:
    """Return the endings that are written down, by scenario."""
    read = json.loads(FILE.read_text())
    return {name: Ending(**{part: tuple(lines) for part, lines in parts.items()}) for name, parts in read.items()}


def write_endings(seed: int = 1) -> None:
    """Play every scenario, and write down how it ends. Raises where one breaks a promise."""
    found = {}
    for name, scenario in SCENARIOS.items():
        played = play(scenario, seed)
        if played.trouble or played.ending is None:
            raise AssertionError(f"{name}: {played.trouble}")
        found[name] = asdict(played.ending)
    FILE.write_text(json.dumps(found, indent=1) + "\n")
