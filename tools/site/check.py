"""Looks through a built site for what a reader would stumble over: broken links, missing pages, other hosts."""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tools.site.html import Page, read

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

SEARCH = "search.json"
NOT_FOUND = "404.html"
"""The host serves it in place of any page, so that its links are from the root."""
_CSS_URL = re.compile(r"(?:url\(\s*|@import\s+)[\"']?([^\"')\s;]+)")


def problems(site: Path, wanted: Collection[str]) -> list[str]:
    """Return a sentence for each thing that is wrong with the site in a folder, which should have `wanted` pages."""
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    pages = {name: read((site / name).read_text()) for name in sorted(files) if name.endswith(".html")}
    styles = {name: (site / name).read_text() for name in sorted(files) if name.endswith(".css")}
    return [
        *(f"{name}: was not built" for name in sorted(set(wanted) - set(pages))),
        *(each for name in pages if name != NOT_FOUND for each in on_page(name, pages, files)),
        *foreign(pages, styles),
        *unsearchable(json.loads((site / SEARCH).read_text()) if SEARCH in files else {}, wanted),
    ]


def on_page(name: str, pages: Mapping[str, Page], files: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with one page."""
    page = pages[name]
    if len(page.headings) != 1:
        yield f"{name}: {len(page.headings)} first headings, and not one"
    for link in dict.fromkeys([*page.links, *page.assets]):
        if not is_foreign(link) and not resolves(name, link, pages, files):
            yield f"{name}: the link {link} is broken"


def resolves(name: str, link: str, pages: Mapping[str, Page], files: Collection[str]) -> bool:
    """Return whether a link on a page leads to a file of the site, and to an anchor that is there."""
    path, _, anchor = unquote(link).partition("#")
    there = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
    there = "index.html" if there == "." else there
    if there not in files:
        return f"{there}/index.html" in files and not anchor
    return not anchor or there not in pages or anchor in pages[there].anchors


def is_foreign(link: str) -> bool:
    """Return whether a link leaves the site."""
    return link.startswith("//") or re.match(r"[a-z][a-z0-9+.-]*:", link) is not None


def foreign(pages: Mapping[str, Page], styles: Mapping[str, str]) -> Iterator[str]:
    """Yield what pages and styles ask other hosts for when they are opened."""
    for name, page in pages.items():
        asked = [each for each in page.assets if is_foreign(each) and not each.startswith("data:")]
        yield from (f"{name}: asks for {each} when it is opened" for each in dict.fromkeys(asked))
        yield from (f"{name}: {each} are fetched from another host" for each in dict.fromkeys(page.waking))
    for name, text in styles.items():
        asked = [each for each in _CSS_URL.findall(text) if is_foreign(each) and not each.startswith("data:")]
        yield from (f"{name}: asks for {each}" for each in dict.fromkeys(asked))


def unsearchable(index: Mapping[str, list[dict[str, str]]], wanted: Collection[str]) -> Iterator[str]:
    """Yield the pages that the search does not know."""
    known = {item["location"].partition("#")[0] or "index.html" for item in index.get("items", [])}
    yield from (f"{name}: the search does not know it" for name in sorted(set(wanted) - known))
