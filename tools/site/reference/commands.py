"""The commands with their arguments and options, from the parser of the command line."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import click

from tools.site.markdown import code, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = "scim-operator"


def page(main: click.Group) -> str:
    """Return the page of all commands."""
    about = f"# Commands\n\n{plain(main.help or '')} `kubectl scim` is the same program as kubectl's plugin.\n"
    return "\n".join([about, *(section(each) for each in contexts(main))])


def contexts(main: click.Group) -> Iterator[click.Context]:
    """Yield a context for each command that does something: commands, and those of groups."""
    yield from below(main, click.Context(main, info_name=PROGRAM, **main.context_settings))


def below(group: click.Group, context: click.Context) -> Iterator[click.Context]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None and not command.hidden:
            inner = click.Context(command, parent=context, info_name=name)
            yield from below(command, inner) if isinstance(command, click.Group) else [inner]


def name_of(context: click.Context) -> str:
    """Return the words of a command after the program's name."""
    return context.command_path.removeprefix(f"{PROGRAM} ")


def section(context: click.Context) -> str:
    """Return the section of one command: usage, what it does, arguments and options."""
    usage = " ".join([context.command_path, *context.command.collect_usage_pieces(context)])
    shown = [each for each in context.command.params if not getattr(each, "hidden", False)]
    options = [option(each, context) for each in shown if isinstance(each, click.Option)]
    return "\n".join(
        [
            f"## {name_of(context)}\n",
            f"```console\n{usage}\n```\n",
            paragraphs(context.command.help or ""),
            table(["Option", "Default", "What it does"], options) if options else "",
        ]
    )


def paragraphs(text: str) -> str:
    """Return a command's help as paragraphs; what the parser marks as laid out by hand (\\b) is a block."""
    blocks = [block.strip("\n") for block in re.split(r"\n\s*\n", inspect.cleandoc(text))]
    return "".join(
        f"```text\n{block.removeprefix(chr(8)).strip(chr(10))}\n```\n\n"
        if block.startswith("\b")
        else f"{plain(block)}\n\n"
        for block in blocks
        if block
    )


def option(one: click.Option, context: click.Context) -> list[str]:
    """Return an option as a row: its names, its default, and what it does, with the variable that sets it too."""
    names = ", ".join(code(each) for each in [*one.opts, *one.secondary_opts])
    value = "" if one.is_flag or one.count else f" {code(one.make_metavar(context))}"
    notes = [plain(one.help or ""), "Repeatable." if one.multiple and "Repeatable" not in (one.help or "") else ""]
    notes += ["**Required.**"] if one.required else []
    notes += [f"Also set by {code(one.envvar)}."] if isinstance(one.envvar, str) else []
    return [names + value, default(one, context), " ".join(filter(None, notes))]


def default(one: click.Option, context: click.Context) -> str:
    """Return the default of an option that has one; a flag is off, and an empty text is none."""
    given: Any = one.get_default(context, call=False)
    if isinstance(one.show_default, str):
        return one.show_default
    return (
        "" if callable(given) or not isinstance(given, int | float | str) or given in ("", False) else code(f"{given}")
    )
