"""The table of contents has every page, once."""

from __future__ import annotations

from tools.site.nav import Entry, expanded, listed, problems

ENTRIES: list[Entry] = [{"Start": [{"Try": "index.md"}]}, {"Project": ["adr/0*.md"]}]
TITLES = {"index.md": "x", "adr/0002-b.md": "0002. B", "adr/0001-a.md": "0001. A", "adr/index.md": "Decisions"}


def test_a_pattern_stands_for_its_pages_by_their_titles() -> None:
    made = expanded(ENTRIES, TITLES)
    assert made[1] == {"Project": [{"0001. A": "adr/0001-a.md"}, {"0002. B": "adr/0002-b.md"}]}
    assert list(listed(made)) == ["index.md", "adr/0001-a.md", "adr/0002-b.md"]


def test_each_fault_is_named() -> None:
    entries: list[Entry] = [{"Start": [{"Try": "index.md"}, {"Gone": "gone.md"}]}, {"Again": "index.md"}]
    assert problems(entries, ["index.md", "new.md"]) == [
        "new.md: not in tools/site/nav.yaml; add it there",
        "tools/site/nav.yaml: no page gone.md; take it out",
        "tools/site/nav.yaml: index.md is there twice",
    ]
    assert problems([{"Start": "index.md"}], ["index.md"]) == []
