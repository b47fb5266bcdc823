"""kubectl and helm against the cluster of the current KUBECONFIG, and waiting for what they show."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.cluster.binaries import ensure_helm

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
POLL_SECONDS = 0.3


class E2EError(Exception):
    """A step failed; the message says what was seen."""


def kubectl(*args: str, input: str | None = None, allowed: tuple[int, ...] = (0,)) -> str:  # noqa: A002 - as subprocess
    """Run kubectl and return its output; raise E2EError with its words for a status that is not `allowed`."""
    return _run([kubectl_command(), *args], input, allowed)


def kubectl_scim(*args: str) -> str:
    """Return the output of `kubectl scim`: kubectl finds our `kubectl-scim` on the PATH, and that finds kubectl."""
    return kubectl("scim", *args)


def helm(*args: str) -> str:
    """Run helm and return its output; raise E2EError with its words when it fails."""
    return _run([helm_command(), *args])


@cache
def helm_command() -> str:
    return str(ensure_helm())


@cache
def kubectl_command() -> str:
    command = shutil.which(os.environ.get("KUBECTL", "kubectl"))
    if command is None:
        raise E2EError("kubectl is missing: install it, or name it in KUBECTL")
    return command


def _run(command: list[str], given: str | None = None, allowed: tuple[int, ...] = (0,)) -> str:
    ended = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, cwd=ROOT, env=_environment()
    )
    if ended.returncode not in allowed:
        raise E2EError(f"{Path(command[0]).name} {' '.join(command[1:4])} …: {ended.stderr.strip()}")
    return ended.stdout


@cache
def _environment() -> dict[str, str]:
    """Return the environment with our commands and kubectl first on the PATH."""
    folders = [Path(sys.executable).parent, Path(kubectl_command()).parent]
    return dict(os.environ) | {"PATH": os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")])}


def objects(*args: str) -> list[dict[str, Any]]:
    """Return the objects that `kubectl get` names."""
    answer: dict[str, Any] = json.loads(kubectl("get", *args, "-o", "json"))
    found: list[dict[str, Any]] = answer.get("items", [answer])
    return found


def apply(manifests: list[dict[str, Any]]) -> None:
    """Run one `kubectl apply` of many manifests, over what an earlier step has patched."""
    listed = {"apiVersion": "v1", "kind": "List", "items": manifests}
    kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input=json.dumps(listed))


def until(seen: Callable[[], object], what: str, *, limit: float) -> None:
    """Poll until `seen` gives something true; E2EError with its last value when `limit` seconds went by.

    A request that fails is asked again: a pod or the proxy to it may be away for a moment.
    """
    end = time.monotonic() + limit
    last: object = None
    while time.monotonic() < end:
        try:
            last = seen()
        except E2EError as error:
            last = error
        else:
            if last:
                return
        time.sleep(POLL_SECONDS)
    raise E2EError(f"{what}: not within {limit:.0f} s; last seen: {last}")
