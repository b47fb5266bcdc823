"""What goes to a registry: the image of all architectures, the chart, signatures, and Artifact Hub's metadata.

Without a key, cosign signs with the identity of the workflow that runs it, and the signature is in the public log. With
COSIGN_KEY, a file, it signs with that and asks no one: that is for a registry on loopback. REGISTRY_INSECURE=1 speaks
http, for the same.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools import image as builder
from tools.cluster.binaries import ensure_tool
from tools.release import chart
from tools.release.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
HUB = ROOT / "artifacthub-repo.yml"
_HUB_CONFIG = "application/vnd.cncf.artifacthub.config.v1+yaml"
_HUB_LAYER = "application/vnd.cncf.artifacthub.repository-metadata.layer.v1.yaml"


def build_twice(archive: Path) -> str:
    """Build the image two times from nothing and keep it as an OCI archive; return its id, the same both times."""
    names = ["localhost/scim-operator:first", "localhost/scim-operator:second"]
    for name in names:
        run(*builder.build_command("buildah", name, os.environ.get("BASE_IMAGE", ""), _build_options()))
    first, second = (run("buildah", "inspect", "--type=image", "--format={{.FromImageID}}", one) for one in names)
    if first != second:
        raise ReleaseError(f"two builds of one source are two images, {first} and {second}: compare their layers")
    run("buildah", "push", names[0], f"oci-archive:{archive}")
    return first


def _build_options() -> list[str]:
    return ["--no-cache", *os.environ.get("IMAGE_BUILD_OPTIONS", "").split()]


def push_image(archives: Sequence[Path], name: str) -> str:
    """Push the archives, one for each architecture, as one image NAME:TAG; return its digest."""
    index = f"localhost/{name.rpartition('/')[2]}-index"
    subprocess.run(["buildah", "manifest", "rm", index], capture_output=True, check=False)  # of a run before
    run("buildah", "manifest", "create", index)
    for archive in sorted(archives):
        run("buildah", "manifest", "add", index, f"oci-archive:{archive}")
    with tempfile.TemporaryDirectory() as scratch:
        digest = Path(scratch) / "digest"
        tls = ["--tls-verify=false"] if _insecure() else []
        run("buildah", "manifest", "push", "--all", *tls, f"--digestfile={digest}", index, f"docker://{name}")
        return digest.read_text().strip()


def push_chart(archive: Path, charts: str) -> str:
    """Push the chart below REGISTRY/PATH; return its digest."""
    plain = ["--plain-http"] if _insecure() else []
    said = chart.helm("push", str(archive), f"oci://{charts}", *plain)
    found = re.search(r"^Digest: (sha256:[0-9a-f]{64})$", said, re.MULTILINE)
    if found is None:
        raise ReleaseError(f"helm push said no digest:\n{said}")
    return found[1]


def push_hub_metadata(repository: str) -> None:
    """Push who owns the chart's repository, under the tag that Artifact Hub reads."""
    plain = ["--plain-http"] if _insecure() else []
    what = [f"--config=/dev/null:{_HUB_CONFIG}", f"{HUB.name}:{_HUB_LAYER}"]
    run(str(ensure_tool("oras")), "push", *plain, f"{repository}:artifacthub.io", *what)


def sign(reference: str) -> None:
    """Sign an image or a chart, NAME@DIGEST, with all that it consists of."""
    run(_cosign(), "sign", "--yes", "--recursive", *_key(), *_http(), reference)


def attest(reference: str, bill: Path) -> None:
    """Attach the list of what is in it (CycloneDX), signed."""
    what = ["--type=cyclonedx", f"--predicate={bill}"]
    run(_cosign(), "attest", "--yes", *what, *_key(), *_http(), reference)


def sign_file(path: Path) -> Path:
    """Return the bundle that holds the file's signature, written beside it."""
    bundle = path.with_name(f"{path.name}.sigstore.json")
    run(_cosign(), "sign-blob", "--yes", *_key(), f"--bundle={bundle}", str(path))
    return bundle


def run(*command: str) -> str:
    """Return what a program prints; ReleaseError with what it says where it fails."""
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise ReleaseError(f"{' '.join(command)}\n{ended.stdout[-2000:]}{ended.stderr[-4000:]}")
    return ended.stdout.strip()


def _cosign() -> str:
    return str(ensure_tool("cosign"))


def _key() -> list[str]:
    key = os.environ.get("COSIGN_KEY")
    return [f"--key={key}", "--use-signing-config=false", "--tlog-upload=false"] if key else []


def _http() -> list[str]:
    return ["--allow-http-registry", "--allow-insecure-registry"] if _insecure() else []


def _insecure() -> bool:
    return os.environ.get("REGISTRY_INSECURE") == "1"
