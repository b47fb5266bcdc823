"""Each fault that a built site can have is found, and named with its page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tools.site.check import problems

if TYPE_CHECKING:
    from pathlib import Path

GOOD = '<html><head><title>One</title></head><body><h1 id="one">One</h1><a href="two.html#two">two</a></body></html>'
OTHER = (
    '<html><body><h1 id="two">Two</h1><a href="./">home</a><a href="https://semver.org/">elsewhere</a></body></html>'
)
WANTED = ["index.html", "two.html"]


def site(folder: Path, index: str = GOOD, css: str = "a { color: red }") -> Path:
    (folder / "index.html").write_text(index)
    (folder / "two.html").write_text(OTHER)
    (folder / "main.css").write_text(css)
    (folder / "search.json").write_text(json.dumps({"items": [{"location": ""}, {"location": "two.html#two"}]}))
    return folder


def test_a_sound_site_has_none(tmp_path: Path) -> None:
    assert problems(site(tmp_path), WANTED) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('<a href="three.html">x</a>', "index.html: the link three.html is broken"),
        ('<a href="two.html#three">x</a>', "index.html: the link two.html#three is broken"),
        ('<a href="#three">x</a>', "index.html: the link #three is broken"),
        ('<img src="x.png">', "index.html: the link x.png is broken"),
        ("<h1>Again</h1>", "index.html: 2 first headings, and not one"),
        (
            '<script src="https://cdn.example/x.js"></script>',
            "index.html: asks for https://cdn.example/x.js when it is opened",
        ),
        (
            '<link rel="stylesheet" href="//cdn.example/x.css">',
            "index.html: asks for //cdn.example/x.css when it is opened",
        ),
        ('<img src="http://cdn.example/x.png">', "index.html: asks for http://cdn.example/x.png when it is opened"),
        ('<pre class="mermaid">x</pre>', "index.html: diagrams are fetched from another host"),
        (
            '<a data-md-component="source" href="https://github.com/a/b">x</a>',
            "index.html: the stars of the repository are fetched from another host",
        ),
    ],
)
def test_a_fault_on_a_page_is_found(tmp_path: Path, more: str, said: str) -> None:
    assert problems(site(tmp_path, GOOD.replace("</body>", f"{more}</body>")), WANTED) == [said]


@pytest.mark.parametrize(
    "css", ["a { background: url('https://cdn.example/x.svg') }", "@import 'https://cdn.example/x.css';"]
)
def test_a_style_that_asks_another_host_is_found(tmp_path: Path, css: str) -> None:
    (found,) = problems(site(tmp_path, css=css), WANTED)
    assert found.startswith("main.css: asks for https://cdn.example/x.")


def test_a_page_that_is_missing_or_that_the_search_does_not_know_is_found(tmp_path: Path) -> None:
    assert problems(site(tmp_path), [*WANTED, "three.html"]) == [
        "three.html: was not built",
        "three.html: the search does not know it",
    ]


def test_a_site_without_an_index_of_the_search_is_found(tmp_path: Path) -> None:
    (site(tmp_path) / "search.json").unlink()
    assert problems(tmp_path, WANTED) == [f"{name}: the search does not know it" for name in WANTED]
