"""Switches off one safety after the other, and tells how soon a campaign notices."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import scim_operator
from verify.campaigns.many import live
from verify.switches import SWITCHES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.switches import Switch

_FOUND = re.compile(r"^Campaign (\d+):\n  (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Noticed:
    """What became of one switch: the campaign that noticed it and what that said, or none within the time."""

    safety: str
    seconds: float
    campaign: str = ""
    sentence: str = ""

    @property
    def row(self) -> str:
        """Return it as a row of the table in docs/verification.md."""
        by = f"campaign {self.campaign}, {self.seconds:.0f} s" if self.campaign else f"not within {self.seconds:.0f} s"
        return f"| {self.safety} | {by} | {self.sentence[:100]} |"


def switched_off(minutes: float, seed: int, processes: int, only: str = "") -> Iterator[Noticed]:
    """Yield what each switch led to, of those whose words contain `only`."""
    for switch in SWITCHES:
        if only in switch.safety:
            yield _without(switch, minutes, seed, processes)


def _without(switch: Switch, minutes: float, seed: int, processes: int) -> Noticed:
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "scim_operator"
        shutil.copytree(Path(scim_operator.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
        for change in switch.changes:
            change.make(package)
        began = time.monotonic()
        while (left := minutes - (time.monotonic() - began) / 60) > 0:
            failed, sentence = _first_to_fail(folder, left, seed, processes)
            if not failed or not live(int(failed)).verdict.faults:
                break
            seed = int(failed) + 1  # it fails with all safeties on, too
        else:
            failed, sentence = "", ""
    return Noticed(switch.safety, time.monotonic() - began, failed, sentence)


def _first_to_fail(folder: str, minutes: float, seed: int, processes: int) -> tuple[str, str]:
    """Return the first campaign that fails over the operator in this folder, and as what; two times "" for none."""
    options = {"minutes": minutes, "seed": seed, "processes": processes}
    given = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    environment = {**os.environ, "PYTHONPATH": folder}
    command = [sys.executable, "-m", "verify", *given, "--first"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
    found = _FOUND.search(said.stdout)
    if found is None and said.returncode not in {0, 1}:
        raise RuntimeError(said.stderr)
    return (found[1], found[2]) if found else ("", "")
