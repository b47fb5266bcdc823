"""Reads the pages that people read: their fences, links, headings and tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path for pattern in ("*.md", "docs/**/*.md", "charts/**/*.md", "examples/**/*.md") for path in ROOT.glob(pattern)
)


@dataclass(frozen=True)
class Fence:
    """A fenced block. `line` is where it begins."""

    page: Path
    line: int
    language: str
    body: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def fences(page: Path) -> list[Fence]:
    """The fenced blocks of a page."""
    text = page.read_text()
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Fence(page, text.count("\n", 0, one.start()) + 1, one[1], one[2]) for one in found]


def prose(page: Path) -> str:
    """The page without its code, of which the looks are no Markdown."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def links(page: Path) -> list[str]:
    """The targets of the page's links."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


def anchors(page: Path) -> set[str]:
    """The names of the page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows(page: Path, header: str) -> list[list[str]]:
    """The rows of all tables whose header begins with `header`, as cells."""
    tables = re.findall(rf"^\| {re.escape(header)} \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", page.read_text(), re.MULTILINE)
    return [cells(line) for table in tables for line in table.splitlines()]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def code(cell: str) -> str:
    """What stands in backquotes in a cell."""
    found = re.fullmatch(r"`([^`]+)`", cell)
    assert found is not None, f"not in backquotes: {cell}"
    return found[1]


def command_lines(page: Path) -> list[tuple[str, str]]:
    """The lines of the page's shell blocks, and of indented code, with where they stand."""
    fenced = [
        (one.place, line.strip())
        for one in fences(page)
        if one.language in ("sh", "shell", "console", "")
        for line in one.body.splitlines()
    ]
    indented = [(name_of(page), line.strip()) for line in prose(page).splitlines() if line.startswith("    ")]
    return [(place, line.removeprefix("$ ")) for place, line in fenced + indented if line]
