"""`make e2e`: the image, the chart and the operator on the cluster of the current KUBECONFIG, which needs a node.

E2E_IMAGE names the image (scim-operator:e2e). E2E_IMAGE_COMMAND is the shell command that builds it and brings it to
the node, with $IMAGE set; without it the image is built as by `make image` and loaded into kind. With
$IMAGE_BUILD_OPTIONS in that command the image is built twice, and compared. E2E_BEFORE names the commit that the step
with an older release begins with, instead of the newest tag. E2E_DASHBOARD names the SVG that the dashboard is drawn
to. E2E_POSTGRES_IMAGE names an image with PostgreSQL, such as postgres:17, for the provisioning log to be kept there;
without it that step is left out. E2E_LONG=1 waits some fourteen minutes until a refused token means quarantine.
E2E_KEEP=1 leaves everything in place.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from tools.cluster.progress import ClusterError
from tools.e2e import board, images, place, shell
from tools.e2e.installation import OPERATOR, Installation
from tools.e2e.shell import E2EError
from tools.e2e.steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable


def timed(title: str, step: Callable[[], str]) -> None:
    """Run a step and print its line."""
    print(f"     {title} …", flush=True)
    started = time.monotonic()
    said = step()
    print(f"ok   {title}: {said} ({time.monotonic() - started:.1f} s)", flush=True)


def run_steps(run: Installation) -> None:
    timed("a cluster to use", lambda: place.require_empty_cluster(run.namespace))
    timed("image", lambda: images.build(run.image))
    try:
        for title, step in STEPS:
            timed(title, lambda step=step: step(run))  # type: ignore[misc]
    except E2EError as error:
        print(f"{diagnosis(run)}\n\nFAIL {error}", file=sys.stderr, flush=True)
        raise
    finally:
        board.end()
        if not os.environ.get("E2E_KEEP"):
            timed("clean up", lambda: place.clean_up(run))


def diagnosis(run: Installation) -> str:
    """Return the first things to look at when a step failed; a query that fails is left out."""
    questions = [
        ("get", "pods,events", run.scoped),
        ("logs", run.scoped, f"--selector={OPERATOR}", "--tail=40"),
        ("logs", run.scoped, f"--selector={OPERATOR}", "--tail=40", "--previous"),
        ("get", "provisioningconfigs", run.scoped, "-o", "yaml"),
    ]
    return "\n".join(answer for question in questions if (answer := _answer(question)))


def _answer(question: tuple[str, ...]) -> str:
    try:
        return f"$ kubectl {' '.join(question)}\n{shell.kubectl(*question)}"
    except E2EError:
        return ""


def main() -> int:
    started = time.monotonic()
    image = os.environ.get("E2E_IMAGE", "scim-operator:e2e")
    try:
        run_steps(Installation(place.quickstart_namespace(), image))
    except (E2EError, ClusterError) as error:
        print(f"FAIL {error}", file=sys.stderr)  # once more, below what was asked and cleaned up since
        return 1
    print(f"all ok in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
