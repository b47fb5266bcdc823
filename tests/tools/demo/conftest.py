"""The demo as a process of its own, with a temporary folder that the test can look into afterwards."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.waiting import HANG
from tools.cluster.progress import wait_until

if TYPE_CHECKING:
    import signal
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]


def spent_on_children() -> float:
    """Seconds of processor of all processes that have been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Demo:
    """A running demo; `left` is what it has left behind in its temporary folder."""

    popen: subprocess.Popen[bytes]
    log: Path
    scratch: Path
    spent_before: float = field(default_factory=spent_on_children)

    @property
    def spent(self) -> float:
        """Seconds of processor that it and its processes took, once it has ended; a busy machine does not add to it."""
        return spent_on_children() - self.spent_before

    @property
    def output(self) -> str:
        return self.log.read_text()

    @property
    def left(self) -> list[str]:
        return [path.name for path in self.scratch.iterdir()]

    def finish(self, limit: float = 4 * HANG) -> int:
        return self.popen.wait(limit)

    def interrupt_at(self, text: str, number: signal.Signals) -> int:
        """Send a signal once `text` is on the screen; the exit code."""
        wait_until(
            lambda: text in self.output or self.popen.poll() is not None, f"waiting for {text!r}", limit=2 * HANG
        )
        self.popen.send_signal(number)
        return self.finish(HANG)


def start_demo(folder: Path, *args: str, python: str = sys.executable) -> Demo:
    """Start `python -m tools.demo`, its temporary folder and its output in `folder`."""
    scratch, log = folder / "scratch", folder / "output"
    scratch.mkdir()
    env = {**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": str(ROOT)}
    with log.open("wb") as output:
        popen = subprocess.Popen(
            [python, "-m", "tools.demo", *args], cwd=folder, env=env, stdout=output, stderr=subprocess.STDOUT
        )
    return Demo(popen, log, scratch)


@pytest.fixture(scope="module")
def performed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, from beginning to end."""
    demo = start_demo(tmp_path_factory.mktemp("demo"))
    try:
        demo.finish()
        yield demo
    finally:
        demo.popen.kill()
        demo.popen.wait()
