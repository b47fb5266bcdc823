"""The seam of tracing: a job says what it does as spans, and where no one wants traces none of it goes anywhere.

Names and attributes name configs, kinds, methods, states and reasons, as the labels of metrics do: never a person,
never a value, no resource's id and no message. A manifest is known by its uid.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

from scim_operator.errors import ScimOperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Attributes = Mapping[str, str | int | float]

CONFIG = "scim_operator.config"
KIND = "scim_operator.kind"
UID = "scim_operator.uid"
"""The uid of a manifest: by it people find the trace of an object whose name they know."""
WOKEN_BY = "scim_operator.woken_by"
WAITED = "scim_operator.waited"
"""Seconds: of an object in the queue, of a request for the service's budget."""
VERB = "scim_operator.verb"
REASON = "scim_operator.reason"

PATIENCE = 3.0
"""Seconds for what is left, when the operator stops."""


class Span(Protocol):
    """A piece of work with a beginning and an end. Every method is cheap and never fails."""

    def child(self, name: str, attributes: Attributes, *, ago: float = 0.0, client: bool = False) -> Span:
        """Begin a piece of this one, `ago` seconds before now; `client`: a request to another service."""

    def set(self, attributes: Attributes) -> None:
        """Add attributes."""

    def event(self, name: str, attributes: Attributes) -> None:
        """Note that something happens now."""

    def fail(self, reason: str) -> None:
        """Note that it failed, in a word; never the message."""

    def end(self) -> None:
        """End it."""


class NoSpan:
    """The span where nothing is traced."""

    def child(self, name: str, attributes: Attributes, *, ago: float = 0.0, client: bool = False) -> Span:
        """Return itself."""
        return self

    def set(self, attributes: Attributes) -> None:
        """Forget them."""

    def event(self, name: str, attributes: Attributes) -> None:
        """Forget it."""

    def fail(self, reason: str) -> None:
        """Forget it."""

    def end(self) -> None:
        """Do nothing."""


NO_SPAN: Span = NoSpan()


class Tracer(Protocol):
    """Begins traces. `on` says whether anything becomes of them."""

    @property
    def on(self) -> bool:
        """Return whether traces are wanted."""

    def trace(self, name: str, attributes: Attributes, link: Span = NO_SPAN) -> Span:
        """Begin a trace, which another one caused (`link`); return its first span."""


class Untraced:
    """The tracer where no traces are wanted."""

    on = False

    def trace(self, name: str, attributes: Attributes, link: Span = NO_SPAN) -> Span:
        """Return the span where nothing is traced."""
        return NO_SPAN


_current: ContextVar[Span] = ContextVar("span", default=NO_SPAN)


def current() -> Span:
    """Return the span that this task works in, or the one that it was begun from."""
    return _current.get()


@contextmanager
def within(span: Span) -> Iterator[Span]:
    """Work in a span; it ends with the block, and fails with the error that ends the block."""
    token = _current.set(span)
    try:
        yield span
    except Exception as error:
        span.fail(reason_of(error))
        raise
    finally:
        _current.reset(token)
        span.end()


def reason_of(error: Exception) -> str:
    """Return the word for an error: its own reason, or its type."""
    return error.reason if isinstance(error, ScimOperatorError) else type(error).__name__
