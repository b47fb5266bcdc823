"""The image under test: how it is built and brought to the node."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tools.e2e import pods, shell
from tools.e2e.checks import left_out, require
from tools.e2e.shell import E2EError, kubectl

if TYPE_CHECKING:
    from pathlib import Path

    from tools.e2e.installation import Installation

COMMAND, OPTIONS = "E2E_IMAGE_COMMAND", "IMAGE_BUILD_OPTIONS"


def default_command(context: str) -> str:
    """Builds the image and loads it into the kind cluster that a context such as `kind-NAME` stands for."""
    if not context.startswith("kind-"):
        raise E2EError(
            f"the context {context!r} is none of kind's: "
            f"set {COMMAND} to a command that builds $IMAGE and brings it to the node"
        )
    cluster = context.removeprefix("kind-")
    return f'{sys.executable} -m tools.image && kind load docker-image "$IMAGE" --name {cluster}'


def build(image: str, folder: Path = shell.ROOT, options: str = "") -> str:
    """Build the image of a checkout with more options, and bring it to the node; return its name."""
    command = os.environ.get(COMMAND) or default_command(kubectl("config", "current-context").strip())
    given = " ".join(filter(None, [os.environ.get(OPTIONS, ""), options]))
    ended = subprocess.run(
        ["/bin/sh", "-c", command],
        check=False,
        cwd=folder,
        env=dict(os.environ) | {"IMAGE": image, OPTIONS: given},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if ended.returncode != 0:
        raise E2EError(f"{command}\n{ended.stdout[-4000:]}")
    return image


def beside(run: Installation, word: str) -> str:
    """Return the name of another image beside the one under test, by a tag that has the word in it."""
    return f"{run.image}-{word}"


def built_twice(run: Installation) -> str:
    """Build the image twice from nothing, with one time for all files, and have the node say which image each is."""
    if f"${OPTIONS}" not in os.environ.get(COMMAND, ""):
        return left_out(COMMAND, f"its command must take ${OPTIONS}, for buildah's --timestamp and --no-cache")
    options = f"--no-cache --timestamp={committed()}"
    names = [build(beside(run, word), options=options) for word in ("first", "second")]
    kubectl("create", "namespace", run.namespace)
    first, second = (id_on_node(run, name) for name in names)
    kubectl("delete", "namespace", run.namespace, "--timeout=120s")
    require(first == second, f"two builds of one source are two images, {first} and {second}: compare their layers")
    return first


def committed() -> str:
    """Return when the checked out commit was made, in seconds."""
    asked = ["git", "log", "-1", "--format=%ct"]
    return subprocess.run(asked, cwd=shell.ROOT, capture_output=True, text=True, check=True).stdout.strip()


def id_on_node(run: Installation, image: str) -> str:
    """Return the id of an image that the kubelet runs a pod of."""
    name = f"e2e-{image.rpartition('-')[2]}"
    container = {"image": image, "command": ["sleep", "infinity"]}
    shell.apply([pods.deployment(run, name, container, {})])
    kubectl("rollout", "status", f"deployment/{name}", run.scoped, "--timeout=300s")
    (pod,) = shell.objects("pods", run.scoped, f"--selector=app={name}")
    return str(pod["status"]["containerStatuses"][0]["imageID"])
