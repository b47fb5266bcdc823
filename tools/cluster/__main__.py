"""`python -m tools.cluster up|down|binaries|helm|TOOL`, for the make targets and the workflows."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tools.browser.found import ensure_browser
from tools.cluster import cache, state, versions
from tools.cluster.binaries import ensure_binaries, ensure_helm, ensure_promtool, ensure_tool
from tools.cluster.controlplane import ControlPlane, start
from tools.cluster.progress import ClusterError, say
from tools.services.builds import ensure_scim_sdk, ensure_scimmy

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(".cluster")
BESIDE: dict[str, tuple[Callable[[], Path], str]] = {
    "helm": (ensure_helm, "the tests of the chart"),
    "promtool": (ensure_promtool, "the tests of the alerts"),
}
SERVICES = {"SCIMMY": ensure_scimmy, "SCIM-SDK": ensure_scim_sdk}


def up(folder: Path) -> ControlPlane:
    """Start the control plane of this checkout, or find it running."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with cache.exclusive(folder / "lock", "starting the control plane"):
        recorded = state.load(folder)
        if recorded is not None and recorded.running:
            say(f"The control plane is already running at {recorded.url}.")
            return recorded
        _clear(recorded, folder)
        begun = time.monotonic()
        plane = start(folder, ensure_binaries(), die_with_parent=False)
        state.save(plane)
        say(f"The control plane runs at {plane.url} (started in {time.monotonic() - begun:.1f} s).")
        return plane


def down(folder: Path) -> None:
    """End exactly the processes recorded in `folder`, and remove their data."""
    if not folder.exists():
        say("No control plane is recorded; nothing to stop.")
        return
    with cache.exclusive(folder / "lock", "starting or stopping the control plane"):
        _clear(state.load(folder), folder)
    shutil.rmtree(folder)
    say("The control plane is stopped and its data removed.")


def _clear(recorded: ControlPlane | None, folder: Path) -> None:
    """End the remaining processes of a recorded control plane, then remove all but the lock that we hold."""
    if recorded is not None:
        recorded.stop()
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != "lock":
            entry.unlink()


def _up() -> None:
    plane = up(FOLDER.resolve())
    say(f"\n    export KUBECONFIG={plane.kubeconfig}\n    export PATH={plane.binaries.folder}:$PATH\n")


def _binaries() -> None:
    """Make all that tests need before the first of them begins: no test's limit is spent on a build."""
    print(ensure_binaries().folder)
    for name, (ensure, tests) in BESIDE.items():
        try:
            print(ensure())
        except ClusterError as error:
            variable = name.upper()
            say(f"{error}\nOr set {variable} to a {name} command. Without one {tests} fail, and the others run.")
    try:
        print(ensure_browser().command)
    except ClusterError as error:
        say(f"{error}\nWithout a Chromium and axe the tests of the console in a browser fail, and the others run.")
    for name, service in SERVICES.items():
        try:
            print(service() or f"{name} is not built: its tools are not on this machine.")
        except ClusterError as error:
            say(f"{error}\nWithout {name} its part of the contract suite fails, and the others run.")


def _tool(name: str) -> None:
    print(ensure_tool(name))


COMMANDS: dict[str, Callable[[], None]] = {
    "up": _up,
    "down": lambda: down(FOLDER.resolve()),
    "binaries": _binaries,
    "helm": lambda: print(ensure_helm()),
    **{name: partial(_tool, name) for name in versions.TOOLS},
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools.cluster", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    try:
        COMMANDS[parser.parse_args().command]()
    except ClusterError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
