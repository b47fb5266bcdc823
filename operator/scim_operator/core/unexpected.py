"""Unforeseen exceptions, as errors of ours: what to report, and no personal data.

An exception's own text may quote any value, and so is never shown; its kind and its places in the code are enough.
"""

from __future__ import annotations

import hashlib
import traceback
from pathlib import PurePath
from typing import TYPE_CHECKING

from scim_operator.errors import InternalError, ScimOperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = 30
"""Places of the code that a trace names, the innermost ones."""


def unexpected(error: Exception) -> ScimOperatorError:
    """Return the error as the rest of the operator knows it; one of ours stays what it is.

    The reference is the same each time the same goes wrong at the same place, so that no status changes with a retry.
    """
    if isinstance(error, ScimOperatorError):
        return error
    kind, places = type(error).__name__, list(dict.fromkeys(_places(error)))[-PLACES:]
    reference = hashlib.sha256("\n".join([kind, *places]).encode()).hexdigest()[:8]
    return InternalError(
        f"Something unexpected happened in the operator itself ({kind}, reference {reference}): please report it with "
        "the lines of the operator's log that have this reference. It is tried again by itself.",
        trace=f"{kind}, reference {reference}: {' > '.join(places)}",
    )


def trace(error: Exception) -> str:
    """Return what the log says about an exception: its kind and places, or the message where it is one of ours."""
    named = unexpected(error)
    return named.trace if isinstance(named, InternalError) else str(named)


def _places(error: Exception) -> Iterator[str]:
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = PurePath(frame.f_code.co_filename)
        yield f"{path.parent.name}/{path.name}:{line} {frame.f_code.co_name}"
