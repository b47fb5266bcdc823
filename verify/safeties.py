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


def switched_off(minutes: float, seed: int, only: str = "") -> Iterator[Noticed]:
    """Yield what each switch led to, of those whose words contain `only`."""
    for switch in SWITCHES:
        if only in switch.safety:
            yield _without(switch, minutes, seed)


def _without(switch: Switch, minutes: float, seed: int) -> Noticed:
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "scim_operator"
        shutil.copytree(Path(scim_operator.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
        for change in switch.changes:
            change.make(package)
        began = time.monotonic()
        command = [sys.executable, "-m", "verify", "--minutes", str(minutes), "--seed", str(seed), "--first"]
        environment = {**os.environ, "PYTHONPATH": folder}
        said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
        seconds = time.monotonic() - began
    found = _FOUND.search(said.stdout)
    if found is None and said.returncode not in {0, 1}:
        raise RuntimeError(said.stderr)
    return Noticed(switch.safety, seconds, *(found.groups() if found else ()))
