"""Names and messages of others in what `access` writes: no form lets them act."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from tests.support.ledger import Ledger, group, user

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "repository")


HOSTILE = "=cmd|' /C calc'!A0"
SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)>'
ESCAPE = "\x1b[31mred\x1b[0m\u202eevil"


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.fixture
def hostile(ledger: Ledger) -> Ledger:
    name = f"{SCRIPT}{ESCAPE}"
    ledger.write(
        f"a{ESCAPE}.yaml", user("ada", userName=f"{SCRIPT}{HOSTILE}"), group("pay", "ada", displayName=HOSTILE)
    )
    ledger.commit(
        f"=SUM(A1) {SCRIPT}\n\nReviewed-by: {SCRIPT} <{HOSTILE}>",
        GIT_AUTHOR_NAME=name.replace("<", "«").replace(">", "»"),
    )
    return ledger


def test_a_page_has_no_element_that_a_name_has(hostile: Ledger) -> None:
    text = hostile.access("--all", "-o", "html").stdout
    page = Page()
    page.feed(text)
    assert page.tags <= {
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "br", "ul", "li"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    assert page.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "http" not in text.replace("http-equiv", "")


def test_cells_begin_no_formula(hostile: Ledger) -> None:
    rows = list(csv.DictReader(io.StringIO(hostile.access("--all", "-o", "csv").stdout)))
    assert [each["groupDisplayName"] for each in rows] == [f"'{HOSTILE}"]
    assert all(not cell.startswith(("=", "+", "-", "@")) for each in rows for cell in each.values())
    assert rows[0]["subject"].startswith("'=SUM")


@pytest.mark.parametrize("form", ["text", "json", "csv", "html"])
def test_no_form_steers_a_terminal(hostile: Ledger, form: str) -> None:
    text = hostile.access("--all", "-o", form).stdout
    assert all(each.isprintable() or each in "\r\n" for each in text)


def test_a_path_that_is_no_text_is_shown_all_the_same(ledger: Ledger) -> None:
    ledger.write("a.yaml", user("ada"), group("pay", "ada"))
    bad = ledger.folder / "b\udcff.yaml"
    bad.write_text("spec: {\n")
    ledger.commit()
    for form in ("text", "json", "csv", "html"):
        assert ledger.access("--all", "-o", form).exit_code == 0
