"""Options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Command = TypeVar("Command", bound="Callable[..., Any]")


def with_options(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    """Put options on a command, in the order in which its help is to show them."""
    for option in reversed(options):
        command = option(command)
    return command
