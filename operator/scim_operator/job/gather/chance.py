"""Chance for expressions: unguessable, and the same for one record each time it is looked at.

A plan is made many times before it is carried out, and one that waits for approval must not move meanwhile.
"""

from __future__ import annotations

import hashlib
import hmac
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Chance:
    """Draws numbers for records. `secret` is 32 random bytes, drawn again for each session."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, uid: str) -> Callable[[int], int]:
        """Gives integers from 0 to n-1, in the same order whenever the record of that uid is looked at."""
        numbers = count()

        def below(limit: int) -> int:
            # 256 bits against limits of a few thousand: what is not uniform about the remainder cannot be known.
            seed = f"{uid} {next(numbers)}".encode()
            return int.from_bytes(hmac.digest(self._secret, seed, hashlib.sha256)) % limit

        return below
