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
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return None
    return _built("scimmy", [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "node_modules")


def ensure_scim_sdk() -> Path | None:
    """Return the folder of the service of SCIM-SDK, compiled, with its libraries; None without a JVM and Maven."""
    maven = shutil.which("mvn")
    if maven is None or shutil.which("java") is None:
        return None
    return _built("scim_sdk", [maven, "--batch-mode", "--quiet", "package"], "target/lib")


def _built(name: str, command: list[str], result: str) -> Path:
    source = HERE / name
    kept = cache.root() / f"{name}-{_digest(source)}"
    with cache.exclusive(cache.root() / f"{name}.lock", f"building the service of {name}"):
        if not (kept / result).exists():
            with cache.workspace(cache.root()) as made:
                folder = made / name
                shutil.copytree(source, folder, ignore=shutil.ignore_patterns("node_modules", "target"))
                run(command, f"building the service of {name}", log=made / "log", cwd=folder, env=dict(os.environ))
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
