"""Finds etcd, kube-apiserver and kubectl: KUBEBUILDER_ASSETS, the cache, the envtest archive, else a build with Go."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools.cluster import archive, cache, gobuild, versions
from tools.cluster.progress import ClusterError, say

BUILT = f"kubernetes-{versions.KUBERNETES}-etcd-{versions.ETCD}"


@dataclass(frozen=True)
class Binaries:
    """The directory that holds the three binaries of the control plane."""

    folder: Path

    @property
    def etcd(self) -> str:
        return str(self.folder / "etcd")

    @property
    def apiserver(self) -> str:
        return str(self.folder / "kube-apiserver")

    @property
    def kubectl(self) -> str:
        return str(self.folder / "kubectl")


def ensure_binaries() -> Binaries:
    """Return the binaries, made if need be: at once from the cache, minutes when they are built the first time."""
    return Binaries(_given() or _cached() or _make())


def missing(folder: Path) -> list[str]:
    """Return the missing ones of the three binaries."""
    return [name for name in versions.CONTROL_PLANE if not os.access(folder / name, os.X_OK)]


def _given() -> Path | None:
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if not assets:
        return None
    folder = Path(assets).resolve()
    if lacking := missing(folder):
        raise ClusterError(f"KUBEBUILDER_ASSETS={assets} lacks {', '.join(lacking)}; fix it or unset it.")
    return folder


def _cached() -> Path | None:
    root = cache.root()
    downloads = sorted(root.glob("envtest-*"), key=lambda path: [int(part) for part in path.name[8:].split(".")])
    return next((folder for folder in (root / BUILT, *reversed(downloads)) if not missing(folder)), None)


def _make() -> Path:
    with cache.exclusive(cache.root() / "lock", "getting the control plane's binaries"):
        return _cached() or _downloaded() or _built(cache.root() / BUILT)


def _downloaded() -> Path | None:
    folder = archive.fetch(cache.root())
    return folder if folder and not missing(folder) else None


def _built(folder: Path) -> Path:
    say(f"building Kubernetes {versions.KUBERNETES} and etcd {versions.ETCD} once, into {folder}; this takes minutes")
    for name in missing(folder):
        gobuild.build(name, folder)
    return folder


def ensure_helm() -> Path:
    """Return the helm command; without one, it is built in minutes, once."""
    return _ensure(versions.HELM)


def ensure_promtool() -> Path:
    """Return Prometheus' promtool, which checks rules and tests them; without one, it is built in minutes, once."""
    return _ensure(versions.PROMTOOL)


def ensure_prometheus() -> Path:
    """Return a Prometheus, which reads metrics and draws nothing; without one, it is built in minutes, once."""
    return _ensure(versions.PROMETHEUS)


def _ensure(command: versions.Command) -> Path:
    """Find a command: by its variable ($HELM), in the cache, the same major version on the PATH; else build it."""
    kept = _kept(command)
    found = _given_command(command.name.upper()) or (kept if os.access(kept, os.X_OK) else None) or _on_path(command)
    return found or _install(command, kept)


def _kept(command: versions.Command) -> Path:
    return cache.root() / f"{command.name}-{command.version}" / command.name


def _given_command(variable: str) -> Path | None:
    given = os.environ.get(variable)
    if given and not shutil.which(given):
        raise ClusterError(f"{variable}={given} is not a command; fix it or unset it.")
    return Path(shutil.which(given) or "") if given else None


def _on_path(command: versions.Command) -> Path | None:
    found = shutil.which(command.name)
    if found is None:
        return None
    answer = subprocess.run([found, *command.asked], capture_output=True, text=True, check=False)
    return Path(found) if answer.stdout.startswith(command.says) else None


def _install(command: versions.Command, kept: Path) -> Path:
    with cache.exclusive(cache.root() / f"{command.name}.lock", f"building {command.name}"):
        return kept if os.access(kept, os.X_OK) else gobuild.install(command, kept.parent)


def ensure_tool(name: str) -> Path:
    """Return one of the pinned TOOLS, from the cache, else built with Go."""
    package = versions.TOOLS[name]
    command = versions.Command(name, package.rpartition("@v")[2], package)
    kept = _kept(command)
    return kept if os.access(kept, os.X_OK) else _install(command, kept)


def ensure_health() -> Path:
    """Return the program that says what others read in a status, from the cache or built with Go; a minute or two."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(gobuild.HEALTH.iterdir()))).hexdigest()[:12]
    kept = cache.root() / f"health-{digest}" / "health"
    with cache.exclusive(cache.root() / "health.lock", "building the readers of status"):
        return kept if kept.exists() else gobuild.build_health(kept.parent)
