"""The option shared by every command that reads manifests: whether there may be none."""

from __future__ import annotations

import click

allow_empty_option = click.option(
    "--allow-empty",
    is_flag=True,
    help="Take a place without any manifest for meant: without this it is an error, for a mistyped path has none.",
)
