"""Links within the repository lead somewhere, and names of files name files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.markdown import PAGES, ROOT, anchors, links, name_of

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = ROOT / "operator" / "scim_operator"
PACKAGES = "|".join(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


@pytest.mark.parametrize("page", PAGES, ids=map(name_of, PAGES))
def test_relative_links_resolve(page: Path) -> None:
    broken = [link for link in links(page) if "://" not in link and not resolves(page, link)]
    assert broken == []


def resolves(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize(
    ("link", "found"),
    [
        pytest.param("docs/concepts.md#conditions", True, id="a heading"),
        pytest.param("docs/concepts.md#condition", False, id="no heading"),
        pytest.param("docs/nothing.md", False, id="no file"),
        pytest.param("examples", True, id="a folder"),
    ],
)
def test_a_broken_link_would_be_seen(link: str, found: bool) -> None:
    assert resolves(ROOT / "README.md", link) is found


@pytest.mark.parametrize("page", PAGES, ids=map(name_of, PAGES))
def test_named_source_files_exist(page: Path) -> None:
    named = set(
        re.findall(
            r"`((?:api|cli|core|job|kube|local|observability|review|scim|simulator)/[\w/]+\.py)`", page.read_text()
        )
    )
    assert {path for path in named if not (PACKAGE / path).is_file()} == set()


def test_every_page_of_docs_is_linked_from_somewhere() -> None:
    targets = {(page.parent / link.partition("#")[0]).resolve() for page in PAGES for link in links(page)}
    docs = {page for page in PAGES if page.parent == ROOT / "docs"}
    assert {name_of(page) for page in docs - targets} == set()


def test_every_decision_is_listed_with_its_title() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("0*.md"))
    titles = [record.read_text().partition("\n")[0].removeprefix("# ").split(". ", 1) for record in records]
    listed = (ROOT / "docs" / "adr" / "README.md").read_text()
    rows = [f"| [{number}]({record.name}) | {title} |" for record, (number, title) in zip(records, titles, strict=True)]
    assert [row for row in rows if row not in listed] == []
