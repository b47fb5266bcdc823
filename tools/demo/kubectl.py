"""kubectl on the demo's control plane, shown as a person would type it."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.cluster.controlplane import KubectlError
from tools.demo.children import DemoError

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane
    from tools.demo.screen import Screen


@dataclass(frozen=True)
class Kubectl:
    """Runs kubectl with `kubeconfig`, which has the demo's namespace as its context."""

    plane: ControlPlane
    kubeconfig: Path
    screen: Screen

    def quietly(self, *args: str) -> str:
        """Run it without output; raise DemoError when it fails."""
        try:
            return self.plane.kubectl(*args, kubeconfig=self.kubeconfig)
        except KubectlError as error:
            raise DemoError(f"kubectl did not do what it should: {error}") from error

    def show(self, *args: str) -> None:
        """Run it, showing the command and its output."""
        self.screen.command(typed(*args))
        self.screen.output(self.quietly(*args))

    def refused(self, *args: str) -> None:
        """Run what must be refused, showing the command and the refusal."""
        self.screen.command(typed(*args))
        try:
            self.plane.kubectl(*args, kubeconfig=self.kubeconfig)
        except KubectlError as error:
            self.screen.output(str(error).partition(": ")[2])
        else:
            raise DemoError("The API server took a manifest that it should have refused.")

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """Return one object; {} when there is none of that name."""
        text = self.quietly("get", kind, name, "--ignore-not-found", "--output=json")
        found: dict[str, Any] = json.loads(text or "{}")
        return found

    def all(self, kinds: str) -> list[dict[str, Any]]:
        """Return all objects of some kinds."""
        found: list[dict[str, Any]] = json.loads(self.quietly("get", kinds, "--output=json"))["items"]
        return found


def typed(*args: str) -> str:
    """Return the command line of a kubectl call."""
    return f"kubectl {shlex.join(args)}"


def condition(one: dict[str, Any], type_: str) -> dict[str, Any]:
    """Return a condition of an object's status that speaks of the manifest as it is now; {} when there is none."""
    found = one.get("status", {}).get("conditions", [])
    generation = one.get("metadata", {}).get("generation")
    return next((c for c in found if c["type"] == type_ and c.get("observedGeneration") == generation), {})
