"""The forms of a command's output: text for people, and the same for programs, which never has colour."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from scim_operator.core.printing import in_json, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scim_operator.cli.options import Command

TEXT, WIDE, JSON, YAML, NAME = "text", "wide", "json", "yaml", "name"
TABLE, JSONL, CSV = "table", "jsonl", "csv"
MEANINGS = {
    WIDE: "wide: all columns, no line broken",
    NAME: "name: names alone, one a line",
}


def output_option(*forms: str, also: Iterable[str] = ()) -> Callable[[Command], Command]:
    """Return the option `-o`, which takes one of the forms, the first unless given; `also` are other names of it."""
    meant = "; ".join(MEANINGS[each] for each in forms if each in MEANINGS)
    return click.option(
        "-o",
        "--output",
        *also,
        "output",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help=f"The form of the output. {meant[:1].upper()}{meant[1:]}.".replace(" .", "") if meant else None,
    )


def machine(data: Any, form: str) -> str:  # noqa: ANN401 - any JSON value
    """Return a value in JSON or YAML, without a newline at the end; nothing in it steers a terminal or a CI."""
    if form == YAML:
        from scim_operator.sources.yamltext import document_text  # noqa: PLC0415 - one form of many

        return document_text(json.loads(json.dumps(data, default=str))).rstrip("\n")
    return in_json(json.dumps(data, indent=2, ensure_ascii=False, default=str))


def names(listed: Iterable[str]) -> str:
    """Return names, one a line."""
    return "\n".join(map(one_line, listed))
