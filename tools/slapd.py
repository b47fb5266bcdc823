"""A slapd of Debian's or Ubuntu's packages for tests: unpacked into the cache, and installed nowhere.

`make test` asks for it. Where apt-get is missing or reaches nothing, the tests do with the server from PyPI.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tools.cluster import cache

if TYPE_CHECKING:
    from pathlib import Path

_OWN = ("libc6", "libcrypt1", "libperl")
"""What any machine has, or slapd starts without."""


def home() -> Path:
    """Return the folder that packages are unpacked into."""
    return cache.root() / "slapd"


def environment(folder: Path) -> dict[str, str]:
    """Return the environment in which the unpacked slapd finds its libraries."""
    libraries = sorted({str(path.parent) for path in folder.glob("usr/lib/*/lib*.so*")})
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)}


def found() -> Path | None:
    """Return the folder where slapd is there and starts; None where it is not."""
    folder = home()
    return folder if _starts(folder) else None


def _starts(folder: Path) -> bool:
    binary = folder / "usr/sbin/slapd"
    if not binary.is_file():
        return False
    done = subprocess.run([binary, "-VV"], env=environment(folder), capture_output=True, check=False)
    return b"OpenLDAP" in done.stderr


def bring() -> Path | None:
    """Return the folder, filled first where it can be."""
    with cache.exclusive(cache.root() / "slapd.lock", "slapd"):
        if (there := found()) is not None or shutil.which("apt-get") is None:
            return there
        with contextlib.suppress(subprocess.CalledProcessError, OSError):
            _unpack()
        return found()


def _unpack() -> None:
    with cache.workspace(cache.root()) as made:
        packages = made / "packages"
        packages.mkdir()
        subprocess.run(["apt-get", "download", "slapd", *_needed()], cwd=packages, check=True, capture_output=True)
        for package in packages.glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, made / "slapd"], check=True)
        shutil.rmtree(home(), ignore_errors=True)
        (made / "slapd").replace(home())


def _needed() -> list[str]:
    command = ["apt-cache", "depends", "--important", "slapd"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    names = (line.partition("Depends: ")[2].strip() for line in text.splitlines())
    return [name for name in names if name.startswith("lib") and not name.startswith(_OWN)]


if __name__ == "__main__":
    sys.stdout.write(f"{bring() or 'no slapd here'}\n")
