"""The site's table of contents: nav.yaml, with the pages of whole folders put in. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

Entry = str | dict[str, "str | list[Entry]"]
"""A page, or a title with a page or with the entries below it."""


def expanded(entries: Sequence[Entry], titles: Mapping[str, str]) -> list[Entry]:
    """Return the entries with each pattern, such as adr/0*.md, replaced by the pages that it fits, by their titles."""
    made: list[Entry] = []
    for entry in entries:
        if isinstance(entry, str):
            made += [{titles[path]: path} for path in sorted(titles) if fnmatchcase(path, entry)] or [entry]
        else:
            made += [{name: expanded(each, titles) if isinstance(each, list) else each} for name, each in entry.items()]
    return made


def listed(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield the pages of the table of contents, in its order."""
    for entry in entries:
        for each in [entry] if isinstance(entry, str) else entry.values():
            yield from [each] if isinstance(each, str) else listed(each)


def problems(entries: Sequence[Entry], pages: Collection[str]) -> list[str]:
    """Return a sentence for each page that is not in the table of contents, or only there."""
    shown = list(listed(entries))
    missing = [f"{page}: not in tools/site/nav.yaml; add it there" for page in sorted(set(pages) - set(shown))]
    gone = [f"tools/site/nav.yaml: no page {page}; take it out" for page in sorted(set(shown) - set(pages))]
    twice = [f"tools/site/nav.yaml: {page} is there twice" for page in sorted(set(shown)) if shown.count(page) > 1]
    return missing + gone + twice
