"""What a command takes: it runs in a process of its own, which says its CPU and its most memory as it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from tools.cluster.progress import say
from tools.measure.weighing import MEBIBYTE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOTING = """
import atexit, json, resource, sys
file = sys.argv.pop(1)

def note():
    used = resource.getrusage(resource.RUSAGE_SELF)
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))
    with open(file, "w") as out:
        json.dump([used.ru_utime + used.ru_stime, peak], out)

atexit.register(note)
"""
"""What a process does before all else. The peak that `getrusage` knows is inherited from who started it."""
OURS = 'from scim_operator.cli import main\nmain(prog_name="scim-operator")\n'


class CommandError(Exception):
    """A command ended with another status than 0; the message has the end of what it said."""


@dataclass(frozen=True)
class Ran:
    """A command that succeeded: what it said, its CPU and real seconds, and the most bytes that were resident."""

    stdout: str
    stderr: str
    cpu: float
    seconds: float
    peak: int

    def __str__(self) -> str:
        return f"{self.cpu:.1f} s of CPU, {self.peak / MEBIBYTE:.0f} MiB"


def run(*arguments: str, **env: str) -> Ran:
    """Run `scim-operator` with these arguments. Errors: CommandError."""
    return run_python(OURS, arguments, env)


def run_python(program: str, arguments: Sequence[str], env: Mapping[str, str]) -> Ran:
    """Run a program of Python. Errors: CommandError."""
    with tempfile.TemporaryDirectory() as folder:
        used = Path(folder) / "used"
        command = [sys.executable, "-c", NOTING + program, str(used), *arguments]
        began = monotonic()
        done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=False)
        seconds = monotonic() - began
        if done.returncode != 0:
            raise CommandError(f"{' '.join(arguments[:2])} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        cpu, peak = json.loads(used.read_text())
    ran = Ran(done.stdout, done.stderr, cpu, seconds, peak)
    say(f"{' '.join(arguments[:2])}: {ran}")
    return ran
