"""Binaries built with Go from the pinned module in tools/cluster/go."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tools.cluster import cache, versions
from tools.cluster.progress import ClusterError, run

MODULE = Path(__file__).parent / "go"
_ENVIRONMENT = {"CGO_ENABLED": "0", "GOFLAGS": "-trimpath -buildvcs=false", "GOWORK": "off"}


def build(binary: str, into: Path) -> Path:
    """Build one binary of the control plane into the directory `into`; minutes for kube-apiserver, once."""
    flags = ["-ldflags", versions.link_flags(binary)]
    with cache.workspace(into) as made:
        command = [go(), "build", *flags, "-o", str(made / binary), versions.go_package(binary)]
        run(command, f"building {binary} with Go", log=made / "log", cwd=MODULE, env=environment())
        return cache.install(made / binary, into / binary)


def build_package(package: str, into: Path) -> Path:
    """Build the command of a package@version; it has a module of its own, that no dependencies of ours bend."""
    name = command_name(package)
    with cache.workspace(into) as made:
        env = environment() | {"GOBIN": str(made)}
        run([go(), "install", package], f"building {package} with Go", log=made / "log", cwd=made, env=env)
        return cache.install(made / name, into / name)


def command_name(package: str) -> str:
    """Return the name of the command that `go install` makes of a package@version."""
    return package.partition("@")[0].rpartition("/")[2]


def environment() -> dict[str, str]:
    return dict(os.environ) | _ENVIRONMENT


def go() -> str:
    """Return the go command; ClusterError where there is none, or one too old for this Kubernetes."""
    found = shutil.which("go")
    if found is None:
        raise ClusterError(
            f"Install Go {required_go()} or later (https://go.dev/dl/), or point KUBEBUILDER_ASSETS at a directory "
            "with etcd, kube-apiserver and kubectl."
        )
    return found


def required_go() -> str:
    """Return the Go release that the pinned module asks for."""
    line = next(line for line in (MODULE / "go.mod").read_text().splitlines() if line.startswith("go "))
    return line.removeprefix("go ").strip()
