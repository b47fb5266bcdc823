"""What reads statuses besides people: kstatus, Argo CD and Flux, each by its own code."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tools.cluster.binaries import ensure_health

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Readers = Callable[[Sequence[dict[str, Any]]], list[dict[str, dict[str, str]]]]

DEPLOY = Path(__file__).parents[2] / "deploy"


def expressions() -> dict[str, dict[str, Any]]:
    """The healthCheckExprs of each kind, as deploy/flux has them."""
    manifests = yaml.safe_load_all((DEPLOY / "flux/kustomizations.yaml").read_text())
    return {each["kind"]: each for one in manifests for each in one["spec"].get("healthCheckExprs", ())}


@pytest.fixture(scope="session")
def readers() -> Readers:
    """Takes objects as the API server returns them, and says what each of kstatus, argocd and flux makes of them."""
    program = ensure_health()
    (exprs,) = {json.dumps({**each, "kind": ""}, sort_keys=True): each for each in expressions().values()}.values()
    rules = {"lua": (DEPLOY / "argocd/health.lua").read_text(), "exprs": exprs}

    def read(objects: Sequence[dict[str, Any]]) -> list[dict[str, dict[str, str]]]:
        asked = json.dumps({**rules, "objects": list(objects)})
        done = subprocess.run([program], input=asked, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return read
