"""Long steps that show progress: a line every ten seconds, and the end of the log when they fail."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

EVERY_SECONDS = 10.0


class ClusterError(Exception):
    """Something the person at the keyboard can fix; the message says how."""


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def wait_until(done: Callable[[], bool], what: str, *, limit: float, step: float = 0.05) -> bool:
    """Poll `done` every `step` seconds, printing `what` it waits for; return False after `limit` seconds."""
    start = time.monotonic()
    next_line = EVERY_SECONDS
    while not done():
        elapsed = time.monotonic() - start
        if elapsed > limit:
            return False
        if elapsed > next_line:
            say(f"{what} … {elapsed:.0f} s")
            next_line += EVERY_SECONDS
        time.sleep(step)
    return True


def run(command: Sequence[str], what: str, *, log: Path, cwd: Path, env: Mapping[str, str]) -> None:
    """Run a command with its output in `log`; ClusterError with the log's end when it fails."""
    say(what)
    start = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_until(lambda: process.poll() is not None, what, limit=float("inf"), step=0.2)
        finally:
            _end(process)
    if process.returncode != 0:
        raise ClusterError(f"{what} failed; the end of its output:\n{tail(log)}")
    say(f"{what}: done in {time.monotonic() - start:.0f} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        process.wait()


def tail(log: Path, lines: int = 15) -> str:
    """Return the last lines of a log, or nothing where there is no log."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
