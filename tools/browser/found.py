"""Finds a Chromium ($CHROMIUM, the PATH, else the one inside an npm package), and axe, which npm has too."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tools.cluster import cache
from tools.cluster.progress import ClusterError, run
from tools.services.builds import npm_packages

NAMES = ("chromium", "chromium-browser", "google-chrome")
_UNPACK = 'import chromium from "@sparticuz/chromium"; console.log(await chromium.executablePath());'
# By this variable the package knows that it is on a bare system, and lays out the libraries that Chromium links to.
_BARE = {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"}


@dataclass(frozen=True)
class Browser:
    """The command of a Chromium, what its environment needs, and the script that finds what keeps people out."""

    command: Path
    axe: Path
    environment: dict[str, str] = field(default_factory=dict)


def ensure_browser() -> Browser:
    """Return a Chromium and axe, fetched with npm once. Raises ClusterError where that cannot be."""
    packages = npm_packages(Path(__file__).parent, "browser")
    if packages is None:
        raise ClusterError("npm and node are not on the PATH, and fetch what the tests of the console's pages need.")
    axe = packages / "node_modules" / "axe-core" / "axe.min.js"
    given = _given() or next(filter(None, map(shutil.which, NAMES)), None)
    return Browser(Path(given), axe) if given else _packaged(packages, axe)


def _given() -> str | None:
    given = os.environ.get("CHROMIUM")
    if given and not shutil.which(given):
        raise ClusterError(f"CHROMIUM={given} is not a command; fix it or unset it.")
    return given


def _packaged(packages: Path, axe: Path) -> Browser:
    """Return the Chromium of the package, unpacked into the cache once."""
    folder = packages / "chromium"
    with cache.exclusive(cache.root() / "chromium.lock", "unpacking Chromium"):
        if not folder.exists():
            with cache.workspace(cache.root()) as made:
                out = made / "out"
                out.mkdir()
                environment = {**os.environ, **_BARE, "TMPDIR": str(out)}
                command = ["node", "--input-type=module", "--eval", _UNPACK]
                run(command, "unpacking Chromium", log=made / "log", cwd=packages, env=environment)
                out.rename(folder)
    return Browser(folder / "chromium", axe, {"LD_LIBRARY_PATH": str(folder / "al2023" / "lib")})
