"""The versions of the control plane, and what each binary is built from."""

from __future__ import annotations

KUBERNETES = "1.36.3"
ETCD = "3.6.8"
HELM = "4.3.1"

ETCD_PACKAGE = "go.etcd.io/etcd/server/v3"
HELM_PACKAGE = f"helm.sh/helm/v4/cmd/helm@v{HELM}"
TOOLS = {
    "actionlint": "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12",
    "cosign": "github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3",
    "kind": "sigs.k8s.io/kind@v0.32.0",
    "krew": "sigs.k8s.io/krew/cmd/krew@v0.4.3",
    "oras": "oras.land/oras/cmd/oras@v1.3.6",
}
"""What checks and publishes a release. Go's checksum database vouches for each of them."""
CONTROL_PLANE = ("etcd", "kube-apiserver", "kubectl")

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
