"""The site of the docs, built as `make docs` builds it: whole, sound, found by its search, and alone in the world."""

from __future__ import annotations

import json
import re
import tarfile
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from tests.docs.markdown import ROOT
from tools.release import site as release
from tools.site import building, check, pages
from tools.site.html import Page, read

if TYPE_CHECKING:
    from pathlib import Path

SECTIONS = ["Start", "Concepts", "Tasks", "Reference", "Operations", "Project"]
GITHUB = MarkdownIt("commonmark").enable("table")
COUNTED = ("h1", "h2", "h3", "h4", "table", "tr", "th", "td", "ul", "ol", "li", "pre", "code", "img", "em", "strong")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as a release packs it, with all checks of `make docs`: see tests/tools/site/test_check.py."""
    into = tmp_path_factory.mktemp("site")
    with tarfile.open(release.pack("0.1.0", into)) as packed:
        packed.extractall(into, filter="data")
    assert [path.name for path in into.iterdir() if path.is_dir()] == ["scim-operator-docs-0.1.0"]
    return into / "scim-operator-docs-0.1.0"


@pytest.fixture(scope="module")
def built(site: Path) -> dict[str, Page]:
    """The pages of the site, by their places."""
    return {path.relative_to(site).as_posix(): read(path.read_text()) for path in site.rglob("*.html")}


def article(site: Path, page: str) -> str:
    """The HTML of a page without what the theme has around it."""
    text = (site / page).with_suffix(".html").read_text()
    return text[text.index("<article") : text.index("</article>")]


def test_the_sections_are_in_order(site: Path) -> None:
    tabs = re.findall(r'class="md-tabs__link">\s*(.+?)\s*</a>', (site / "index.html").read_text(), re.DOTALL)
    assert tabs == SECTIONS


def test_the_pages_read_as_on_github(site: Path) -> None:
    """As many headings, tables, cells, items, blocks of code and names in code as GitHub makes of the same text."""
    there = pages.places(building.repository("main").files)
    differing = {}
    for path, place in there.items():
        if path.endswith(".md"):
            theirs = read(GITHUB.render((ROOT / path).read_text())).counts
            ours = read(article(site, place)).counts
            found = {tag: (theirs.get(tag, 0), ours.get(tag, 0)) for tag in COUNTED}
            differing |= {f"{path} {tag}": pair for tag, pair in found.items() if pair[0] != pair[1]}
    assert differing == {}


def test_the_generated_pages_are_tables(site: Path) -> None:
    generated = [path.relative_to(site).as_posix() for path in (site / "reference").rglob("*.html")]
    assert len(generated) == 7
    for page in generated:
        counts = read(article(site, page)).counts
        assert counts["h1"] == 1
        assert counts["td"] > 50, page
        assert "|" not in re.sub(r"<(code|pre).*?</\1>", "", article(site, page), flags=re.DOTALL), page


def test_each_page_has_a_title_of_its_own(built: dict[str, Page]) -> None:
    titles = [page.title for name, page in built.items() if name != "404.html"]
    assert len(titles) > 80
    assert sorted(titles) == sorted(set(titles))
    assert all(title.endswith("scim-operator") for title in titles)


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("undelete", "reference/commands.html"),
        ("listingLimit", "reference/values.html"),
        ("scim_quarantined", "reference/metrics.html"),
        ("approvedPlan", "reference/kinds/ProvisioningConfig.html"),
        ("3 a.m.", "index.html"),
    ],
)
def test_the_search_finds(site: Path, words: str, page: str) -> None:
    items = json.loads((site / "search.json").read_text())["items"]
    places = [
        each["location"].partition("#")[0] or "index.html" for each in items if words in each["text"] + each["title"]
    ]
    assert page in places


def test_the_pages_know_their_version_and_nothing_of_this_machine(site: Path) -> None:
    text = (site / "index.html").read_text()
    assert '"provider":"mike"' in text, "the theme shows the list of versions that lies beside the site"
    assert str(ROOT) not in text


def test_links_to_files_that_are_no_page_name_the_release(built: dict[str, Page]) -> None:
    leaving = {link for page in built.values() for link in page.links if link.startswith(pages.REPOSITORY)}
    assert f"{pages.REPOSITORY}/blob/v0.1.0/LICENSE" in leaving
    assert [link for link in leaving if re.search(r"/(blob|tree)/(?!v0\.1\.0/)", link)] == []


FAULTS = [
    pytest.param("[x](nothing.md)", "index.md:3:5: page does not exist", id="a link"),
    pytest.param("[x](two.md#nothing)", "index.md:3:12: ", id="an anchor"),
]


@pytest.mark.parametrize(("text", "said"), FAULTS)
def test_the_generator_takes_its_warnings_for_errors(tmp_path: Path, text: str, said: str) -> None:
    building.write(tmp_path / "pages" / "index.md", f"# One\n\n{text}\n".encode())
    building.write(tmp_path / "pages" / "two.md", b"# Two\n")
    settings = building.settings((building.HERE / "mkdocs.yml").read_text(), ["index.md", "two.md"], "")
    building.write(tmp_path / "mkdocs.yml", settings.encode())
    (found,) = building.generate(tmp_path)
    assert found.startswith(said)


def test_what_the_theme_asks_other_hosts_for_by_default_would_be_seen(tmp_path: Path) -> None:
    ours = (building.HERE / "mkdocs.yml").read_text()
    theirs = ours.replace("  font: false\n", "").replace("- search\n", "- search\n- offline\n")
    building.write(tmp_path / "pages" / "index.md", b"# One\n")
    building.write(tmp_path / "pages" / "site.css", b"")
    building.write(tmp_path / "mkdocs.yml", f"{theirs}\nrepo_url: {pages.REPOSITORY}\n".encode())
    assert building.generate(tmp_path) == []
    found = "\n".join(check.problems(tmp_path / "html", ["index.html"]))
    assert "asks for https://fonts.gstatic.com" in found
    assert "asks for https://unpkg.com/" in found
    assert "the stars of the repository" in found
