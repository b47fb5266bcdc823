"""The recorded state of a running control plane, so that another process finds it again and ends only it."""

from __future__ import annotations

import json
from pathlib import Path

from tools.cluster.binaries import Binaries
from tools.cluster.controlplane import ControlPlane, Process
from tools.cluster.kubeconfig import write_private


def save(plane: ControlPlane) -> None:
    """Write the control plane's state beside its data; it holds the admin token, so only its owner may read it."""
    state = {
        "url": plane.url,
        "admin_token": plane.admin_token,
        "binaries": str(plane.binaries.folder),
        "etcd": plane.etcd,
        "processes": [{"pid": one.pid, "mark": one.mark} for one in plane.processes],
    }
    write_private(_file(plane.folder), json.dumps(state, indent=2) + "\n")


def load(folder: Path) -> ControlPlane | None:
    """Return the control plane recorded in `folder`, running or not; None where there is none."""
    if not _file(folder).exists():
        return None
    state = json.loads(_file(folder).read_text())
    recorded = tuple(Process(**one) for one in state["processes"])
    binaries = Binaries(Path(state["binaries"]))
    return ControlPlane(state["url"], state["admin_token"], folder, binaries, recorded, state["etcd"])


def _file(folder: Path) -> Path:
    return folder / "state.json"
