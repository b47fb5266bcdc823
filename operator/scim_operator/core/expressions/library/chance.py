"""Entra's mapping functions that need randomness. It comes from the activation; nothing here draws it."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.library.registry import declare

if TYPE_CHECKING:
    from scim_operator.core.expressions.frame import Frame

MAX_LENGTH = 256
_SPECIAL = "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/"
"""What Windows counts as special in "Password must meet complexity requirements", to which the reference points."""


def guid(frame: Frame) -> str:
    """Guid(): a new random GUID (RFC 9562 version 4), in lower case with hyphens."""
    octets = [frame.below(256) for _ in range(16)]
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    digits = bytes(octets).hex()
    return "-".join(digits[a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))


def random_string(  # noqa: PLR0913, PLR0917 - the reference has six
    frame: Frame, length: int, numbers: int, special: int, capital: int, lower: int, avoid: str | None = None
) -> str:
    """RandomString(Length, MinimumNumbers, MinimumSpecialCharacters, MinimumCapital, …): so many of each kind.

    What the minimums leave of the length is drawn from the kinds that have one, or from letters and digits.
    """
    kinds = zip(
        (string.digits, _SPECIAL, string.ascii_uppercase, string.ascii_lowercase),
        (numbers, special, capital, lower),
        strict=True,
    )
    wanted = [("".join(c for c in letters if c not in (avoid or "")), least) for letters, least in kinds]
    _possible(length, wanted)
    pool = "".join(letters for letters, least in wanted if least) or _anything(avoid or "")
    drawn = [letters[frame.below(len(letters))] for letters, least in wanted for _ in range(least)]
    drawn += [pool[frame.below(len(pool))] for _ in range(length - len(drawn))]
    return "".join(_shuffled(frame, drawn))


def _anything(avoid: str) -> str:
    pool = "".join(each for each in string.ascii_letters + string.digits if each not in avoid)
    if not pool:
        raise Fault("RandomString: CharactersToAvoid leaves nothing to draw from; shorten it")
    return pool


def _possible(length: int, wanted: list[tuple[str, int]]) -> None:
    if not 1 <= length <= MAX_LENGTH or any(least < 0 for _, least in wanted):
        raise Fault(f"RandomString: Length is 1 to {MAX_LENGTH}, and no minimum is negative; change them")
    if sum(least for _, least in wanted) > length:
        raise Fault("RandomString: the minimums add up to more than Length; raise Length or lower them")
    if any(least and not letters for letters, least in wanted):
        raise Fault("RandomString: CharactersToAvoid leaves nothing of a kind that is asked for; shorten it")


def _shuffled(frame: Frame, letters: list[str]) -> list[str]:
    """Return the letters in an order drawn fairly (Fisher and Yates)."""
    for last in range(len(letters) - 1, 0, -1):
        other = frame.below(last + 1)
        letters[last], letters[other] = letters[other], letters[last]
    return letters


CHANCE = [
    declare("Guid(): text", guid),
    declare(
        "RandomString(Length: int, MinimumNumbers: int, MinimumSpecialCharacters: int, MinimumCapital: int, "
        "MinimumLowerCase: int, CharactersToAvoid?: text): text",
        random_string,
    ),
]
