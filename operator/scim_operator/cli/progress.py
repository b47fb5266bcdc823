"""Progress of long work: a bar on standard error, where that is a terminal, and nothing anywhere else.

A bar appears once the work has taken a moment, so that what is quick shows nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sized
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from click._termui_impl import ProgressBar

Thing = TypeVar("Thing")

MOMENT = 0.5
"""Seconds after which there is a bar."""
STEPS = 500
"""How often at most a bar is drawn."""
ERASE = "\r\x1b[2K"


def through(label: str) -> Callable[[Iterable[Thing]], Iterator[Thing]]:
    """Return what goes through things one by one, as iter() does, and shows how far it is."""

    def go(things: Iterable[Thing]) -> Iterator[Thing]:
        return _shown(things, label) if sys.stderr.isatty() else iter(things)

    return go


def _shown(things: Iterable[Thing], label: str) -> Iterator[Thing]:
    number = len(things) if isinstance(things, Sized) else None
    steps = max(1, (number or 0) // STEPS)
    bar: ProgressBar[int] = click.progressbar(
        length=number or 0,
        label=label,
        file=sys.stderr,
        show_pos=True,
        show_percent=number is not None,
        hidden=True,
        update_min_steps=steps,
    )
    bar.length = number  # without one it says that it goes on, and not how far it is
    with bar:
        begun = time.monotonic()
        for thing in things:
            yield thing
            bar.hidden = bar.hidden and time.monotonic() - begun < MOMENT
            bar.update(1)


@contextmanager
def stage(label: str) -> Iterator[None]:
    """Say what is being done for as long as it takes, where there is no telling how far it is."""
    if not sys.stderr.isatty():
        yield
        return
    click.echo(f"{label} …", nl=False, err=True)
    try:
        yield
    finally:
        click.echo(ERASE, nl=False, err=True)
