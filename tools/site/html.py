"""What a built page has in it: titles, anchors, links, and what it asks for when it is opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

ASSETS = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "use": ("href",),
    "form": ("action",),
}
"""The attributes that make a browser ask for something, without a click."""
NAMING = {"prev", "next", "canonical"}
"""The relations of a <link> that name a page, and fetch nothing."""
WAKING = {
    "mermaid": "diagrams",
    "glightbox": "pictures that open",
    "pyodide": "code that runs",
}
"""Classes at whose sight the theme fetches a script from another host."""
STARS = "source"
"""The component of the theme that asks the repository's host for its stars."""


@dataclass
class Page:
    """What one page has in it. `assets` is asked for at once, `links` at a click; `waking` fetches by itself."""

    title: str = ""
    headings: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    assets: list[str] = field(default_factory=list)
    waking: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.page.counts[tag] = self.page.counts.get(tag, 0) + 1
        self.page.anchors |= {given[name] for name in ("id", "name") if name in given}
        self._note(tag, given)
        if tag in ("title", "h1"):
            self._inside = tag
            self.page.headings += [""] if tag == "h1" else []

    def _note(self, tag: str, given: dict[str, str]) -> None:
        if tag == "a" and "href" in given:
            self.page.links.append(given["href"])
        if not NAMING.intersection(given.get("rel", "").split()):
            self.page.assets += [given[name] for name in ASSETS.get(tag, ()) if given.get(name)]
        self.page.waking += [WAKING[each] for each in given.get("class", "").split() if each in WAKING]
        if given.get("data-md-component") == STARS:
            self.page.waking.append("the stars of the repository")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.page.title += data
        elif self._inside:
            self.page.headings[-1] += data


def read(text: str) -> Page:
    """Return what a page has in it, from its HTML."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.page
