"""Writes to Kubernetes that must succeed before anything else may happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from scim_operator.errors import NotWritten, ScimOperatorError

if TYPE_CHECKING:
    from collections.abc import Awaitable

T = TypeVar("T")


async def written(write: Awaitable[T]) -> T:
    """The write's answer; raises NotWritten, so that nobody takes the API server's trouble for the service's."""
    try:
        return await write
    except ScimOperatorError as error:
        raise NotWritten(str(error)) from error
