"""The CRDs on an API server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tools.cluster.progress import ClusterError, wait_until

if TYPE_CHECKING:
    from tools.cluster.controlplane import ControlPlane

CRDS = Path(__file__).parents[2] / "crds"
HANG = 600.0
"""Seconds after which an API server that serves them not yet never will."""


def install_crds(plane: ControlPlane) -> None:
    """Install the project's CRDs, and wait until they are served."""
    plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(CRDS))
    await_crds(plane)


def await_crds(plane: ControlPlane) -> None:
    """Wait until all CRDs that there are, and one at least, are served.

    `kubectl wait` does not: it fails at once where a new CRD has no condition yet.
    """
    if not wait_until(lambda: served(plane.kubectl("get", "crds", "--output=json")), "waiting for CRDs", limit=HANG):
        raise ClusterError(f"The API server does not serve the CRDs; its log is in {plane.folder}.")


def served(listing: str) -> bool:
    """Return whether each CRD of a list, as JSON, is served."""
    items = json.loads(listing)["items"]
    return bool(items) and all(_is_established(each.get("status") or {}) for each in items)


def _is_established(status: dict[str, list[dict[str, str]] | None]) -> bool:
    return any(each["type"] == "Established" and each["status"] == "True" for each in status.get("conditions") or ())
