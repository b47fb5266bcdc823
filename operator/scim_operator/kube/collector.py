"""Keeps Python's search for garbage from holding the loop: it takes seconds among what a large tenant consists of."""

from __future__ import annotations

import gc

SELDOM = 1_000
"""Searches of the middle generation before one of the oldest, until a first sweep has come to its end."""


class PythonsOwn:
    """Python's own collector, for all jobs of the process."""

    def __init__(self) -> None:
        self._usual = gc.get_threshold()
        self._left = False
        young, middle, _ = self._usual
        gc.set_threshold(young, middle, SELDOM)

    def settled(self) -> None:
        """Leave out of every search what there is by now: it stays as long as the session does.

        What a former session has left goes in circles, and is found first: in one search, now that nothing is planned.
        """
        if self._left:
            self._left = False
            gc.unfreeze()
            gc.collect()
        gc.freeze()
        gc.set_threshold(*self._usual)

    def unsettled(self) -> None:
        """Note that a session has ended. Until the next one is settled, no search goes through all that stays."""
        self._left = True
