"""What an import says on standard error: remarks, and the rows that it does not take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scim_operator.core.printing import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_SHOWN = 100
"""Refused rows that are shown; the rest is counted."""


def remark(lines: Iterable[object]) -> None:
    """Show lines, each without what would steer a terminal: names and places are other people's."""
    for line in lines:
        click.echo(one_line(str(line)), err=True)


def remark_refused(rows: Sequence[object]) -> None:
    """Show the rows that are refused."""
    remark(rows[:MOST_SHOWN])
    if len(rows) > MOST_SHOWN:
        remark([f"and {len(rows) - MOST_SHOWN} more are refused"])
