"""The manifest by which `kubectl krew install` finds `kubectl scim`."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import yaml

from tools.release.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ARCHIVE = re.compile(r"kubectl-scim_v(?P<version>.+)_(?P<os>linux|darwin)_(?P<arch>amd64|arm64)\.tar\.gz")
DESCRIPTION = """\
Shows what scim-operator provisions from ScimUsers, ScimGroups and ProvisioningConfigs, explains why an object is
treated as it is, validates manifests in files, and plans what they would change at a SCIM 2.0 service such as VMware
Identity Service.
"""


def archive_name(version: str, system: str, machine: str) -> str:
    """Return the name of the archive for a platform such as linux, x86_64."""
    arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
    name = f"kubectl-scim_v{version}_{system}_{arch}.tar.gz"
    if not ARCHIVE.fullmatch(name):
        raise ReleaseError(f"{system} {machine}: the plugin is made for linux and darwin, on amd64 and arm64")
    return name


def manifest(version: str, home: str, archives: Sequence[Path]) -> str:
    """Return the manifest for these archives, which are downloaded from the release's page at `home`."""
    spec = {
        "version": f"v{version}",
        "homepage": home,
        "shortDescription": "Show, explain and plan SCIM provisioning",
        "description": DESCRIPTION,
        "platforms": [_platform(version, home, path) for path in sorted(archives)],
    }
    whole = {
        "apiVersion": "krew.googlecontainertools.github.com/v1alpha2",
        "kind": "Plugin",
        "metadata": {"name": "scim"},
        "spec": spec,
    }
    return yaml.safe_dump(whole, sort_keys=False, width=1000)


def _platform(version: str, home: str, path: Path) -> dict[str, Any]:
    named = ARCHIVE.fullmatch(path.name)
    if named is None or named["version"] != version:
        raise ReleaseError(f"{path.name}: not an archive of the plugin's version {version}")
    return {
        "selector": {"matchLabels": {"os": named["os"], "arch": named["arch"]}},
        "uri": f"{home}/releases/download/v{version}/{path.name}",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bin": "kubectl-scim",
    }
