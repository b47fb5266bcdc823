"""Keeps Python's search for garbage from holding the loop: it takes seconds among what a large tenant consists of."""

from __future__ import annotations

import gc

SELDOM = 1_000
"""Searches of the middle generation before one of the oldest, until a first sweep has come to its end."""


class PythonsOwn:
    """Python's own collector, for all jobs of the process."""

    def __init__(self) -> None:
        self._usual = gc.get_threshold()
        young, middle, _ = self._usual
        gc.set_threshold(young, middle, SELDOM)

    def settled(self) -> None:
        """Leave out of every search what there is by now: it stays as long as the session does."""
        gc.freeze()
        gc.set_threshold(*self._usual)

    def unsettled(self) -> None:
        """Search through everything again: the former session's memory goes in circles, and is to be found."""
        gc.unfreeze()
