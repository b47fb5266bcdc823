"""Finds etcd, kube-apiserver and kubectl: KUBEBUILDER_ASSETS, the cache, the envtest archive, else a build with Go."""

from __future__ import annotations

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
    """Return the helm command: $HELM, the cache, one of the same major version on the PATH, else built with Go."""
    kept = cache.root() / f"helm-{versions.HELM}" / "helm"
    found = _given_helm() or (kept if os.access(kept, os.X_OK) else None) or _helm_on_path()
    return found or _build_helm(kept)


def _given_helm() -> Path | None:
    given = os.environ.get("HELM")
    if given and not shutil.which(given):
        raise ClusterError(f"HELM={given} is not a command; fix it or unset it.")
    return Path(shutil.which(given) or "") if given else None


def _helm_on_path() -> Path | None:
    found = shutil.which("helm")
    if found is None:
        return None
    answer = subprocess.run([found, "version", "--short"], capture_output=True, text=True, check=False)
    return Path(found) if answer.stdout.startswith(f"v{versions.HELM.split('.')[0]}.") else None


def _build_helm(kept: Path) -> Path:
    with cache.exclusive(cache.root() / "helm.lock", "building helm"):
        return kept if kept.exists() else gobuild.build_package(versions.HELM_PACKAGE, kept.parent)


def ensure_tool(name: str) -> Path:
    """Return one of the pinned TOOLS, from the cache, else built with Go."""
    package = versions.TOOLS[name]
    kept = cache.root() / f"{name}-{package.rpartition('@v')[2]}" / name
    with cache.exclusive(cache.root() / f"{name}.lock", f"building {name}"):
        return kept if os.access(kept, os.X_OK) else gobuild.build_package(package, kept.parent)
