"""The processes of the demo: each has a log, and one that ends on its own ends the demo with the end of that log."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tools.cluster import processes
from tools.cluster.progress import tail

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence
    from pathlib import Path

POLL_SECONDS = 0.02


class DemoError(Exception):
    """A step failed; the message says what was expected, and what was seen."""


@dataclass(frozen=True)
class Child:
    """A running process, by the name that people know it by."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path
    mark: str

    def end(self) -> None:
        processes.end(self.popen.pid, self.mark)
        self.popen.wait()

    def last_words(self) -> str:
        """Return the end of its log, as a paragraph; nothing where it said nothing."""
        said = tail(self.log)
        return f"\n\nThe end of the {self.name}'s log:\n{said}" if said else ""


@dataclass
class Children:
    """The processes that were started, their logs in `folder`."""

    folder: Path
    running: list[Child] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str]) -> Child:
        """Start a process that dies with this one."""
        log = self.folder / f"{name}.log"
        popen = processes.spawn(command, log, die_with_parent=True)
        child = Child(name, popen, log, processes.started_at(popen.pid) or "")
        self.running.append(child)
        return child

    def end(self) -> None:
        """End all of them, the last one first."""
        while self.running:
            self.running.pop().end()

    def check(self) -> None:
        """Raise DemoError when one of them has ended."""
        for child in self.running:
            if child.popen.poll() is not None:
                raise DemoError(f"The {child.name} ended by itself.{child.last_words()}")

    def until(self, seen: Callable[[], object], what: str, *, limit: float = 120.0) -> None:
        """Wait until `seen` gives something true; DemoError when it does not within `limit` seconds.

        `what` is the sentence that should come true.
        """
        end = time.monotonic() + limit
        while not seen():
            self.check()
            if time.monotonic() > end:
                words = "".join(child.last_words() for child in self.running)
                raise DemoError(f"Within {limit:.0f} s this did not come true: {what}.{words}")
            time.sleep(POLL_SECONDS)
