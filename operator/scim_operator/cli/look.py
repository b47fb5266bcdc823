"""Asks the terminal how output is to look. The only place that does.

Colour is for people: where standard output is a terminal, unless NO_COLOR is set (https://no-color.org) or the terminal
cannot; CLICOLOR_FORCE has it elsewhere too (https://bixense.com/clicolors). `--color` decides before either.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import click

from scim_operator.cli.forms import WIDE
from scim_operator.cli.layout import NARROWEST, Look

if TYPE_CHECKING:
    from collections.abc import Mapping

CHOICES = ("auto", "always", "never")
_KEY = "scim_operator.color"


def _chosen(context: click.Context, _: click.Parameter, value: str) -> str:
    context.meta[_KEY] = value
    # click takes escapes away from what goes into a pipe, unless it is asked not to.
    context.color = {"always": True, "never": False}.get(value, context.color)
    return value


color_option = click.option(
    "--color",
    type=click.Choice(CHOICES),
    default="auto",
    show_default=True,
    expose_value=False,
    callback=_chosen,
    help="Colour for people; auto: in a terminal, unless NO_COLOR is set, and elsewhere if CLICOLOR_FORCE is.",
)


def in_colour(choice: str, environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Return whether output is in colour; `choice` is one of CHOICES."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("CLICOLOR_FORCE", "0") not in {"", "0"}:
        return True
    return terminal and environ.get("TERM") != "dumb" and environ.get("CLICOLOR") != "0"


def look_for(form: str = "", *, err: bool = False) -> Look:
    """Return the look of standard output in this call, or of standard error, by the form that is asked for.

    As wide as its terminal; elsewhere, and in the form `wide`, as wide as it takes.
    """
    context, terminal = click.get_current_context(silent=True), (sys.stderr if err else sys.stdout).isatty()
    choice = context.meta.get(_KEY, "auto") if context is not None else "auto"
    colour = in_colour(choice, os.environ, terminal=terminal)
    if colour and context is not None:
        context.color = True
    fits = terminal and form != WIDE
    return Look(colour, max(shutil.get_terminal_size((80, 24)).columns, NARROWEST) if fits else None)
