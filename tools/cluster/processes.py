"""Child processes that die with their parent, or that another process can recognise later."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def spawn(command: Sequence[str], log: Path, *, die_with_parent: bool) -> subprocess.Popen[bytes]:
    """Start a process with its output in `log`, in a session of its own so that a Ctrl-C of ours passes it by."""
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_death_wish() if die_with_parent else None,  # noqa: PLW1509 - two system calls, no lock
        )


def _death_wish() -> Callable[[], None] | None:
    """Return a call for the child before exec: the kernel then kills it when we die, by SIGKILL too (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return ask


def started_at(pid: int) -> str | None:
    """Return a mark of one process's start, so that a reused pid is never taken for it; None when it is gone."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        return _from_proc(stat)
    listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip() or None


def _from_proc(stat: Path) -> str | None:
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]  # proc(5): state, and field 22, the start time


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a running process, its own and the system's; 0 where the system does not report it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_same(pid: int, mark: str) -> bool:
    """Return whether the process recorded as `pid` with `mark` still runs."""
    return started_at(pid) == mark


def end(pid: int, mark: str, *, patience: float = 5.0) -> None:
    """Ask one recorded process to end, and kill it when it does not; never any other."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not _signal(pid, mark, number):
            return
        deadline = time.monotonic() + patience
        while is_same(pid, mark) and time.monotonic() < deadline:
            time.sleep(0.02)


def _signal(pid: int, mark: str, number: signal.Signals) -> bool:
    if not is_same(pid, mark):
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
