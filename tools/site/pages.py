"""Which files of the repository are pages of the site, and where their links lead there. Pure."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from tools.site.markdown import indented, outside_code, without_comments

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = "https://github.com/scim-operator/scim-operator"
MOVED = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "charts/scim-operator/README.md": "chart.md",
}
"""The pages that are not below docs/ or examples/, and their places in the site."""
_LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)\s]+)(?P<after>\))")


class Repository(NamedTuple):
    """The files of the repository by their paths from its root, its folders, and what to call this state of it."""

    files: frozenset[str]
    folders: frozenset[str]
    revision: str


def place(path: str) -> str | None:
    """Return where a file of the repository is in the site; None where it is no part of it."""
    if path in MOVED:
        return MOVED[path]
    folder, _, rest = path.partition("/")
    if folder == "examples" and path.endswith(".md"):
        return path.replace("README.md", "index.md")
    if folder == "docs" and path.endswith((".md", ".svg", ".png")):
        return rest.replace("README.md", "index.md")
    return None


@cache
def places(files: frozenset[str]) -> dict[str, str]:
    """Return the places of all files that are part of the site."""
    return {path: found for path in sorted(files) if (found := place(path))}


def page(path: str, text: str, repository: Repository) -> str:
    """Return the page of a Markdown file as the generator reads it; `text` is what the file holds."""
    there = places(repository.files)

    def linked(part: str) -> str:
        return _LINK.sub(lambda found: f"]({target(path, found['target'], there, repository)})", part)

    return indented(outside_code(without_comments(text), linked))


def target(path: str, link: str, there: Mapping[str, str], repository: Repository) -> str:
    """Return where a link on the page of `path` leads in the site: to a page, or to a file at the repository's host.

    ValueError where it leads to nothing.
    """
    name, sign, anchor = link.partition("#")
    if "://" in link or link.startswith("mailto:") or not name:
        return link
    meant = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    for candidate in (meant, f"{meant}/README.md"):
        if candidate in there:
            return posixpath.relpath(there[candidate], posixpath.dirname(there[path]) or ".") + sign + anchor
    kind = "blob" if meant in repository.files else "tree"
    if meant not in repository.files | repository.folders:
        raise ValueError(f"{path}: the link to {link} leads to no file; correct it")
    return f"{REPOSITORY}/{kind}/{repository.revision}/{meant}{sign}{anchor}"
