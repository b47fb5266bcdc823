"""The demo's output at the terminal: titles, sentences, commands with their output, tables."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

BOLD, DIM, GREEN, RED, RESET = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[0m"
INDENT = "   "


@dataclass
class Screen:
    """Writes to one stream; in colour only where `colour` says so."""

    out: TextIO
    colour: bool = False
    steps: int = 0
    _last: str = ""

    def step(self, title: str) -> None:
        """Begin a numbered step."""
        self.steps += 1
        self._write("")
        self._write(self._in(BOLD, f"{self.steps}. {title}"))

    def say(self, sentence: str) -> None:
        self._write(f"{INDENT}{sentence}")

    def done(self, sentence: str) -> None:
        """Say what came out as promised."""
        self._write(f"{INDENT}{self._in(GREEN, '✓')} {sentence}")

    def complain(self, message: str) -> None:
        self._write("")
        self._write(f"{self._in(RED, 'The demo stops here.')} {message}")

    def command(self, text: str) -> None:
        """Show a command as a person would type it."""
        self._write(f"{INDENT}{self._in(BOLD, f'$ {text}')}")

    def output(self, text: str) -> None:
        """Show what a command printed."""
        for line in text.rstrip().splitlines():
            self._write(f"{INDENT}{self._in(DIM, line.rstrip())}" if line.strip() else "")

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show rows under a header, between blank lines, each column as wide as its widest cell."""
        lines = [header, *rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
        self._write("")
        for line in lines:
            padded = "   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.output(padded)
        self._write("")

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{RESET}" if self.colour else text

    def _write(self, line: str) -> None:
        if line or self._last:  # one blank line is enough
            print(line, file=self.out, flush=True)
        self._last = line


def wants_colour(out: TextIO) -> bool:
    """Return whether to colour: on a terminal, unless NO_COLOR says otherwise (no-color.org)."""
    return out.isatty() and not os.environ.get("NO_COLOR")
