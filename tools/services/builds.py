"""Builds the services of the contract suite: SCIMMY with npm, SCIM-SDK with Maven. None where no such tool is."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from tools.cluster import cache
from tools.cluster.progress import run

HERE = Path(__file__).parent


def ensure_scimmy() -> Path | None:
    """Return the folder of the service of SCIMMY, with what it needs from npm; None without node and npm."""
    return npm_packages(HERE / "scimmy", "the service of scimmy")


def ensure_scim_sdk() -> Path | None:
    """Return the folder of the service of SCIM-SDK, compiled, with its libraries; None without a JVM and Maven."""
    maven = shutil.which("mvn")
    if maven is None or shutil.which("java") is None:
        return None
    return _built(HERE / "scim_sdk", "the service of scim_sdk", [maven, *_PACKAGE], "target/lib")


_PACKAGE = ("--batch-mode", "--quiet", "package")
_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")


def npm_packages(source: Path, what: str) -> Path | None:
    """Return a folder with what the lock of `source` names, from npm; None without node and npm."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return None
    return _built(source, what, [npm, *_INSTALL], "node_modules")


def _built(source: Path, what: str, command: list[str], result: str) -> Path:
    name = source.name
    kept = cache.root() / f"{name}-{_digest(source)}"
    with cache.exclusive(cache.root() / f"{name}.lock", f"building {what}"):
        if not (kept / result).exists():
            with cache.workspace(cache.root()) as made:
                folder = made / name
                shutil.copytree(source, folder, ignore=shutil.ignore_patterns("node_modules", "target"))
                run(command, f"building {what}", log=made / "log", cwd=folder, env=dict(os.environ))
                shutil.rmtree(kept, ignore_errors=True)
                folder.rename(kept)
    return kept


def _digest(source: Path) -> str:
    """Return what names this state of the sources."""
    found = hashlib.sha256()
    for file in sorted(path for path in source.rglob("*") if path.is_file() and not _MADE & set(path.parts)):
        found.update(str(file.relative_to(source)).encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:12]


_MADE = frozenset({"node_modules", "target"})
