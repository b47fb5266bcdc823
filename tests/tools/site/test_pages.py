"""Links of the repository's pages, which must lead somewhere on GitHub, lead somewhere in the site too."""

from __future__ import annotations

import pytest

from tools.site.pages import REPOSITORY, Repository, page, place

FILES = frozenset(
    {
        "README.md",
        "LICENSE",
        "docs/concepts.md",
        "docs/adr/README.md",
        "docs/adr/0001-x.md",
        "docs/plots/memory-1.svg",
        "examples/vmware/README.md",
        "examples/vmware/config.yaml",
        "charts/scim-operator/README.md",
        "tools/image.py",
    }
)
FOLDERS = frozenset({"docs", "docs/adr", "examples", "examples/vmware", "examples/quickstart", "tools"})
WHOLE = Repository(FILES, FOLDERS, "v0.1.0")


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("README.md", "index.md"),
        ("SECURITY.md", "security.md"),
        ("docs/concepts.md", "concepts.md"),
        ("docs/adr/README.md", "adr/index.md"),
        ("docs/plots/memory-1.svg", "plots/memory-1.svg"),
        ("examples/vmware/README.md", "examples/vmware/index.md"),
        ("examples/vmware/config.yaml", None),
        ("tests/data/kubernetes-org-extract/README.md", None),
        (".github/pull_request_template.md", None),
    ],
)
def test_what_is_a_page(path: str, there: str | None) -> None:
    assert place(path) == there


@pytest.mark.parametrize(
    ("path", "link", "there"),
    [
        pytest.param("README.md", "docs/concepts.md#removal", "concepts.md#removal", id="into docs"),
        pytest.param(
            "docs/concepts.md", "../charts/scim-operator/README.md#a", "chart.md#a", id="out of docs, to a page"
        ),
        pytest.param("docs/adr/0001-x.md", "../concepts.md", "../concepts.md", id="within docs"),
        pytest.param(
            "charts/scim-operator/README.md", "../../docs/adr/0001-x.md", "adr/0001-x.md", id="from the chart"
        ),
        pytest.param("README.md", "docs/adr", "adr/index.md", id="a folder that has a page"),
        pytest.param("docs/concepts.md", "plots/memory-1.svg", "plots/memory-1.svg", id="a picture"),
        pytest.param("README.md", "LICENSE", f"{REPOSITORY}/blob/v0.1.0/LICENSE", id="a file that is no page"),
        pytest.param(
            "docs/concepts.md", "../examples/quickstart", f"{REPOSITORY}/tree/v0.1.0/examples/quickstart", id="a folder"
        ),
        pytest.param("README.md", "#try-it", "#try-it", id="on the page"),
        pytest.param("README.md", "https://semver.org/", "https://semver.org/", id="elsewhere"),
    ],
)
def test_where_a_link_leads(path: str, link: str, there: str) -> None:
    assert page(path, f"See [it]({link}).\n", WHOLE) == f"See [it]({there}).\n"


def test_a_link_in_code_is_left() -> None:
    text = "`[it](LICENSE)`\n\n```md\n[it](LICENSE)\n```\n"
    assert page("README.md", text, WHOLE) == text


def test_a_link_to_nothing_ends_the_build_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"README\.md: the link to docs/nothing\.md leads to no file; correct it"):
        page("README.md", "[it](docs/nothing.md)\n", WHOLE)
