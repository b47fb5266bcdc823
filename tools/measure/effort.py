"""What a block takes of the processor beside a bare loop of the same moment: alike on fast and busy machines."""

from __future__ import annotations

import gc
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TURNS = 1_000_000
"""Turns of the bare loop, a few hundredths of a second."""
A_SECOND = 60.0
"""Bare loops in one or two seconds of today's processors: the unit in which limits are written."""


NOTHING = 0.01
"""Seconds of the processor below which a block counts as none: it is not worth a bare loop."""


class Effort:
    """How many bare loops the block took, known once it has ended."""

    def __init__(self) -> None:
        self.loops = 0.0


@contextmanager
def effort() -> Iterator[Effort]:
    """Measure the block in bare loops, which run right after it; the slower of two counts.

    The garbage collector rests meanwhile: what it takes depends on what else the process holds, not on the block.
    """
    found, collecting = Effort(), gc.isenabled()
    gc.disable()
    try:
        began = time.process_time()
        yield found
        took = time.process_time() - began
        if took > NOTHING:
            found.loops = took / max(_bare_loop(), _bare_loop())
    finally:
        if collecting:
            gc.enable()


def _bare_loop() -> float:
    """Return the seconds of the processor that the bare loop takes."""
    began = time.process_time()
    total = 0
    for number in range(TURNS):
        total += number & 7
    return time.process_time() - began
