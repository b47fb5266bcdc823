"""Figures as a table, and the table in its place in a document."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tools.cluster import versions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BEGIN, END = "<!-- begin of the generated table: {} -->", "<!-- end of the generated table: {} -->"


@dataclass(frozen=True)
class Figure:
    """One line: what was measured, the result, the demand ("" for none), and whether it was met."""

    what: str
    value: str
    demanded: str = ""
    met: bool = True


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table."""
    rows = [(one.what, one.value, one.demanded, _verdict(one)) for one in figures]
    lines = ["| measured | result | demanded | met |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def machine() -> str:
    """Return what it was measured on, and when."""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    return (
        f"{day}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"Kubernetes {versions.KUBERNETES}, etcd {versions.ETCD}."
    )


def write(document: Path, part: str, generated: str) -> None:
    """Put the table of a part between the document's markers for it."""
    begin, end = BEGIN.format(part), END.format(part)
    before, _, rest = document.read_text().partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{document} lacks the lines {begin} and {end}")
    document.write_text(f"{before}{begin}\n{generated}\n\n{machine()}\n{end}{after}")


def _verdict(figure: Figure) -> str:
    if not figure.demanded:
        return ""
    return "yes" if figure.met else "**no**"
