"""The versions of the control plane and of the commands beside it, and what each binary is built from."""

from __future__ import annotations

from typing import NamedTuple

KUBERNETES = "1.36.3"
ETCD = "3.6.8"

ETCD_PACKAGE = "go.etcd.io/etcd/server/v3"
TOOLS = {
    "actionlint": "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12",
    "cosign": "github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3",
    "kind": "sigs.k8s.io/kind@v0.32.0",
    "krew": "sigs.k8s.io/krew/cmd/krew@v0.4.3",
    "oras": "oras.land/oras/cmd/oras@v1.3.6",
}
"""What checks and publishes a release. Go's checksum database vouches for each of them."""
CONTROL_PLANE = ("etcd", "kube-apiserver", "kubectl")


class Command(NamedTuple):
    """A command that Go installs from one package; one on the PATH does if it `says` a version that begins so."""

    name: str
    version: str
    package: str
    asked: tuple[str, ...] = ()
    says: str = ""
    tags: str = ""


HELM = Command("helm", "4.3.1", "helm.sh/helm/v4/cmd/helm@v4.3.1", ("version", "--short"), "v4.")
# Prometheus 3.16. Without the tag it is built with the clients of all clouds, which takes twice as long.
PROMTOOL = Command(
    "promtool",
    "3.16.0",
    "github.com/prometheus/prometheus/cmd/promtool@v0.316.0",
    ("--version",),
    "promtool, version 3.",
    "remove_all_sd",
)
PROMETHEUS = Command(
    "prometheus",
    "3.16.0",
    "github.com/prometheus/prometheus/cmd/prometheus@v0.316.0",
    ("--version",),
    "prometheus, version 3.",
    "remove_all_sd",
)

RELEASE = tuple(int(part) for part in KUBERNETES.split("."))


def go_package(binary: str) -> str:
    """Return the Go package that makes one binary of the control plane."""
    return ETCD_PACKAGE if binary == "etcd" else f"k8s.io/kubernetes/cmd/{binary}"


def link_flags(binary: str) -> str:
    """Return the linker's flags; they stamp the version in: clients refuse a kube-apiserver that says v0.0.0."""
    if binary == "etcd":
        return "-s -w"
    stamp = {"gitVersion": f"v{KUBERNETES}", "gitMajor": RELEASE[0], "gitMinor": RELEASE[1], "gitTreeState": "clean"}
    return " ".join(["-s -w", *(f"-X k8s.io/component-base/version.{name}={value}" for name, value in stamp.items())])
