"""Who notices that a safety is off: the simulation, and the tests. The whole operator must pass the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verify.safeties.copy import ROOT, WHOLE, environment, without
from verify.safeties.hunt import Found, again
from verify.safeties.testing import first_red

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from verify.safeties.switch import Switch


@dataclass(frozen=True, slots=True)
class Noticed:
    """By whom a switch was noticed, "" for by no one, after how many seconds of a processor, and what was said."""

    by: str
    seconds: float
    sentence: str = ""


def by_simulation(switch: Switch, seconds: float, seed: int) -> Noticed:
    """Return the first campaign, crash or view that fails without the safety, and not with it."""
    with without(switch) as folder:
        for found in _hunted(folder, switch, seconds, seed):
            if again(found.suite, found.case) is None:
                return Noticed(f"{found.suite} `{found.case}`", found.seconds, found.sentence)
    return Noticed("", seconds)


def by_tests(switch: Switch) -> Noticed:
    """Return the first test that fails without the safety, and not with it."""
    began, sick = _spent(), list[str]()
    with without(switch) as folder:
        while True:
            red, took = first_red(folder, switch.tests, but=sick), _spent() - began
            if not red.test:
                return Noticed("", took)
            if not first_red(WHOLE, [red.test]).test:
                return Noticed(f"`{red.test.removeprefix('tests/')}`", took, red.sentence)
            sick.append(red.test)


def _spent() -> float:
    """Return the seconds of a processor that ended children have taken."""
    times = os.times()
    return times.children_user + times.children_system


def _hunted(folder: Path, switch: Switch, seconds: float, seed: int) -> Iterator[Found]:
    command = [sys.executable, "-m", "verify.safeties.hunt", str(seconds), str(seed), *switch.places]
    with subprocess.Popen(command, cwd=ROOT, env=environment(folder), stdout=subprocess.PIPE, text=True) as hunter:  # noqa: S603 - ourselves
        assert hunter.stdout is not None  # noqa: S101 - a pipe
        try:
            for line in hunter.stdout:
                yield Found(**json.loads(line))
        finally:
            hunter.kill()
    if hunter.returncode > 0:
        raise RuntimeError(f"{' '.join(command)} ended with {hunter.returncode}")
