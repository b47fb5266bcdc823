"""`scim-operator run` and `simulate` as processes of their own, as a person starts them."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools.cluster import processes
from tools.cluster.controlplane import free_ports
from tools.cluster.progress import tail, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PROGRAM = Path(sys.executable).with_name("scim-operator")
START_SECONDS = 180.0
STOP_SECONDS = 60.0
TOKEN = "replayed-and-public"  # noqa: S105 - the simulator's, on loopback


class ProgramError(Exception):
    """A program did not start, or ended too early; the message has the end of its log."""


@dataclass
class Program:
    """A running program; its output is in `log`, and it listens at HOST:PORT `listen`."""

    process: subprocess.Popen[bytes]
    log: Path
    listen: str = ""

    @property
    def rss(self) -> int:
        """Return the resident memory in bytes."""
        shown = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self.process.pid)], capture_output=True, text=True, check=True
        )
        return int(shown.stdout) * 1024

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL: it gets no chance to finish anything."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that takes too long."""
        if self.running:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_simulator(log: Path, *options: str) -> tuple[Program, str]:
    """Start a simulated service on a free port; the answer has its SCIM base URL."""
    program = _start(["simulate", "--port=0", f"--token={TOKEN}", *options], log)

    def ready() -> str:
        found = re.search(r"Ready at (\S+)", log.read_text())
        return found[1] if found else ""

    _await(program, lambda: bool(ready()))
    return program, ready()


def start_operator(log: Path, kubeconfig: Path, watched: str, *options: str, installed: Path = PROGRAM) -> Program:
    """Start the operator with the option that says what is `watched`, and more, and wait until it has listed that."""
    [port] = free_ports(1)
    listen = f"127.0.0.1:{port}"
    program = _start(
        [
            "run",
            "--allow-insecure-services",
            f"--kubeconfig={kubeconfig}",
            watched,
            f"--listen={listen}",
            "--log-format=text",
            "--log-level=warning",
            f"--log-store=sqlite:///{log.with_suffix('.sqlite')}",
            *options,
        ],
        log,
        installed,
    )
    program.listen = listen
    _await(program, lambda: _answers(f"http://{listen}/readyz"))
    return program


def _start(arguments: Sequence[str], log: Path, installed: Path = PROGRAM) -> Program:
    return Program(processes.spawn([str(installed), *arguments], log, die_with_parent=True), log)


def _await(program: Program, ready: Callable[[], bool]) -> None:
    wait_until(lambda: not program.running or ready(), f"waiting for {program.log.stem}", limit=START_SECONDS)
    if not program.running or not ready():
        program.stop()
        raise ProgramError(f"{program.log.stem} did not start; the end of its log:\n{tail(program.log)}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - http on loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
