"""One thing that is parsed, what is thrown at it, and what must hold of what it answers."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scim_operator.errors import InternalError, ScimOperatorError
from tools.measure.effort import A_SECOND, effort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis.strategies import SearchStrategy

CANARY = "Lovelace-7c1d9e"
"""Stands for a secret and for what is known of a person: no error may quote it."""
LONGEST = 2 * A_SECOND
"""What one input may take of the processor, in bare loops; most take a thousandth of that."""
LONGEST_MESSAGE = 4_000
"""Characters of an error's message: it ends in a condition, which is shown in a terminal."""


class Broken(AssertionError):  # noqa: N818 - it says what the property is
    """An input brought about what none may."""


@dataclass(frozen=True, slots=True)
class Target:
    """One parser, or several that read the same.

    Args: name, in words; modules, the files below `scim_operator/` whose parsing it tries; inputs, what is thrown;
    attempt, which parses one input, uses the value as the operator does, and asserts what must hold of it; refuses, the
    exceptions that its callers handle, besides the operator's own; quotes, whether a message may say what was written,
    because the one who reads it is the one who wrote it.
    """

    name: str
    modules: tuple[str, ...]
    inputs: SearchStrategy[Any]
    attempt: Callable[[Any], object]
    refuses: tuple[type[Exception], ...] = ()
    quotes: bool = False

    def check(self, given: Any) -> None:  # noqa: ANN401 - anything
        """Parse one input. Errors: whatever must not come about."""
        with effort() as taken:
            self._try(given)
        if taken.loops > LONGEST:
            raise Broken(f"it takes {taken.loops:.0f} times as long as a bare loop of a million turns")

    def _try(self, given: Any) -> None:  # noqa: ANN401 - anything
        try:
            self.attempt(given)
        except InternalError:
            raise
        except Exception as error:
            if not isinstance(error, (ScimOperatorError, *self.refuses)):
                raise
            self._judge(error)

    def _judge(self, error: Exception) -> None:
        text = str(error)
        if isinstance(error, ScimOperatorError):
            judge_message(text)
        if not self.quotes and CANARY in text:
            raise Broken(f"its error quotes what it read: {text}")


def judge_message(text: str) -> None:
    """Fail where a message is none: empty, too long to be shown, or with characters that cannot be seen."""
    if not text.strip():
        raise Broken("its error says nothing")
    if len(text) > LONGEST_MESSAGE:
        raise Broken(f"its error has {len(text):,} characters")


@contextmanager
def silenced(name: str) -> Iterator[None]:
    """Have a logger say nothing of thousands of inputs, each of which it finds broken."""
    logger = logging.getLogger(name)
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = False
