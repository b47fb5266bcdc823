"""The chart as it is published: with the digest of its image, and with what Artifact Hub shows of a release."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tools import yamls
from tools.cluster.binaries import ensure_helm
from tools.release.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.release.changelog import Change

CHART = Path(__file__).resolve().parents[2] / "charts" / "scim-operator"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
NAMESPACE = "scim-operator"
"""The namespace that install.yaml makes, and installs into."""

_KINDS = {
    "Added": "added",
    "Changed": "changed",
    "Deprecated": "deprecated",
    "Removed": "removed",
    "Fixed": "fixed",
    "Security": "security",
}
"""The headings of Keep a Changelog, and Artifact Hub's words for them; what stands under another one is `changed`."""


def hub_annotations(version: str, image: str, changes: Iterable[Change]) -> dict[str, str]:
    """Return what Artifact Hub shows of this release, beside what Chart.yaml always says; `image` is by digest."""
    listed = [{"kind": _KINDS.get(change.kind, "changed"), "description": change.summary} for change in changes]
    return {
        "artifacthub.io/changes": yaml.safe_dump(listed, sort_keys=False, width=1000),
        "artifacthub.io/containsSecurityUpdates": str(any(one["kind"] == "security" for one in listed)).lower(),
        "artifacthub.io/images": yaml.safe_dump([{"name": "scim-operator", "image": image}], sort_keys=False),
        "artifacthub.io/prerelease": str("-" in version).lower(),
    }


def stamp(folder: Path, digest: str, home: str, more: dict[str, str]) -> None:
    """Write the image's digest, the project's page and more annotations into a copy of the chart."""
    if not DIGEST.fullmatch(digest):
        raise ReleaseError(f"{digest}: give the image's digest as sha256: and 64 hexadecimal digits")
    values = folder / "values.yaml"
    text, count = re.subn(r'^  digest: ""$', f'  digest: "{digest}"', values.read_text(), flags=re.MULTILINE)
    if count != 1:
        raise ReleaseError(f'{values}: there is no line `  digest: ""` of the image; keep it, or change tools/release')
    values.write_text(text)
    manifest: dict[str, Any] = yaml.safe_load((folder / "Chart.yaml").read_text())
    manifest |= {"home": home, "sources": [home]}
    manifest["annotations"] |= more
    (folder / "Chart.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False, width=1000))


def package(chart: Path, into: Path) -> Path:
    """Return the archive that helm makes of the chart."""
    said = helm("package", str(chart), f"--destination={into}")
    return Path(said.strip().rpartition("saved it to: ")[2])


def stamped(into: Path, digest: str, home: str, more: dict[str, str]) -> Path:
    """Return a stamped copy of the chart in the folder `into`."""
    copy = into / CHART.name
    shutil.copytree(CHART, copy)
    stamp(copy, digest, home, more)
    return copy


def bundle(chart: Path, *values: str) -> str:
    """Return all objects of the chart, the CRDs too, for `kubectl apply -f`, with a namespace of its own first.

    Every object says which namespace it is in, so that the bundle does not depend on the context's.
    """
    sets = [f"--set={value}" for value in values]
    options = (f"--namespace={NAMESPACE}", "--kube-version=1.30.0", "--skip-tests")
    rendered = helm("template", "scim-operator", str(chart), *options, *sets)
    first = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    return yaml.safe_dump_all([first, *map(_applied, yamls.read_all(rendered))], sort_keys=False, width=1000)


def _applied(document: dict[str, Any]) -> dict[str, Any]:
    """An object as kubectl applies it: without the labels and annotations that say that Helm manages it."""
    _forget(document["metadata"])
    template = document.get("spec", {}).get("template", {}).get("metadata")
    if template:
        _forget(template)
    return document


def _forget(metadata: dict[str, Any]) -> None:
    metadata.get("labels", {}).pop("helm.sh/chart", None)
    if metadata.get("labels", {}).get("app.kubernetes.io/managed-by") == "Helm":
        del metadata["labels"]["app.kubernetes.io/managed-by"]
    metadata.get("annotations", {}).pop("helm.sh/resource-policy", None)
    if metadata.get("annotations") == {}:
        del metadata["annotations"]


def helm(*words: str) -> str:
    """Return what helm prints; ReleaseError with what it says where it fails."""
    ended = subprocess.run([str(ensure_helm()), *words], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise ReleaseError(f"helm {words[0]}: {ended.stderr.strip()}")
    return ended.stdout
