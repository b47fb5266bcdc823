"""Builds the container image with docker, podman or buildah, the first one that works.

IMAGE, BASE_IMAGE and CONTAINER_TOOL choose the name, the base and the tool; IMAGE_BUILD_OPTIONS adds to its options.
With SOURCE_DATE_EPOCH, in seconds, buildah and podman give that time to everything, so that the same source makes the
same image.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_IMAGE = "scim-operator:dev"
TOOLS = ("docker", "podman", "buildah")


def build_command(tool: str, image: str, base: str, options: list[str]) -> list[str]:
    """Return the command that builds `image` in the repository's root; an empty `base` means the Dockerfile's own."""
    verb = "bud" if tool == "buildah" else "build"
    chosen_base = ["--build-arg", f"BASE_IMAGE={base}"] if base else []
    return [tool, verb, "--tag", image, *chosen_base, *timestamp(tool), *options, "."]


def timestamp(tool: str) -> list[str]:
    """Return the options that make a build repeatable; docker has none for what it keeps in its own store."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return ["--timestamp", epoch] if epoch and tool in ("podman", "buildah") else []


def works(tool: str) -> bool:
    """Return whether the tool is installed and can build: a docker command without its daemon cannot."""
    try:
        return subprocess.run([tool, "info"], capture_output=True, check=False, timeout=30).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False


def chosen_tool() -> str | None:
    named = os.environ.get("CONTAINER_TOOL")
    return named or next((tool for tool in TOOLS if works(tool)), None)


def main() -> int:
    tool = chosen_tool()
    if tool is None:
        print("Building the image needs docker (running), podman or buildah: install one of them.", file=sys.stderr)
        return 1
    image = os.environ.get("IMAGE", DEFAULT_IMAGE)
    options = shlex.split(os.environ.get("IMAGE_BUILD_OPTIONS", ""))
    started = time.monotonic()
    code = subprocess.run(
        build_command(tool, image, os.environ.get("BASE_IMAGE", ""), options), cwd=ROOT, check=False
    ).returncode
    if code == 0:
        print(f"{image} built with {tool} in {time.monotonic() - started:.0f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())
