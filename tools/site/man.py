"""Man pages of the commands, from the parser of the command line: `python -m tools.site.man [FOLDER]`."""

from __future__ import annotations

import inspect
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scim_operator.cli import main
from tools.site.reference.commands import PROGRAM, contexts, default, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
INTO = ROOT / ".site" / "man"


def pages(group: click.Group) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page: one of the program, and one of each command."""
    found = list(contexts(group))
    yield f"{PROGRAM}.1", _of_program(group, found)
    for context in found:
        yield f"{_page(context)}.1", _of_command(context)


def _page(context: click.Context) -> str:
    return f"{PROGRAM}-{name_of(context).replace(' ', '-')}"


def _of_program(group: click.Group, found: list[click.Context]) -> str:
    listed = [f".TP\n.BR {_text(_page(each))} (1)\n{_text(_first(each.command))}" for each in found]
    return _joined(
        _head(PROGRAM, group),
        ".SH SYNOPSIS",
        f".B {_text(PROGRAM)}\n.I COMMAND\n[\\fIOPTION\\fR]...",
        ".SH DESCRIPTION",
        *_paragraphs(group.help or ""),
        ".SH COMMANDS",
        *listed,
    )


def _of_command(context: click.Context) -> str:
    command, name = context.command, name_of(context)
    usage = " ".join(command.collect_usage_pieces(context))
    options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    return _joined(
        _head(_page(context), command),
        ".SH SYNOPSIS",
        f".B {_text(f'{PROGRAM} {name}')}\n{_text(usage)}",
        ".SH DESCRIPTION",
        *_paragraphs(command.help or ""),
        ".SH OPTIONS",
        *(_option(each, context) for each in options),
        ".SH SEE ALSO",
        f".BR {_text(PROGRAM)} (1)",
    )


def _head(name: str, command: click.Command) -> str:
    release = version(PROGRAM)
    title = f'.TH "{_text(name.upper())}" "1" "" "{PROGRAM} {release}" "{PROGRAM}"'
    return f"{title}\n.SH NAME\n{_text(name)} \\- {_text(_first(command))}"


def _first(command: click.Command) -> str:
    """Return the first sentence of a command's help, without its full stop."""
    paragraph = inspect.cleandoc(command.help or "").split("\n\n")[0].replace("\n", " ")
    return re.split(r"[.;:] ", f"{paragraph} ")[0].rstrip(". ")


def _paragraphs(text: str) -> Iterator[str]:
    """Yield a command's help as paragraphs; what the parser marks as laid out by hand (\\b) keeps its lines."""
    for block in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        if block.startswith("\b"):
            yield f".PP\n.nf\n{_lines(block.removeprefix(chr(8)).strip(chr(10)))}\n.fi"
        elif block:
            yield f".PP\n{_text(block.replace(chr(10), ' '))}"


def _option(one: click.Option, context: click.Context) -> str:
    names = ", ".join(f"\\fB{_text(each)}\\fR" for each in [*one.opts, *one.secondary_opts])
    value = "" if one.is_flag or one.count else f" \\fI{_text(one.make_metavar(context))}\\fR"
    given = default(one, context).strip("`")
    notes = [one.help or "", f"Default: {given}." if given else "", "Required." if one.required else ""]
    notes += [f"Also set by {one.envvar}."] if isinstance(one.envvar, str) else []
    return f".TP\n{names}{value}\n{_text(' '.join(filter(None, notes)))}"


def _lines(text: str) -> str:
    return "\n".join(map(_text, text.split("\n")))


def _text(text: str) -> str:
    """Return a text of which nothing is a request or an escape of roff."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("…", "...")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _joined(*parts: str) -> str:
    return "\n".join(parts) + "\n"


def write(into: Path) -> int:
    """Write all pages into a folder; return how many."""
    into.mkdir(parents=True, exist_ok=True)
    made = list(pages(main))
    for name, text in made:
        (into / name).write_text(text, encoding="utf-8")
    return len(made)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else INTO
    print(f"{write(folder)} pages in {folder}")
