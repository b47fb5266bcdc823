"""Binaries built with Go from the pinned module in tools/cluster/go."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tools.cluster import cache, versions
from tools.cluster.progress import ClusterError, run

MODULE = Path(__file__).parent / "go"
HEALTH = Path(__file__).parent / "health"
_ENVIRONMENT = {"CGO_ENABLED": "0", "GOFLAGS": "-trimpath -buildvcs=false", "GOWORK": "off"}


def build(binary: str, into: Path) -> Path:
    """Build one binary of the control plane into the directory `into`; minutes for kube-apiserver, once."""
    flags = ["-ldflags", versions.link_flags(binary)]
    with cache.workspace(into) as made:
        command = [go(), "build", *flags, "-o", str(made / binary), versions.go_package(binary)]
        run(command, f"building {binary} with Go", log=made / "log", cwd=MODULE, env=environment())
        return cache.install(made / binary, into / binary)


def install(command: versions.Command, into: Path) -> Path:
    """Build a command by its own module, so that its dependencies do not bend those of Kubernetes."""
    with cache.workspace(into) as made:
        words = [go(), "install", f"-tags={command.tags}", "-ldflags=-s -w", command.package]
        env = environment() | {"GOBIN": str(made)}
        what = f"building {command.name} {command.version} with Go"
        run(words, what, log=made / "log", cwd=made, env=env)
        return cache.install(made / command.name, into / command.name)


def build_health(into: Path) -> Path:
    """Build the program that asks kstatus, Argo CD's and Flux's way of reading a status, from tools/cluster/health."""
    with cache.workspace(into) as made:
        command = [go(), "build", "-o", str(made / "health"), "."]
        run(command, "building the readers of status with Go", log=made / "log", cwd=HEALTH, env=environment())
        return cache.install(made / "health", into / "health")


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
