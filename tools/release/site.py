"""The site of the docs at a release: an archive to read anywhere, and a folder for each minor version on a branch.

The branch has a folder such as 0.1, the newest again as `latest`, the list of versions that the pages show, and a page
that leads to `latest`. What is published before stays.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools.release import packing, registry
from tools.release.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Iterable

BRANCH = "gh-pages"
LATEST, VERSIONS = "latest", "versions.json"
FOLDER = re.compile(r"(\d+)\.(\d+)")
HOME = f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>scim-operator</title>
<meta http-equiv="refresh" content="0; url={LATEST}/index.html">
</head>
<body><a href="{LATEST}/index.html">The documentation</a></body>
</html>
"""
_AUTHOR = (
    "-c",
    "user.name=github-actions[bot]",
    "-c",
    "user.email=41898282+github-actions[bot]@users.noreply.github.com",
)


def name(version: str) -> str:
    """Return the name of the archive, without its ending, and of the folder in it."""
    return f"scim-operator-docs-{version}"


def pack(version: str, into: Path) -> Path:
    """Build the site strictly, and return its archive in a folder; ReleaseError with its faults where it has some."""
    archive = into / f"{name(version)}.tar.gz"
    with tempfile.TemporaryDirectory() as scratch:
        built, packed = Path(scratch) / "site", Path(scratch) / "packed"
        registry.run(sys.executable, "-m", "tools.site", f"--into={built}", f"--version={version}")
        packed.mkdir()
        shutil.move(built / "html", packed / name(version))
        packing.pack(packed, archive)
    return archive


def push(archive: Path, version: str, remote: str) -> None:
    """Add the pages of an archive to the branch of a repository, and push it; nothing where they are there already."""
    with tempfile.TemporaryDirectory() as scratch:
        tree, pages = Path(scratch) / "tree", Path(scratch) / "pages"
        with tarfile.open(archive) as packed:
            packed.extractall(pages, filter="data")
        _check_out(tree, remote)
        lay_out(tree, pages / name(version), version)
        _git(tree, "add", "--all")
        if _git(tree, "status", "--porcelain"):
            _git(tree, *_AUTHOR, "commit", "--quiet", f"--message=docs: {version}")
            _git(tree, "push", "--quiet", "origin", BRANCH)


def _check_out(tree: Path, remote: str) -> None:
    """Have the branch in a folder, or an empty one where the repository has none yet."""
    if registry.run("git", "ls-remote", "--heads", remote, BRANCH):
        registry.run("git", "clone", "--quiet", "--depth=1", f"--branch={BRANCH}", remote, str(tree))
        return
    registry.run("git", "init", "--quiet", f"--initial-branch={BRANCH}", str(tree))
    _git(tree, "remote", "add", "origin", remote)


def _git(tree: Path, *words: str) -> str:
    return registry.run("git", "-C", str(tree), *words)


def lay_out(tree: Path, pages: Path, version: str) -> None:
    """Put the pages of a version into the folder of its minor version, and bring up to date what names the versions."""
    folder = minor(version)
    _replace(tree / folder, pages)
    folders = newest_first(path.name for path in tree.iterdir() if FOLDER.fullmatch(path.name))
    if folders[0] == folder:
        _replace(tree / LATEST, pages)
    known = {each["version"]: each["title"] for each in _known(tree / VERSIONS)} | {folder: version}
    listed = [
        {"version": each, "title": known.get(each, each), "aliases": [LATEST] if each == folders[0] else []}
        for each in folders
    ]
    (tree / VERSIONS).write_text(json.dumps(listed, indent=1) + "\n")
    (tree / "index.html").write_text(HOME)
    (tree / ".nojekyll").touch()  # the host serves the files as they are


def minor(version: str) -> str:
    """Return the folder of a version: patches of one minor version take each other's place."""
    found = re.fullmatch(r"(\d+\.\d+)\.\d+", version)
    if found is None:
        raise ReleaseError(f"{version} is a pre-release, whose docs are not published; its archive has them")
    return found[1]


def newest_first(folders: Iterable[str]) -> list[str]:
    """Return the folders of versions, the newest first."""
    return sorted(folders, key=lambda each: tuple(map(int, each.split("."))), reverse=True)


def _known(path: Path) -> list[dict[str, str]]:
    return json.loads(path.read_text()) if path.exists() else []


def _replace(there: Path, pages: Path) -> None:
    shutil.rmtree(there, ignore_errors=True)
    shutil.copytree(pages, there)
