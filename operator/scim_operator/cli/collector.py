"""Makes Python search for cycles less often: reference counts free almost all garbage here without a search."""

from __future__ import annotations

import atexit
import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Do without Python's search for cycles, which takes a quarter of the time among some million values, in vain.

    Nor does the process search at its end, for what the system takes back anyway.
    """
    searches = gc.isenabled()
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
    gc.disable()
    try:
        yield
    finally:
        if searches:
            gc.freeze()
            gc.unfreeze()  # what is there counts as old now: the next search would go through all of it
            gc.enable()


ALLOCATIONS = 5_000
"""Number of new objects after which the youngest are searched; Python's own number is 700."""


def sparing_the_program() -> None:
    """Search less often, and never through what was loaded to start with, which stays until the process ends.

    Of an initial sweep of 2,000 users, searching took a twentieth of the operator's time, half of it through modules.
    What older generations go by stays as it is, so that a cycle that holds something large is still found.
    """
    gc.collect()
    gc.freeze()
    _, *older = gc.get_threshold()
    gc.set_threshold(ALLOCATIONS, *older)
