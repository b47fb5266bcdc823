"""How pages look and read: a README of a few screens, lines that fit, and words that a native engineer would write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.markdown import PAGES, ROOT, name_of, prose

if TYPE_CHECKING:
    from pathlib import Path

WIDTH = 100
LENGTHS = {"README.md": 150, "docs/glossary.md": 40, "docs/how-to-change.md": 150}

# Quotes the code's own table word by word (test_tables.py).
QUOTED = re.compile(r"^\| Code \|.*?\n\n", re.MULTILINE | re.DOTALL)
# For each word another is plainer: reported, no one, someone, everyone, fix, anyone who, again.
ODD = re.compile(r"\b(told|nobody|somebody|everybody|anybody|mend(?:s|ed|ing)?|whoever|anew)\b", re.IGNORECASE)


@pytest.mark.parametrize(("page", "most"), LENGTHS.items())
def test_the_page_is_short(page: str, most: int) -> None:
    assert len((ROOT / page).read_text().splitlines()) <= most


@pytest.mark.parametrize("page", PAGES, ids=map(name_of, PAGES))
def test_prose_is_wrapped(page: Path) -> None:
    """Tables, code, and words that cannot be broken may be longer."""
    lines = [line for line in prose(page).splitlines() if not line.startswith(("|", "    ", "#"))]
    assert [line for line in lines if len(line) > WIDTH and " " in line.strip()[:WIDTH]] == []


@pytest.mark.parametrize("page", PAGES, ids=map(name_of, PAGES))
def test_words_are_plain(page: Path) -> None:
    assert ODD.findall(QUOTED.sub("", prose(page))) == []
